//! Tests of the reader of configurations.

use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Config {
    Config::parse("x.cfg", text).unwrap()
}

fn named(names: &[Named]) -> Vec<(&str, usize)> {
    names.iter().map(|n| (n.name.as_str(), n.line)).collect()
}

#[test]
fn reads_every_section() {
    let config = parse(
        "\\* first\nINIT Init NEXT\n  Next\nCONSTANTS N = 3 S = {a, \"b\"} T = {{1}, {}} B = TRUE (* (* x *) *)\n\
         NONE = NONE\n R <- Other\nCONSTANT E = {}\nINVARIANTS A\n B INVARIANT C PROPERTY P\n\
         PROPERTIES Q CONSTRAINT K ACTION_CONSTRAINTS L SYMMETRY Y\nVIEW V ALIAS W\n\
         POSTCONDITION Z CHECK_DEADLOCK\nFALSE",
    );
    assert_eq!(config.specification, None);
    assert_eq!(named(config.init.as_slice()), [("Init", 2)]);
    assert_eq!(named(config.next.as_slice()), [("Next", 3)]);
    let constants: Vec<String> = config
        .constants
        .iter()
        .map(|c| match &c.value {
            Binding::Value(value) => format!("{}:{} = {value}", c.line, c.name),
            Binding::Replacement(name) => format!("{}:{} <- {name}", c.line, c.name),
        })
        .collect();
    assert_eq!(
        constants,
        [
            "4:N = 3",
            "4:S = {\"b\", a}",
            "4:T = {{}, {1}}",
            "4:B = TRUE",
            "5:NONE = NONE",
            "6:R <- Other",
            "7:E = {}"
        ]
    );
    assert_eq!(named(&config.invariants), [("A", 8), ("B", 9), ("C", 9)]);
    assert_eq!(named(&config.properties), [("P", 9), ("Q", 10)]);
    assert_eq!(named(&config.constraints), [("K", 10)]);
    assert_eq!(named(&config.action_constraints), [("L", 10)]);
    assert_eq!(named(&config.symmetry), [("Y", 10)]);
    assert_eq!(named(config.view.as_slice()), [("V", 11)]);
    assert_eq!(named(config.alias.as_slice()), [("W", 11)]);
    assert_eq!(named(config.postcondition.as_slice()), [("Z", 12)]);
    assert_eq!(config.check_deadlock, Some((false, 12)));
    assert_eq!(config.constant("N").unwrap().value, Binding::Value(Value::Int(3)));
    assert_eq!(config.constant("M"), None);
}

#[test]
fn reads_the_committed_configurations() {
    for text in [
        include_str!("../../../../../../specs/multi_paxos/MultiPaxos.cfg"),
        include_str!("../../../../../../specs/multi_paxos/MultiPaxosAsGiven.cfg"),
        include_str!("../../../../../../specs/multi_paxos/symmetry.cfg"),
        include_str!("../../../../../../specs/multi_paxos/undecided.cfg"),
    ] {
        let config = parse(text);
        assert_eq!(config.specification.unwrap().name, "Spec");
        assert!(!config.constants.is_empty() && !config.invariants.is_empty());
    }
}

