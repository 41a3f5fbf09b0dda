//! Code beside its spec, both so small that it is known what is to come out.

use std::borrow::Cow;

use mitregate::check::lift::Lifted;
use mitregate::check::miter::{Answer, Miter, REFINEMENT, REFUSAL, Refinement};
use mitregate::check::{
    Checkable, Codec, DEADLOCK, Disk, Fairness, Formula, Goals, Interned, Law, Model, NO_PANIC,
    Name, Options, PartialOrder, Strength, Temporal, Verdict,
};
use mitregate::record;
use mitregate::tla::value::Value;

use Verdict::{Holds, Violated};

use super::models::{check, options, timeless};

/// The spec: a dial that goes up to a limit, and from there back to zero. At zero it may be set to what is above, up to
/// `set`.
#[derive(Clone, Copy)]
struct Dial {
    limit: u8,
    set: u8,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Turn {
    Up,
    Reset,
    Set(u8),
}

impl Model for Dial {
    type State = u8;
    type Action = Turn;

    fn init_states(&self) -> Vec<u8> {
        vec![0]
    }

    fn actions(&self, _: &u8, actions: &mut Vec<Turn>) {
        actions.extend([Turn::Up, Turn::Reset]);
        actions.extend((0..self.set).map(Turn::Set));
    }

    fn next_state(&self, &dial: &u8, turn: Turn) -> Option<u8> {
        match turn {
            Turn::Up => (dial < self.limit).then_some(dial + 1),
            Turn::Reset => (dial == self.limit).then_some(0),
            Turn::Set(to) => (dial == 0).then_some(to),
        }
    }

    fn codec(&self) -> Option<Codec<'_, u8>> {
        Some(Codec::new())
    }
}

impl Checkable for Dial {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![
            Law::invariant("Bounded", |m: &Dial, &it| it <= m.limit, |m, &it| it == m.limit),
            Law::step("ByOne", |_, s: &u8, &t| t == s + 1 || t == 0, |_, _, &t| t == 0),
        ]
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        let returns = Formula::always_eventually(|_: &Dial, &it| it == 0);
        vec![Temporal { name: "Returns".into(), formulas: vec![returns] }]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Up".into(), "Reset".into(), "Set".into()]
    }

    fn action_name(&self, turn: &Turn) -> usize {
        match turn {
            Turn::Up => 0,
            Turn::Reset => 1,
            Turn::Set(_) => 2,
        }
    }

    fn view(&self, dial: &u8) -> Value {
        record! { dial: *dial }
    }

    fn why_disabled(&self, _: &u8, turn: &Turn) -> Option<String> {
        (*turn == Turn::Up).then(|| "dial < limit".to_owned())
    }
}

/// What is wrong with the code.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// It begins at one.
    BeginsLate,
    /// It goes up by two at a time, and says that it was one.
    Skips,
    /// At the limit it says that it goes up once more.
    Overshoots,
    /// Two steps in one are one too many just below the limit.
    OneTooMany,
    /// At zero it says that it goes back to zero.
    ResetsAtZero,
    /// At the limit it goes on if it is asked to and both lamps are on.
    Grants,
}

/// The code: the dial, and two lamps of which the spec knows nothing.
#[derive(Clone, Copy)]
struct Machine {
    limit: u8,
    fault: Fault,
    /// Whether it turns by two as well.
    turns_twice: bool,
    /// States with more than this are outside the boundary.
    boundary: u8,
    /// Whether lamps are interchangeable.
    symmetric: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Turn,
    Twice,
    Light(usize),
}

type State = (u8, [bool; 2]);

impl Model for Machine {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![(u8::from(self.fault == Fault::BeginsLate), [false; 2])]
    }

    fn actions(&self, _: &State, actions: &mut Vec<Step>) {
        actions.extend([Step::Turn, Step::Light(0), Step::Light(1)]);
        actions.extend(self.turns_twice.then_some(Step::Twice));
    }

    fn next_state(&self, &(dial, mut lamps): &State, step: Step) -> Option<State> {
        let is_last = dial == self.limit;
        let next = match step {
            Step::Turn if self.fault == Fault::Skips && dial == 2 => 4,
            Step::Turn if self.fault == Fault::ResetsAtZero && dial == 0 => 0,
            Step::Turn if is_last && self.fault != Fault::Overshoots => 0,
            Step::Turn => dial + 1,
            Step::Twice if dial + 2 <= self.limit => dial + 2,
            Step::Twice => {
                return (self.fault == Fault::OneTooMany && dial < self.limit)
                    .then_some((self.limit, lamps));
            }
            Step::Light(lamp) => {
                let is_dark = !std::mem::replace(&mut lamps[lamp], true);
                return is_dark.then_some((dial, lamps));
            }
        };
        Some((next, lamps))
    }

    fn within_boundary(&self, &(dial, _): &State) -> bool {
        dial <= self.boundary
    }

    fn is_ample(&self, _: &State, step: &Step) -> bool {
        matches!(step, Step::Light(_))
    }

    fn codec(&self) -> Option<Codec<'_, State>> {
        Some(Codec::new())
    }

    fn format_action(&self, step: &Step) -> String {
        match step {
            Step::Light(lamp) => format!("Light({lamp})"),
            step => format!("{step:?}"),
        }
    }
}

