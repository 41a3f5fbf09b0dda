//! Strongly connected components, without recursion and with one number for each state.
//!
//! The algorithm is that of D. J. Pearce, *A space-efficient algorithm for finding strongly connected
//! components*, Information Processing Letters 116(1), 2016: Tarjan's, with a state's index and its
//! low link in the same place.

use super::{StateId, Transitions};

/// The mark of a state that is to be visited.
pub(super) const NEW: u32 = 0;

/// The mark of a state that is not looked at, or not any more.
pub(super) const DONE: u32 = u32::MAX;

/// The mark of the states of the component that is being reported.
pub(super) const CURRENT: u32 = u32::MAX - 1;

/// A state on the path that is being followed.
struct Frame {
    state: StateId,
    /// The step to look at next.
    next: u32,
    /// How many steps there are.
    degree: u32,
    /// The state's own index; its mark is lower once it can reach a state before it on the path.
    index: u32,
}

/// Reports the components of the states that are marked as new and that can be reached from `roots`.
///
/// `report` gets all marks and the members of a component, which are marked as current; it answers
/// with the mark that they shall have from now on: [`DONE`], or a label. Labels have to be above
/// the number of states whose marks are new.
pub(super) fn visit<G: Transitions>(
    graph: &G,
    marks: &mut [u32],
    roots: impl Iterator<Item = StateId>,
    mut report: impl FnMut(&[u32], &[StateId]) -> u32,
) {
    let mut path: Vec<Frame> = Vec::new();
    // States that are finished, but whose component is not.
    let mut waiting: Vec<StateId> = Vec::new();
    let mut next_index = 1;
    let enter = |state: StateId, marks: &mut [u32], path: &mut Vec<Frame>, index: &mut u32| {
        marks[state as usize] = *index;
        path.push(Frame { state, next: 0, degree: graph.degree(state), index: *index });
        *index += 1;
    };
    for root in roots {
        if marks[root as usize] == NEW {
            enter(root, marks, &mut path, &mut next_index);
        }
        while let Some(frame) = path.last_mut() {
            let state = frame.state;
            if frame.next < frame.degree {
                let target = graph.target(state, frame.next);
                let mark = marks[target as usize];
                if mark == NEW {
                    // The step is looked at again when its target is finished.
                    enter(target, marks, &mut path, &mut next_index);
                } else {
                    marks[state as usize] = marks[state as usize].min(mark);
                    frame.next += 1;
                }
                continue;
            }
            waiting.push(state);
            let index = frame.index;
            path.pop();
            if marks[state as usize] == index {
                let other = |&member: &StateId| marks[member as usize] < index;
                let start = waiting.iter().rposition(other).map_or(0, |last| last + 1);
                finish(marks, &waiting[start..], &mut report);
                waiting.truncate(start);
                next_index = index;
            }
        }
    }
}

fn finish(
    marks: &mut [u32],
    members: &[StateId],
    mut report: impl FnMut(&[u32], &[StateId]) -> u32,
) {
    for &member in members {
        marks[member as usize] = CURRENT;
    }
    let label = report(marks, members);
    for &member in members {
        marks[member as usize] = label;
    }
}
