//! Values that are kept once: hash consing.
//!
//! A state is often made of parts (a node, a disk, a queue of messages) that take few different values, each in a great
//! many states. With an [`Interned`] part a state holds an address instead of the part: it is copied, compared and
//! hashed in a few instructions, however large the part is. Equal values have one address, so comparing addresses
//! compares values; and the value's fingerprint is computed once, so a state's does not depend on addresses.
//!
//! (A. P. Ershov, "On programming of arithmetic operations", 1958; J.-C. Filliâtre and S. Conchon, "Type-safe modular
//! hash-consing", 2006. That model checkers keep components in tables: G. J. Holzmann, "State compression in Spin",
//! 1997.)

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{Mutex, OnceLock, PoisonError};

use hashbrown::hash_table::Entry;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::fingerprint;
use super::shared::Shared;

/// A value of which there is one copy in this process, for as long as it runs.
///
/// It hashes as its fingerprint, compares as its address, and shows and orders itself as the value. What is
/// interned is never freed: intern what takes few values, and not whole states.
///
/// For [states on disk](super::Codec) it is serialized as its number, which only this process can read; formats for people
/// and for other programs refuse it.
pub struct Interned<T: 'static>(&'static Kept<T>);

struct Kept<T> {
    fingerprint: u64,
    number: u32,
    value: T,
}

impl<T: Hash + Eq + Send + Sync + 'static> Interned<T> {
    /// The one copy of a value.
    ///
    /// # Panics
    ///
    /// After four thousand million values of one type.
    pub fn new(value: T) -> Interned<T> {
        Table::of_type().keep(value)
    }

    /// The value of that number, if there is one.
    pub fn with_number(number: u32) -> Option<Interned<T>> {
        Table::of_type().by_number.get(number as usize).map(|kept| Interned(kept))
    }
}

impl<T> Interned<T> {
    /// The value's fingerprint: the same in every run.
    pub fn fingerprint(self) -> u64 {
        self.0.fingerprint
    }

    /// The value's number among those of its type, from 0 in the order in which they were interned, which can differ
    /// from run to run.
    pub fn number(self) -> u32 {
        self.0.number
    }

    /// The value.
    pub fn get(self) -> &'static T {
        &self.0.value
    }
}

impl<T> Clone for Interned<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Interned<T> {}

impl<T> Deref for Interned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T> PartialEq for Interned<T> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl<T> Eq for Interned<T> {}

impl<T: Ord> PartialOrd for Interned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> Ord for Interned<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other { Ordering::Equal } else { self.0.value.cmp(&other.0.value) }
    }
}

impl<T> Hash for Interned<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.fingerprint);
    }
}

impl<T: fmt::Debug> fmt::Debug for Interned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.value.fmt(f)
    }
}

impl<T> Serialize for Interned<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return Err(ser::Error::custom("what is interned has a number in this process only"));
        }
        serializer.serialize_u32(self.number())
    }
}

impl<'de, T: Hash + Eq + Send + Sync + 'static> Deserialize<'de> for Interned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        Interned::with_number(number).ok_or_else(|| de::Error::custom("there is no such value"))
    }
}

/// All values of a type.
struct Table<T: 'static> {
    values: Shared<&'static Kept<T>>,
    by_number: boxcar::Vec<&'static Kept<T>>,
}

/// The tables of all types. A static item cannot be generic, so each is found by its type.
static TABLES: OnceLock<Mutex<HashMap<TypeId, AnyTable>>> = OnceLock::new();

type AnyTable = &'static (dyn Any + Send + Sync);

thread_local! {
    /// The tables that this thread has used: so few that looking through them is faster than hashing.
    static KNOWN: RefCell<Vec<(TypeId, AnyTable)>> = const { RefCell::new(Vec::new()) };
}

impl<T: Hash + Eq + Send + Sync + 'static> Table<T> {
    fn of_type() -> &'static Table<T> {
        let own = TypeId::of::<T>();
        let known = KNOWN
            .with_borrow(|known| known.iter().find(|(of, _)| *of == own).map(|(_, table)| *table));
        let table = known.unwrap_or_else(|| {
            let tables = TABLES.get_or_init(Mutex::default);
            let mut tables = tables.lock().unwrap_or_else(PoisonError::into_inner);
            let table = *tables.entry(own).or_insert_with(|| {
                let (values, by_number) = (Shared::new(), boxcar::Vec::new());
                Box::leak(Box::new(Table::<T> { values, by_number }))
            });
            KNOWN.with_borrow_mut(|known| known.push((own, table)));
            table
        });
        table.downcast_ref().expect("a table is kept under the type of its values")
    }

    fn keep(&'static self, value: T) -> Interned<T> {
        let fingerprint = fingerprint(&value);
        let mut part = self.values.write(fingerprint);
        let entry = part.entry(fingerprint, |kept| kept.value == value, |kept| kept.fingerprint);
        match entry {
            Entry::Occupied(entry) => Interned(entry.get()),
            Entry::Vacant(entry) => {
                let place = self.by_number.push_with(|place| {
                    let number = u32::try_from(place)
                        .expect("there are too many different values to intern them");
                    Box::leak(Box::new(Kept { fingerprint, number, value }))
                });
                Interned(entry.insert(self.by_number[place]).get())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_one_and_others_are_not() {
        let one = Interned::new("one".to_owned());
        let two = Interned::new("two".to_owned());
        assert_eq!(one, Interned::new("one".to_owned()));
        assert_ne!(one, two);
        assert!(one < two);
        assert_eq!(fingerprint(&"one".to_owned()), one.fingerprint());
        assert_eq!(format!("{one:?}"), "\"one\"");
    }

    #[test]
    fn values_that_several_threads_intern_are_one_as_well() {
        let numbers = || (0..1_000_u64).map(|it| Interned::new([it; 4])).collect::<Vec<_>>();
        let here = numbers();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(numbers)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), here);
        }
    }

    #[test]
    fn a_value_is_serialized_as_its_number_for_this_process_alone() {
        let some = vec![Interned::new([1_u8; 9]), Interned::new([2; 9])];
        let bytes = postcard::to_allocvec(&some).unwrap();
        assert!(bytes.len() <= 3, "{bytes:?}");
        assert_eq!(postcard::from_bytes::<Vec<Interned<[u8; 9]>>>(&bytes).unwrap(), some);
        assert!(postcard::from_bytes::<Vec<Interned<[u8; 9]>>>(&[1, 127]).is_err());
        assert!(serde_json::to_string(&some).is_err());
    }

    #[test]
    fn one_hash_for_two_values_does_not_make_them_one() {
        #[derive(Debug, PartialEq, Eq)]
        struct Collides(u32);
        impl Hash for Collides {
            fn hash<H: Hasher>(&self, _: &mut H) {}
        }
        assert_ne!(Interned::new(Collides(1)), Interned::new(Collides(2)));
    }
}