impl Checkable for Machine {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![Law::step(
            "StaysLit",
            |_, s: &State, t: &State| s.1 <= t.1,
            |_, s: &State, t: &State| s.1 < t.1,
        )]
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        let lit = Formula::eventually(|_: &Machine, &(_, lamps): &State| lamps == [true; 2]);
        vec![Temporal { name: "Lit".into(), formulas: vec![lit] }]
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        vec![Fairness::new("Turn", Strength::Weak, |_: &Machine, _, step| *step == Step::Turn)]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Turn".into(), "Twice".into(), "Light".into()]
    }

    fn action_name(&self, step: &Step) -> usize {
        match step {
            Step::Turn => 0,
            Step::Twice => 1,
            Step::Light(_) => 2,
        }
    }

    fn view(&self, &(dial, lamps): &State) -> Value {
        record! { dial: dial, lamps: Value::seq(lamps.map(Value::from)) }
    }

    fn has_symmetry(&self) -> bool {
        self.symmetric
    }

    fn representative(&self, &(dial, lamps): &State) -> State {
        (dial, [lamps[0] && lamps[1], lamps[0] || lamps[1]])
    }

    fn why_disabled(&self, _: &State, step: &Step) -> Option<String> {
        matches!(step, Step::Light(_)).then(|| "it is on".to_owned())
    }

    fn picture(&self, &(dial, _): &State) -> Option<String> {
        Some(format!("<svg>{dial}</svg>"))
    }

    fn explain(&self, law: &str, _: Option<(&State, &Step)>, _: &State) -> Vec<String> {
        vec![format!("the machine on {law}")]
    }
}

struct OfDial {
    /// Whether the spec's states are kept once.
    keeps: bool,
}

impl Refinement for OfDial {
    type Code = Machine;
    type Spec = Dial;

    fn project<'a>(&self, _: &Machine, (dial, _): &'a State) -> Cow<'a, u8> {
        Cow::Borrowed(dial)
    }

    fn projection(&self, _: &Machine, &(dial, _): &State) -> Option<Interned<u8>> {
        self.keeps.then(|| Interned::new(dial))
    }

    fn spec_actions(
        &self,
        code: &Machine,
        &(dial, _): &State,
        step: &Step,
        _: &State,
    ) -> Vec<Turn> {
        match step {
            Step::Turn if code.fault == Fault::ResetsAtZero && dial == 0 => vec![Turn::Reset],
            Step::Turn if dial == code.limit && code.fault != Fault::Overshoots => {
                vec![Turn::Reset]
            }
            Step::Turn => vec![Turn::Up],
            Step::Twice => vec![Turn::Up; 2],
            Step::Light(_) => vec![],
        }
    }

    fn lifts(&self, code: &Machine, law: &str) -> bool {
        law != "ByOne" || !code.turns_twice
    }

    fn request(&self, code: &Machine, &(_, lamps): &State, turn: &Turn) -> Answer {
        match turn {
            Turn::Up if code.fault == Fault::Grants && lamps == [true; 2] => {
                Answer::Granted("it goes on".to_owned())
            }
            Turn::Up => Answer::Refused,
            Turn::Reset | Turn::Set(_) => Answer::NotAsked,
        }
    }
}

/// The same, of which it is not said which laws are the code's.
struct Plain(OfDial);

impl Refinement for Plain {
    type Code = Machine;
    type Spec = Dial;

    fn project<'a>(&self, code: &Machine, state: &'a State) -> Cow<'a, u8> {
        self.0.project(code, state)
    }

    fn spec_actions(&self, code: &Machine, from: &State, step: &Step, to: &State) -> Vec<Turn> {
        self.0.spec_actions(code, from, step, to)
    }

    fn request(&self, code: &Machine, state: &State, turn: &Turn) -> Answer {
        self.0.request(code, state, turn)
    }
}

const LIMIT: u8 = 5;

