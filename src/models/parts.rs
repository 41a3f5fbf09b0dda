//! Parts of a state that are of one kind, in the order of their numbers.

use std::cmp::Ordering;
use std::hash::Hash;
use std::iter::Map;
use std::ops::Index;
use std::slice;

use mitregate::check::Interned;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// Parts of a state, such as threads, that take few different values, each of which is kept once. Up to four parts
/// need no memory of their own.
#[derive(Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = "T: Hash + Eq + Send + Sync"))]
pub struct Parts<T: 'static>(SmallVec<[Interned<T>; 4]>);

/// The one copy of what a part has become. If that is what it was, it need not be looked for.
pub fn changed<T: Hash + Eq + Send + Sync>(before: Interned<T>, after: T) -> Interned<T> {
    if after == *before { before } else { Interned::new(after) }
}

impl<T> Parts<T> {
    /// The part of that index.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.0.get(index).map(|part| part.get())
    }

    /// The part of that index, to be put elsewhere.
    pub fn part(&self, index: u8) -> Option<Interned<T>> {
        self.0.get(usize::from(index)).copied()
    }

    /// Puts a part in the place of the one of that index.
    pub fn set(&mut self, index: u8, part: Interned<T>) {
        self.0[usize::from(index)] = part;
    }

    /// The parts in order.
    pub fn iter(&self) -> Iter<'_, T> {
        self.into_iter()
    }
}

impl<T: Clone + Hash + Eq + Send + Sync> Parts<T> {
    /// Changes the part of that index.
    pub fn change(&mut self, index: u8, change: impl FnOnce(&mut T)) {
        let part = &mut self.0[usize::from(index)];
        let mut after = part.get().clone();
        change(&mut after);
        *part = changed(*part, after);
    }

    /// Changes every part.
    pub fn change_all(&mut self, change: impl Fn(&mut T)) {
        for part in &mut self.0 {
            let mut after = part.get().clone();
            change(&mut after);
            *part = changed(*part, after);
        }
    }

    /// The same parts but for the one of that index.
    pub fn with(&self, index: u8, part: T) -> Self {
        let mut parts = self.clone();
        parts.0[usize::from(index)] = Interned::new(part);
        parts
    }
}

impl<T> Clone for Parts<T> {
    fn clone(&self) -> Self {
        // This copies memory; the clone of a `SmallVec` goes from item to item.
        Parts(SmallVec::from_slice(&self.0))
    }
}

impl<T: Ord> PartialOrd for Parts<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> Ord for Parts<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T> Index<usize> for Parts<T> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        self.0[index].get()
    }
}

impl<T: Hash + Eq + Send + Sync> FromIterator<T> for Parts<T> {
    fn from_iter<I: IntoIterator<Item = T>>(parts: I) -> Self {
        Parts(parts.into_iter().map(Interned::new).collect())
    }
}

/// An iterator over the values of parts.
pub type Iter<'a, T> = Map<slice::Iter<'a, Interned<T>>, fn(&'a Interned<T>) -> &'a T>;

impl<'a, T> IntoIterator for &'a Parts<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.0.iter().map(|part| part.get())
    }
}

#[cfg(test)]
mod tests {
    use mitregate::check::fingerprint;

    use super::*;

    fn parts(values: &[u32]) -> Parts<u32> {
        values.iter().copied().collect()
    }

    #[test]
    fn parts_are_a_list_of_their_values() {
        let mut some = parts(&[3, 1, 3]);
        assert_eq!(some.iter().copied().collect::<Vec<_>>(), [3, 1, 3]);
        assert_eq!((some[1], some.get(2), some.get(3)), (1, Some(&3), None));
        assert_eq!(some.part(0), some.part(2));
        assert_eq!(some.with(2, 4), parts(&[3, 1, 4]));
        some.change(1, |part| *part += 5);
        some.set(0, Interned::new(9));
        assert_eq!(some, parts(&[9, 6, 3]));
        some.change_all(|part| *part += 1);
        assert_eq!(some, parts(&[10, 7, 4]));
        assert!(some > parts(&[2, 8, 4]) && some < parts(&[10, 7, 4, 0]));
    }

    #[test]
    fn other_parts_have_another_hash() {
        let lists = [&[][..], &[1], &[2], &[1, 2], &[2, 1], &[1, 1], &[1, 2, 3, 4, 5]];
        let hashes: std::collections::BTreeSet<u64> =
            lists.iter().map(|list| fingerprint(&parts(list))).collect();
        assert_eq!(hashes.len(), lists.len());
        assert_eq!(fingerprint(&parts(&[1, 2])), fingerprint(&parts(&[1, 3]).with(1, 2)));
    }
}