#[test]
fn errors_name_the_line_and_the_mend() {
    let spec = |rest: &str| format!("SPECIFICATION Spec\n{rest}");
    for (text, message) in [
        (String::new(), "x.cfg:1: the configuration is empty (begin with"),
        ("\\* only\n(* comments *)".into(), "x.cfg:1: the configuration is empty"),
        ("= Spec".into(), "x.cfg:1: `=` is no section (the sections are SPECIFICATION,"),
        ("SPEC Spec".into(), "x.cfg:1: `SPEC` is no section (the sections are SPECIFICATION,"),
        (spec("Foo"), "x.cfg:2: `Foo` is no section"),
        (spec("INVARIANT"), "x.cfg:2: INVARIANT has no item (name a definition"),
        (spec("INVARIANT\nPROPERTY P"), "x.cfg:2: INVARIANT has no item"),
        (spec("CONSTANTS\nINVARIANT A"), "x.cfg:2: CONSTANTS has no item (write `Name = value`"),
        (spec("CHECK_DEADLOCK maybe"), "x.cfg:2: CHECK_DEADLOCK has no item (write TRUE or"),
        (
            spec("CHECK_DEADLOCK TRUE\nCHECK_DEADLOCK TRUE"),
            "x.cfg:3: CHECK_DEADLOCK stands here for the second time (remove this or line 2)",
        ),
        (spec("CONSTANT N = 1\nM = 2\nN = 1"), "x.cfg:4: N stands here for the second time"),
        (spec("SPECIFICATION S"), "x.cfg:2: SPECIFICATION stands here for the second time"),
        (spec("INIT I NEXT N"), "x.cfg:2: SPECIFICATION excludes INIT and NEXT (keep one"),
        ("INIT I".into(), "x.cfg:1: INIT has no NEXT (add `NEXT`"),
        ("NEXT I".into(), "x.cfg:1: NEXT has no INIT (add `INIT`"),
        ("\nINVARIANT A\n\n".into(), "x.cfg:2: there is neither SPECIFICATION nor INIT and NEXT"),
        (
            spec("CONSTRAINT /\\ x < 3"),
            "x.cfg:2: CONSTRAINT takes names, but here is `/\\` (define the formula in the module",
        ),
        (spec("INVARIANT x < 3"), "x.cfg:2: INVARIANT takes names, but here is `<`"),
        (spec("VIEW <<x>>"), "x.cfg:2: VIEW takes names, but here is `<`"),
        (spec("VIEW x + 1"), "x.cfg:2: `+` cannot stand here (define the formula"),
        (spec("CONSTANT\nS = {1, 2\nM = 1"), "x.cfg:3: the set for S is not closed (add `}`"),
        (spec("CONSTANT S = {1,"), "x.cfg:2: the set for S is not closed"),
        (spec("CONSTANT S = {1..2}"), "x.cfg:2: `..` cannot stand in a set"),
        (spec("CONSTANT S = 1..2"), "x.cfg:2: `..` follows a value, but values here are"),
        (spec("CONSTANT S = <<1>>"), "x.cfg:2: `<` is no value for S (write an integer"),
        (spec("CONSTANT S ="), "x.cfg:2: S has no value"),
        (spec("CONSTANT S =\nINVARIANT A"), "x.cfg:3: S has no value"),
        (spec("CONSTANT S = \"a\n"), "x.cfg:2: this string is not closed"),
        (spec(r#"CONSTANT S = {"a\"}"#), "x.cfg:2: this string is not closed"),
        (
            spec(r#"CONSTANT S = {"C:\new\x"}"#),
            r"x.cfg:2: TLC does not read `\x` in a string (write `\\`",
        ),
        (spec(r#"CONSTANT S = {"a \* b"}"#), r"x.cfg:2: TLC does not read `\*` in a string"),
        (spec("CONSTANT S = 99999999999999999999"), "x.cfg:2: 99999999999999999999 is too large"),
        (
            spec("CONSTANT S = 2147483648"),
            "x.cfg:2: 2147483648 is too large (use an integer from 0",
        ),
        (spec("CONSTANT S = {1, -1}"), "x.cfg:2: -1 is negative, which TLC does not take"),
        (spec("CONSTANT S = {2, \"3\"}"), "x.cfg:2: TLC cannot compare 2 and \"3\", which are"),
        (spec("CONSTANT S = {a, {1}, TRUE}"), "x.cfg:2: TLC cannot compare {1} and TRUE"),
        (spec("CONSTANT S = {{1}, {\"a\"}}"), "x.cfg:2: TLC cannot compare {1} and {\"a\"}"),
        (spec("CONSTANT S = {A_1, B_1}"), "x.cfg:2: TLC cannot compare A_1 and B_1"),
        (spec("CONSTANT S = {A_1, 1}"), "x.cfg:2: TLC cannot compare A_1 and 1"),
        (spec("CONSTANT R = [a |-> 1]"), "x.cfg:2: R is a record or function, which a"),
        (spec("CONSTANT R <- A\nR <- [M]B"), "x.cfg:3: binding R in one module only, by"),
        (spec("INVARIANTS A, B"), "x.cfg:2: INVARIANTS takes names without commas between them"),
        (spec("CONSTANT N = 1\n_PERIODIC C"), "x.cfg:3: the section _PERIODIC is not supported"),
        (spec("INVARIANT A\n_POSSIBLE B"), "x.cfg:3: the section _POSSIBLE is not supported"),
        (spec("INVARIANT A\n_RL_REWARD B"), "x.cfg:3: the section _RL_REWARD is not"),
        (spec("INVARIANT A\nPOSTCONDITIONS B"), "x.cfg:3: the section POSTCONDITIONS is not"),
        (spec("(* (* *)\n"), "x.cfg:2: this comment is never closed (add `*)`)"),
        (spec("CONSTANT 3 = 3"), "x.cfg:2: `3` is no name of a constant"),
        (spec("CONSTANT N : 3"), "x.cfg:2: N needs `=` or `<-`, but here is `:`"),
        (spec("CONSTANT F(1) = 3"), "x.cfg:2: the constant operator F cannot be set"),
        (spec("CONSTANT F <- [M] G"), "x.cfg:2: binding F in one module only"),
        (spec("CONSTANT F = [M] G"), "x.cfg:2: binding F in one module only"),
        (spec("CONSTANT F <- 3"), "x.cfg:2: `F <-` needs the name of a definition"),
        (spec("CONSTANT F <- {1}"), "x.cfg:2: `F <-` needs the name of a definition"),
    ] {
        let error = Config::parse("x.cfg", &text).unwrap_err().to_string();
        assert!(error.starts_with(message), "{text}\n{error}");
        assert!(error.ends_with(')'), "{error}");
    }
    let open = spec(&format!("CONSTANT S = {}", "{".repeat(100_000)));
    assert!(Config::parse("x.cfg", &open).is_err());
    // Sets of sets, up to so many.
    let deep = |levels| spec(&format!("CONSTANT S = {}{}", "{".repeat(levels), "}".repeat(levels)));
    assert!(Config::parse("x.cfg", &deep(100)).is_ok());
    let error = Config::parse("x.cfg", &deep(101)).unwrap_err().to_string();
    assert!(error.starts_with("x.cfg:2: `{` is no value for S"), "{error}");
}

proptest! {
    #[test]
    fn never_panics(
        text in any::<String>(),
        words in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(KEYWORDS.to_vec()).prop_map(str::to_owned),
                "[a-c]|[-0-9={}(),\"<*\\\\\\n]{1,3}".prop_map(|s| s),
            ],
            0..12,
        ),
    ) {
        let _ = Config::parse("x.cfg", &text);
        let _ = Config::parse("x.cfg", &words.join(" "));
    }
}

#[test]
fn texts_mean_what_they_mean_to_tlc() {
    let read = |text: &str| Config::parse("x.cfg", &format!("SPECIFICATION S\n{text}")).unwrap();
    // A lone carriage return ends a comment, and a line.
    let config = read("INVARIANTS\n A \\* comment\r B\r\nPROPERTY P");
    let invariants: Vec<_> =
        config.invariants.iter().map(|it| (it.name.as_str(), it.line)).collect();
    assert_eq!((&invariants[..], config.properties[0].line), (&[("A", 3), ("B", 4)][..], 5));
    // Escapes are lexed, and stay as they are.
    let strings = read(r#"CONSTANT S = {"a\\b", "c\"", "CHECK_DEADLOCK"}"#);
    let Binding::Value(value) = &strings.constants[0].value else { panic!("a value") };
    let expected = ["a\\\\b", "c\\\"", "CHECK_DEADLOCK"].map(Value::from);
    assert_eq!(*value, Value::set(expected));
    // Model values may be named like sections.
    let named = read("CONSTANT S = {INIT, NEXT, _POSSIBLE}\nINVARIANT A");
    let Binding::Value(value) = &named.constants[0].value else { panic!("a value") };
    assert_eq!(*value, Value::set(["INIT", "NEXT", "_POSSIBLE"].map(Value::model)));
    let named = read("CONSTANT S = {TRUE, FALSE}");
    assert_eq!(
        named.constants[0].value,
        Binding::Value(Value::set([true, false].map(Value::from)))
    );
    // An untyped model value goes with everything, a typed one with its like.
    assert!(read("CONSTANT S = {a, 1} T = {A_1, A_2, a}").constants.len() == 2);
}