const MACHINE: Machine = Machine {
    limit: LIMIT,
    fault: Fault::None,
    turns_twice: false,
    boundary: u8::MAX,
    symmetric: false,
};

fn miter(code: Machine, set: u8) -> Miter<OfDial> {
    Miter::new(code, Dial { limit: code.limit, set }, OfDial { keeps: true })
}

#[test]
fn correct_code_refines_its_spec_whether_states_are_kept_once_or_not() {
    for (turns_twice, laws) in [(false, 4), (true, 3)] {
        let code = Machine { turns_twice, ..MACHINE };
        let whole = check(&miter(code, 0), &options());
        assert_eq!(whole.verdict(), Holds, "{whole:#?}");
        assert_eq!((whole.distinct, whole.properties.len()), (6 * 4, laws));
        // What was asked and granted, and what code and spec do not do by themselves, has its witnesses.
        for name in [REFINEMENT, REFUSAL, "Bounded"] {
            assert!(whole.property(name).unwrap().witness.is_some(), "{name}");
        }
        assert_eq!(whole.property("ByOne").is_some(), !turns_twice);
        let copied = Miter::new(code, Dial { limit: LIMIT, set: 0 }, OfDial { keeps: false });
        assert_eq!(timeless(check(&copied, &options())), timeless(whole));
    }
    let spec = Dial { limit: LIMIT, set: 0 };
    let plain = check(&Miter::new(MACHINE, spec, Plain(OfDial { keeps: true })), &options());
    assert_eq!(timeless(plain), timeless(check(&miter(MACHINE, 0), &options())));
    // Nothing is disallowed where everything is enabled, so nothing is refused.
    let report = check(&miter(Machine { limit: 0, boundary: 0, ..MACHINE }, 0), &options());
    assert_eq!(report.property(REFUSAL).unwrap().verdict, Holds);
    let outside = check(&miter(Machine { boundary: 3, ..MACHINE }, 0), &options());
    assert_eq!(outside.distinct, 4 * 4);
    // At the limit alone is there something to refuse.
    assert!(outside.property(REFUSAL).unwrap().witness.is_none());
    // Nor does the dial go back to zero: lamps that are lit at zero are no step of it.
    assert!(outside.property("ByOne").unwrap().is_vacuous());
}

#[test]
fn symmetric_code_has_symmetric_pairs() {
    let symmetric = Machine { symmetric: true, ..MACHINE };
    let report = check(&miter(symmetric, 0), &options());
    assert_eq!((report.distinct, report.verdict()), (6 * 3, Holds));
    // Code that says that it goes back to zero at zero: its states are what they would be, and the pairs are not, so
    // these must not be taken for those that agree.
    let faulty = Machine { fault: Fault::ResetsAtZero, ..symmetric };
    let options = Options { keep_going: true, ..options() };
    let report = check(&miter(faulty, 0), &options);
    assert_eq!((report.distinct, report.verdict()), (3 + 3, Violated));
}

/// What is said of a violated law, and how long the counterexample is.
fn told(code: Machine, set: u8, law: &str) -> (usize, String) {
    let report = check(&miter(code, set), &options());
    let found = report.property(law).unwrap();
    assert_eq!(found.verdict, Violated, "{report:#?}");
    let trace = found.counterexample.as_ref().unwrap();
    (trace.len(), trace.to_string())
}

const DIFFER: &str = "the states differ, the spec's -> the code's:";
const AGREE: &str = "code and spec agree up to the state before this one";

/// Code, what its dial may be set to, how long the counterexample is, what that says, and what it does not say.
type Case = (Machine, u8, usize, &'static [&'static str], &'static [&'static str]);

