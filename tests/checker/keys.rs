//! Laws that depend on a part of the state alone are asked once for that part, and come to what they come to if they are
//! asked of every state.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mitregate::check::{Checkable, Goals, Law, Model, Name, Options, fingerprint};
use mitregate::record;
use mitregate::tla::value::Value;

use super::models::{check, options, timeless};

/// How often each law was asked.
#[derive(Default)]
struct Counts([AtomicUsize; 2]);

impl Counts {
    fn add(&self, law: usize) {
        self.0[law].fetch_add(1, Ordering::Relaxed);
    }

    fn all(&self) -> [usize; 2] {
        [0, 1].map(|law| self.0[law].load(Ordering::Relaxed))
    }
}

/// A walk among states, each of which has one of a few colours, that laws are about.
struct Colours {
    seed: u64,
    states: u64,
    count: u32,
    /// The laws that say that they depend on colours alone: the invariant, and that of steps.
    by_key: [bool; 2],
    /// One colour of so many is forbidden, and one pair of them.
    one_of: u64,
    counts: Arc<Counts>,
}

impl Colours {
    fn colour(&self, state: u64) -> u32 {
        u32::try_from(fingerprint(&(self.seed, state)) % u64::from(self.count)).unwrap()
    }

    /// Whether no state may have a colour, or no step lead from one colour to the other.
    fn is_forbidden(&self, of: (u32, u32)) -> bool {
        fingerprint(&(self.seed, of)).is_multiple_of(self.one_of)
    }
}

impl Model for Colours {
    type State = u64;
    type Action = u64;

    fn init_states(&self) -> Vec<u64> {
        vec![0]
    }

    fn actions(&self, _: &u64, actions: &mut Vec<u64>) {
        actions.extend(0..3);
    }

    fn next_state(&self, &state: &u64, action: u64) -> Option<u64> {
        // The first changes nothing.
        Some([state, state + 1, state * 3][usize::try_from(action).unwrap()] % self.states)
    }
}

impl Checkable for Colours {
    fn laws(&self) -> Vec<Law<Self>> {
        let colour = Law::invariant(
            "Colour",
            |m: &Self, &s| {
                m.counts.add(0);
                !m.is_forbidden((m.colour(s), u32::MAX))
            },
            |m, &s| m.colour(s) == 1,
        );
        let step = Law::step(
            "Step",
            |m: &Self, &s, &t| {
                m.counts.add(1);
                !m.is_forbidden((m.colour(s), m.colour(t)))
            },
            |m, &s, &t| m.colour(s) == 1 && m.colour(t) == 2,
        );
        let by_key =
            |(law, is_by_key): (Law<Self>, bool)| if is_by_key { law.by_key() } else { law };
        [colour, step].into_iter().zip(self.by_key).map(by_key).collect()
    }

    fn key(&self, state: &u64) -> Option<u32> {
        Some(self.colour(*state))
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Walk".into()]
    }

    fn action_name(&self, _: &u64) -> usize {
        0
    }

    fn view(&self, state: &u64) -> Value {
        record! { state: i64::try_from(*state).unwrap() }
    }
}

fn colours(seed: u64, by_key: [bool; 2], one_of: u64) -> Colours {
    Colours { seed, states: 3_000, count: 7, by_key, one_of, counts: Arc::default() }
}

#[test]
fn laws_by_key_come_to_what_laws_of_each_state_come_to() {
    for seed in 0..40 {
        for (keep_going, threads) in [(false, 1), (true, 1), (true, 2)] {
            let options = Options { keep_going, threads, ..options() };
            let of_all = |by_key| timeless(check(&colours(seed, by_key, 4), &options));
            let each = of_all([false, false]);
            for by_key in [[true, false], [false, true], [true, true]] {
                assert_eq!(each, of_all(by_key), "{seed}");
            }
        }
    }
}

#[test]
fn laws_by_key_are_asked_once_for_a_key_or_a_pair() {
    let options = Options { threads: 1, ..options() };
    let asked = |by_key| {
        let model = colours(5, by_key, u64::MAX);
        let report = check(&model, &options);
        assert_eq!(report.distinct, 3_000);
        model.counts.all()
    };
    // In a sample of states they are asked twice, to see whether they say the same.
    let [states, steps] = asked([false, false]);
    assert!((3_000..3_100).contains(&states), "{states}");
    assert_eq!(steps, 9_000);
    let again = states - 3_000;
    assert_eq!(asked([true, false]), [7 + again, 9_000]);
    // Those within a colour are asked until one of them has changed something.
    let [_, pairs] = asked([false, true]);
    assert!((49..150).contains(&pairs), "{pairs}");
    assert_eq!(asked([true, true]), [7 + again, pairs]);
    // What is not asked for plays no part.
    let model = colours(5, [true, true], u64::MAX);
    let report = mitregate::check::check(&model, &Goals::named(["Colour"]), &options).unwrap();
    assert_eq!((report.properties.len(), model.counts.all()), (1, [7 + again, 0]));
}
