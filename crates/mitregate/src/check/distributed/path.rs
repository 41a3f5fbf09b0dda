//! How a state was reached, kept with the state for as long as it waits to be expanded.
//!
//! Paths share what they have in common, so that those of a level take a few bytes for each state. By its path a state
//! can be handed to a worker that cannot read its memory: that one takes the same steps.

use std::sync::Arc;

use crate::check::Expander;
use crate::check::contract::guarded;
use crate::check::model::Checkable;
use crate::check::trace::take;

/// The last step of a path. The first is the index of an initial state.
#[derive(Debug)]
pub(super) struct Path {
    before: Option<Arc<Path>>,
    action: u32,
    /// How many steps come before.
    depth: u32,
}

impl Path {
    pub(super) fn initial(index: u32) -> Arc<Path> {
        Arc::new(Path { before: None, action: index, depth: 0 })
    }

    pub(super) fn then(before: &Arc<Path>, action: u32) -> Arc<Path> {
        let depth = before.depth + 1;
        Arc::new(Path { before: Some(Arc::clone(before)), action, depth })
    }

    /// The indices of its actions, that of the initial state first.
    pub(super) fn actions(&self) -> Vec<u32> {
        self.last(self.depth as usize + 1)
    }

    /// The last so many.
    fn last(&self, count: usize) -> Vec<u32> {
        let steps = std::iter::successors(Some(self), |it| it.before.as_deref());
        let mut actions: Vec<u32> = steps.take(count).map(|it| it.action).collect();
        actions.reverse();
        actions
    }
}

impl Drop for Path {
    /// One after the other: a path may be too long for recursion.
    fn drop(&mut self) {
        let mut before = self.before.take();
        while let Some(path) = before.and_then(Arc::into_inner) {
            let mut path = path;
            before = path.before.take();
        }
    }
}

/// How many steps two paths of the same length begin with.
fn shared(one: &Arc<Path>, other: &Arc<Path>) -> usize {
    let (mut one, mut other) = (one, other);
    loop {
        if Arc::ptr_eq(one, other) {
            return one.depth as usize + 1;
        }
        match (&one.before, &other.before) {
            (Some(of_one), Some(of_other)) => (one, other) = (of_one, of_other),
            _ => return 0,
        }
    }
}

/// Paths of one length as words, each with the fingerprint of its last state: how much of the one before it begins with
/// and how many steps follow, the fingerprint, and the steps.
pub(super) fn packed<'a>(paths: impl Iterator<Item = (&'a Arc<Path>, u64)>) -> Vec<u64> {
    let mut words = Vec::new();
    let mut last: Option<&Arc<Path>> = None;
    for (path, fingerprint) in paths {
        let common = last.map_or(0, |last| shared(last, path));
        let rest = path.last(path.depth as usize + 1 - common);
        words.extend([(common as u64) << 32 | rest.len() as u64, fingerprint]);
        words.extend(rest.into_iter().map(u64::from));
        last = Some(path);
    }
    words
}

/// The states at the ends of packed paths, and the paths. None if a step cannot be taken or leads to another state, or the
/// words are of no paths.
pub(super) fn unpacked<M: Checkable>(
    expander: &Expander<'_, M>,
    words: &[u64],
) -> Option<Vec<(M::State, Arc<Path>)>> {
    let model = expander.model();
    let initial = guarded(|| model.init_states()).ok()?;
    let mut way: Vec<(M::State, Arc<Path>)> = Vec::new();
    let mut ends = Vec::new();
    let mut words = words.iter();
    while let Some(&head) = words.next() {
        let fingerprint = *words.next()?;
        let (common, rest) = (usize::try_from(head >> 32).ok()?, head & u64::from(u32::MAX));
        way.truncate(common);
        for _ in 0..rest {
            let action = u32::try_from(*words.next()?).ok()?;
            let next = match way.last() {
                None => (initial.get(action as usize)?.clone(), Path::initial(action)),
                Some((state, path)) => {
                    let step = guarded(|| take(model, state, action)).ok()?;
                    (step?.1, Path::then(path, action))
                }
            };
            way.push(next);
        }
        let end = way.last()?.clone();
        let made = guarded(|| expander.fingerprint(&end.0)).ok()?;
        ends.push((made == fingerprint).then_some(end)?);
    }
    Some(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The way of these actions, the first of which is an initial state's.
    fn way(before: &Arc<Path>, actions: &[u32]) -> Arc<Path> {
        actions.iter().fold(Arc::clone(before), |path, &action| Path::then(&path, action))
    }

    #[test]
    fn of_what_paths_share_only_the_number_is_packed() {
        let (begins, other) = (Path::initial(5), Path::initial(6));
        let near = way(&begins, &[1, 2]);
        let paths = [
            way(&near, &[3]),
            way(&near, &[4]),
            // The same actions, by another way.
            way(&begins, &[7, 2, 4]),
            way(&other, &[7, 2, 4]),
        ];
        let words = packed(paths.iter().zip(100..));
        let head = |shared: u64, rest: u64| shared << 32 | rest;
        let of_paths: [&[u64]; 4] = [
            &[head(0, 4), 100, 5, 1, 2, 3],
            &[head(3, 1), 101, 4],
            &[head(1, 3), 102, 7, 2, 4],
            &[head(0, 4), 103, 6, 7, 2, 4],
        ];
        assert_eq!(words, of_paths.concat());
        assert_eq!(paths[0].actions(), [5, 1, 2, 3]);
    }

    #[test]
    fn a_long_path_is_dropped_on_a_small_stack() {
        let dropped = || {
            let begins = Path::initial(0);
            let path = (0..1_000_000).fold(begins, |path, action| Path::then(&path, action));
            assert_eq!(path.actions().len(), 1_000_001);
        };
        let thread = std::thread::Builder::new().stack_size(1 << 17).spawn(dropped);
        thread.unwrap().join().unwrap();
    }
}