#[test]
fn what_is_wrong_with_code_is_found_and_told() {
    let of = |fault| Machine { fault, ..MACHINE };
    let cases: [Case; 8] = [
        (of(Fault::BeginsLate), 0, 1, &[DIFFER], &[AGREE]),
        (
            of(Fault::Skips),
            0,
            4,
            &[AGREE, "the code:  Turn", "in the spec that performs Up", DIFFER, "  dial: 3 -> 4"],
            &["not enabled"],
        ),
        (
            of(Fault::Overshoots),
            0,
            7,
            &[
                AGREE,
                "the code:  Turn",
                "not enabled: Up",
                "  this part of its guard fails: dial < limit",
                "the spec allows here: Reset",
            ],
            &[DIFFER, "Set"],
        ),
        (
            Machine { turns_twice: true, ..of(Fault::OneTooMany) },
            0,
            4,
            &["the code:  Twice", "in the spec that performs Up, then Up", "not enabled: Up"],
            &[DIFFER],
        ),
        (
            of(Fault::ResetsAtZero),
            0,
            2,
            &["not enabled: Reset", "the spec allows here: Up\n"],
            &["its guard fails", "more"],
        ),
        // Twelve that change something are listed; that which sets it to what it is changes nothing.
        (
            of(Fault::ResetsAtZero),
            12,
            2,
            &["the spec allows here: Up, Set(1), Set(2), ", ", Set(11)\n"],
            &["Set(0)", "more"],
        ),
        (of(Fault::ResetsAtZero), 15, 2, &[", Set(11) and 3 more"], &["Set(0)", "Set(12)"]),
        (
            Machine { limit: 0, ..of(Fault::Overshoots) },
            1,
            2,
            &["the spec allows here: nothing that changes its state"],
            &["Reset"],
        ),
    ];
    for (code, set, length, says, not) in cases {
        let (found, text) = told(code, set, REFINEMENT);
        assert_eq!(found, length, "{text}");
        let text = format!("{text}\n");
        for said in says {
            assert!(text.contains(said), "{said}: {text}");
        }
        for said in not {
            assert!(!text.contains(said), "{said}: {text}");
        }
    }
    let (length, text) = told(of(Fault::Grants), 0, REFUSAL);
    assert_eq!(length, usize::from(LIMIT) + 3, "{text}");
    for said in [
        "the spec does not allow Up",
        "this part of its guard fails: dial < limit",
        "asked for it, the code does not refuse: it goes on",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn nothing_follows_on_a_divergence_and_other_laws_are_decided() {
    let faulty = miter(Machine { fault: Fault::Skips, ..MACHINE }, 0);
    let all = Options { keep_going: true, ..options() };
    let report = check(&faulty, &all);
    // Up to two it is as it should be, with any lamps; then it has gone wrong.
    assert_eq!(report.distinct, 3 * 4 + 4);
    assert_eq!(report.property(REFINEMENT).unwrap().verdict, Violated);
    assert!(report.property(REFUSAL).unwrap().witness.is_none());
    assert_eq!(report.property(NO_PANIC).map(|it| it.verdict), None);
}

#[test]
fn pairs_are_the_same_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |error: &std::io::Error| panic!("{error}");
    for fault in [Fault::None, Fault::Skips, Fault::Overshoots, Fault::Grants, Fault::BeginsLate] {
        let faulty = miter(Machine { fault, ..MACHINE }, 3);
        for keep_going in [false, true] {
            let options = Options { keep_going, ..options() };
            let whole = timeless(check(&faulty, &options));
            let disk = Disk { folder: folder.path(), memory: 1, failed: &fails };
            let report = check(&faulty, &Options { disk: Some(disk), ..options });
            assert_eq!(timeless(report), whole, "{fault:?}");
        }
    }
}

#[test]
fn a_miters_partial_order_is_its_codes() {
    let long = miter(Machine { limit: 200, ..MACHINE }, 0);
    let explore = |partial_order| check(&long, &Options { partial_order, ..options() });
    let whole = explore(PartialOrder::Verify);
    assert_eq!((whole.distinct, whole.verdict()), (201 * 4, Holds));
    let reduced = explore(PartialOrder::Reduce);
    assert!(reduced.distinct < whole.distinct, "{}", reduced.distinct);
}

#[test]
fn a_miter_says_of_its_steps_what_code_and_spec_say() {
    let both = miter(Machine { turns_twice: true, ..MACHINE }, 0);
    let first = both.init_states().remove(0);
    let performed = |step: Step| {
        let next = both.next_state(&first, step.clone())?;
        both.performs(&first, &step, &next)
    };
    assert_eq!(performed(Step::Twice).unwrap(), ["Up", "Up"]);
    assert_eq!(performed(Step::Light(1)).unwrap(), [""; 0]);
    assert_eq!(both.format_action(&Step::Light(1)), "Light(1)");
    assert_eq!(both.why_disabled(&first, &Step::Light(1)).unwrap(), "it is on");
    assert_eq!(both.picture(&first).unwrap(), "<svg>0</svg>");
    let view = both.view(&first).to_string();
    assert_eq!(view, "[code |-> [dial |-> 0, lamps |-> <<FALSE, FALSE>>], spec |-> [dial |-> 0]]");
    assert_eq!(both.explain("Bounded", None, &first), [""; 0]);
    let steps = [Step::Turn, Step::Twice, Step::Light(0)];
    assert_eq!(steps.map(|step| both.action_name(&step)), [0, 1, 2]);
}

#[test]
fn pairs_have_the_keys_of_their_specs_states_while_they_agree() {
    let skips = miter(Machine { fault: Fault::Skips, ..MACHINE }, 0);
    let mut pair = skips.init_states().remove(0);
    let mut keys = vec![skips.key(&pair).unwrap()];
    for step in [Step::Light(0), Step::Turn, Step::Light(1), Step::Turn] {
        pair = skips.next_state(&pair, step).unwrap();
        keys.push(skips.key(&pair).unwrap());
    }
    let are_equal: Vec<_> = keys.windows(2).map(|two| two[0] == two[1]).collect();
    assert_eq!(are_equal, [true, false, true, false]);
    let copied = Miter::new(MACHINE, skips.spec, OfDial { keeps: false });
    assert_eq!(copied.key(&pair), None);
    let apart = skips.next_state(&pair, Step::Turn).unwrap();
    assert!(apart.divergence.is_some() && skips.key(&apart).is_none());
}

#[test]
fn pairs_are_written_without_what_the_codes_half_tells() {
    let skips = miter(Machine { fault: Fault::Skips, ..MACHINE }, 0);
    let turns = |count| {
        let turn = |pair, _| skips.next_state(&pair, Step::Turn).unwrap();
        (0..count).fold(skips.init_states().remove(0), turn)
    };
    let codec = skips.codec().unwrap();
    for (pair, diverges) in [(turns(2), false), (turns(3), true)] {
        assert_eq!(pair.divergence.is_some(), diverges);
        let mut bytes = Vec::new();
        codec.pack(&pair, &mut bytes).unwrap();
        let mut rest = &bytes[..];
        assert_eq!(codec.unpack(&mut rest).unwrap(), pair);
        // Nothing is written that is not read.
        assert!(rest.is_empty(), "{pair:?}: {bytes:?}");
    }
}

#[test]
fn laws_of_the_spec_are_asked_of_code_alone_as_well() {
    let spec = Dial { limit: LIMIT, set: 0 };
    let lifted = |code, keeps| Lifted { code, spec, refinement: OfDial { keeps } };
    let goals = Goals::all().and_deadlock();
    let report = mitregate::check::check(&lifted(MACHINE, true), &goals, &options()).unwrap();
    let verdicts = ["Bounded", "ByOne", "StaysLit", "Returns", "Lit", DEADLOCK]
        .map(|name| report.property(name).unwrap().verdict);
    // Only turns are fair, so lamps may stay dark.
    assert_eq!(verdicts, [Holds, Holds, Holds, Holds, Violated, Holds], "{report:#?}");
    let trace = report.property("Lit").unwrap().counterexample.as_ref().unwrap().to_string();
    assert!(trace.contains("the machine on Lit"), "{trace}");
    let copied = mitregate::check::check(&lifted(MACHINE, false), &goals, &options()).unwrap();
    assert_eq!(timeless(copied), timeless(report));
    // What goes wrong shows in the spec's laws, where there is no spec to go along with.
    let skips = Machine { fault: Fault::Skips, ..MACHINE };
    let overshoots = Machine { fault: Fault::Overshoots, ..MACHINE };
    for (code, law, length) in [(skips, "ByOne", 4), (overshoots, "Bounded", 7)] {
        let report = check(&lifted(code, true), &options());
        let found = report.property(law).unwrap();
        assert_eq!(found.verdict, Violated, "{report:#?}");
        assert_eq!(found.counterexample.as_ref().unwrap().len(), length);
    }
    let twice = check(&lifted(Machine { turns_twice: true, ..MACHINE }, true), &options());
    assert!(twice.property("ByOne").is_none() && twice.property("StaysLit").is_some());
    // The rest is the code's.
    let outside = Machine { boundary: 3, symmetric: true, ..MACHINE };
    let safety = Goals::named(["Bounded", "ByOne"]);
    let report = mitregate::check::check(&lifted(outside, true), &safety, &options()).unwrap();
    assert_eq!(report.distinct, 4 * 3);
    let it = lifted(outside, true);
    let first = it.init_states().remove(0);
    assert_eq!(it.picture(&first), outside.picture(&first));
    assert_eq!(it.view(&first), outside.view(&first));
    assert_eq!(it.why_disabled(&first, &Step::Light(0)).unwrap(), "it is on");
    assert_eq!(it.format_action(&Step::Light(0)), "Light(0)");
    let long = lifted(Machine { limit: 200, ..MACHINE }, true);
    let long = Lifted { spec: Dial { limit: 200, set: 0 }, ..long };
    let reduce = Options { partial_order: PartialOrder::Reduce, ..options() };
    let report = mitregate::check::check(&long, &safety, &reduce).unwrap();
    assert!(report.distinct < 201 * 4 && report.verdict() == Holds, "{report:#?}");
}
