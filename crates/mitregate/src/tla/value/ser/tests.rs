//! Each kind of value, each error with its path, and what serde's attributes make of both.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn shown<T: Serialize>(value: T) -> String {
    to_value(&value).unwrap().to_string()
}

fn refused<T: Serialize>(value: T) -> String {
    to_value(&value).unwrap_err().to_string()
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Newtype<T>(T);

#[derive(Serialize)]
struct Pair(u8, char);

#[derive(Serialize)]
struct Empty {}

#[derive(Clone, Serialize)]
struct Point {
    x: i8,
    y: i8,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Unit,
    Newtype(u8),
    Tuple(u8, bool),
    Struct { x: u8 },
    Empty {},
    Tag { tag: u8 },
}

struct Bytes;

impl Serialize for Bytes {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&[7, 255])
    }
}

#[test]
fn each_kind_of_value_has_its_own_in_tla() {
    for (found, expected) in [
        (shown(true), "TRUE"),
        (shown((-1_i8, -2_i16, -3_i32, i64::MIN)), "<<-1, -2, -3, -9223372036854775808>>"),
        (shown((1_u8, 2_u16, 3_u32, 4_u64)), "<<1, 2, 3, 4>>"),
        (shown((-5_i128, 5_u128, 6_usize)), "<<-5, 5, 6>>"),
        (shown('a'), "\"a\""),
        (shown("a\"b"), "\"a\\\"b\""),
        (shown(Bytes), "<<7, 255>>"),
        (shown(Some(Some(1))), "1"),
        (shown(()), "<<>>"),
        (shown(Unit), "<<>>"),
        (shown(Kind::Unit), "\"Unit\""),
        (shown(Kind::Newtype(1)), "[tag |-> \"Newtype\", value |-> 1]"),
        (shown(Kind::Tuple(1, true)), "[tag |-> \"Tuple\", value |-> <<1, TRUE>>]"),
        (shown(Kind::Struct { x: 1 }), "[tag |-> \"Struct\", x |-> 1]"),
        (shown(Kind::Empty {}), "[tag |-> \"Empty\"]"),
        (shown(Newtype(Newtype(1))), "1"),
        (shown([3, 1, 3]), "<<3, 1, 3>>"),
        (shown(vec![vec![1], vec![]]), "<<<<1>>, <<>>>>"),
        (shown(BTreeSet::from([2, 1])), "<<1, 2>>"),
        (shown((1, "a")), "<<1, \"a\">>"),
        (shown(Pair(1, 'b')), "<<1, \"b\">>"),
        (shown(Point { x: 1, y: -1 }), "[x |-> 1, y |-> -1]"),
        (shown(Empty {}), "<<>>"),
        (shown(BTreeMap::from([("a", 1), ("b c", 2)])), "(\"a\" :> 1 @@ \"b c\" :> 2)"),
        (shown(BTreeMap::from([(0, 'x'), (1, 'y')])), "(0 :> \"x\" @@ 1 :> \"y\")"),
        (shown(BTreeMap::from([((1, 2), true)])), "(<<1, 2>> :> TRUE)"),
        (
            shown(BTreeMap::from([(Kind::Newtype(1), 1)])),
            "([tag |-> \"Newtype\", value |-> 1] :> 1)",
        ),
        (shown(HashMap::<u8, u8>::new()), "<<>>"),
    ] {
        assert_eq!(found, expected);
    }
    assert_eq!(to_value("a").unwrap(), Value::from("a"));
}

#[derive(Serialize)]
struct Votes<T> {
    votes: T,
}

#[test]
fn what_is_no_value_has_its_path_and_a_mend() {
    #[derive(Serialize)]
    struct Vote {
        ballot: f64,
    }
    #[derive(Serialize)]
    enum Message {
        One(Vote),
        Two(u8, f32),
        Three { vote: Vote },
    }
    #[derive(Serialize)]
    struct Twins {
        #[serde(rename = "y")]
        x: u8,
        y: u8,
    }
    // Two keys of Rust that are one value of TLA+.
    #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
    #[serde(untagged)]
    enum Key {
        Char(char),
        Text(&'static str),
    }
    let float = "TLA+ has no floating-point numbers; leave the field out with #[serde(skip)], or";
    let vote = || Vote { ballot: 0.5 };
    let within = |path: &str| format!("{path}: {float}");
    let twice = BTreeMap::from([(Key::Char('a'), 1), (Key::Text("a"), 2)]);
    for (found, expected) in [
        (refused(0.5_f32), within("the value as a whole")),
        (refused(Votes { votes: [0.5] }), within("votes[1]")),
        (refused(Votes { votes: vec![vec![], vec![vote()]] }), within("votes[2][1].ballot")),
        (refused((1, vote())), within("[2].ballot")),
        (refused(Votes { votes: BTreeMap::from([("a", vote())]) }), within("votes[\"a\"].ballot")),
        (refused(Votes { votes: BTreeMap::from([(7, Some(vote()))]) }), within("votes[7].ballot")),
        (refused(Votes { votes: Message::One(vote()) }), within("votes.value.ballot")),
        (refused(Votes { votes: Message::Two(1, 0.5) }), within("votes.value[2]")),
        (refused(Votes { votes: Message::Three { vote: vote() } }), within("votes.vote.ballot")),
        (
            refused(Votes { votes: BTreeMap::from([([None::<u8>], 1)]) }),
            "votes: in a key, at [1]: TLA+ has no None; say what it is with Mapping::none"
                .to_owned(),
        ),
        (
            refused(Votes { votes: u64::MAX }),
            "votes: the integer 18446744073709551615 does not fit into 64 bits".to_owned(),
        ),
        (refused(i128::MIN), "the value as a whole: the integer -170141".to_owned()),
        (refused(Votes { votes: None::<u8> }), "votes: TLA+ has no None; say".to_owned()),
        (
            refused(Votes { votes: Kind::Tag { tag: 1 } }),
            "votes.tag: in TLA+ the name of the variant is called tag; give this field".to_owned(),
        ),
        (
            refused(Votes { votes: Twins { x: 1, y: 2 } }),
            "votes.y: two fields are called y; give".to_owned(),
        ),
        (
            refused(Votes { votes: twice }),
            "votes[\"a\"]: two keys are this value in TLA+; give".to_owned(),
        ),
    ] {
        assert!(found.starts_with(&expected), "{found}");
    }
}

#[test]
fn attributes_of_serde_do_what_they_do() {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct State {
        max_bal: u8,
        #[serde(rename = "n")]
        nodes: u8,
        #[serde(skip)]
        _took: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        leader: Option<u8>,
        #[serde(flatten)]
        point: Point,
        #[serde(flatten)]
        others: BTreeMap<&'static str, Kind>,
    }
    #[derive(Serialize)]
    #[serde(tag = "type", rename_all = "lowercase")]
    enum Internal {
        Ping,
        Pong { x: u8 },
        At(Point),
    }
    #[derive(Serialize)]
    #[serde(tag = "t", content = "c")]
    enum Adjacent {
        Ping,
        Pong(u8, u8),
    }
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Untagged {
        One(u8),
        Two { x: u8 },
    }
    let point = Point { x: 1, y: 2 };
    let others = BTreeMap::from([("o", Kind::Unit)]);
    let state =
        State { max_bal: 3, nodes: 4, _took: 0.5, leader: None, point: point.clone(), others };
    for (found, expected) in [
        (shown(state), "[maxBal |-> 3, n |-> 4, o |-> \"Unit\", x |-> 1, y |-> 2]"),
        (shown(Internal::Ping), "[type |-> \"ping\"]"),
        (shown(Internal::Pong { x: 1 }), "[type |-> \"pong\", x |-> 1]"),
        (shown(Internal::At(point)), "[type |-> \"at\", x |-> 1, y |-> 2]"),
        (shown(Adjacent::Ping), "[t |-> \"Ping\"]"),
        (shown(Adjacent::Pong(1, 2)), "[c |-> <<1, 2>>, t |-> \"Pong\"]"),
        (shown(Untagged::One(1)), "1"),
        (shown(Untagged::Two { x: 1 }), "[x |-> 1]"),
    ] {
        assert_eq!(found, expected);
    }
}

#[test]
fn a_flattened_field_that_is_there_already_is_named() {
    #[derive(Serialize)]
    struct Outer {
        x: u8,
        #[serde(flatten)]
        point: Point,
    }
    let outer = Outer { x: 0, point: Point { x: 1, y: 2 } };
    assert!(
        refused(Votes { votes: &outer }).starts_with("votes.x: two fields have this name; give")
    );
    let mapping = Mapping::new().skip("votes.x").rename("votes.y", "z");
    let value = mapping.to_value(&Votes { votes: outer }).unwrap();
    assert_eq!(value.to_string(), "[votes |-> [z |-> 2]]");
}

/// What an attribute says, in a struct of its own; the same without is `Votes`.
macro_rules! attributed {
    ($($name:ident: $with:literal,)*) => {$(
        #[derive(Serialize)]
        struct $name<T: Serialize> {
            #[serde(serialize_with = $with)]
            votes: T,
        }
    )*};
}

attributed! {
    Set: "with::set",
    Model: "with::model",
    ModelKeys: "with::model_keys",
    FromZero: "with::from_zero",
}

#[test]
fn fields_say_what_serde_cannot() {
    #[derive(Serialize)]
    struct Name(#[serde(serialize_with = "with::model")] &'static str);
    let to_lists = BTreeMap::from([("a", vec![2, 1])]);
    for (found, expected) in [
        (shown(Set { votes: vec![2, 1, 2] }), "{1, 2}"),
        (shown(Set { votes: Some(Newtype([1, 2])) }), "{1, 2}"),
        (shown(Set { votes: BTreeSet::from([1]) }), "{1}"),
        (shown(Set { votes: [[1], [2]] }), "{<<1>>, <<2>>}"),
        (shown(Set { votes: [Name("n2"), Name("n1")] }), "{n1, n2}"),
        (shown(Set { votes: to_lists }), "[a |-> {1, 2}]"),
        (shown(Set { votes: Bytes }), "{7, 255}"),
        (shown(Model { votes: "a1" }), "a1"),
        (shown(Model { votes: 'a' }), "a"),
        (shown(Model { votes: Kind::Unit }), "Unit"),
        (shown(Model { votes: vec![Some("a1")] }), "<<a1>>"),
        (shown(Model { votes: BTreeMap::from([("k", "v")]) }), "[k |-> v]"),
        (shown(ModelKeys { votes: BTreeMap::from([("k", "v")]) }), "(k :> \"v\")"),
        (shown(ModelKeys { votes: BTreeMap::from([(("k", "l"), 1)]) }), "(<<k, l>> :> 1)"),
        (shown(ModelKeys { votes: [BTreeMap::from([("k", 1)])] }), "<<(k :> 1)>>"),
        (shown(FromZero { votes: ["a", "b"] }), "(0 :> \"a\" @@ 1 :> \"b\")"),
        (shown(FromZero { votes: [0; 0] }), "<<>>"),
    ] {
        assert_eq!(found, format!("[votes |-> {expected}]"));
    }
    let point = Point { x: 1, y: 1 };
    for (found, expected) in [
        (
            refused(Set { votes: 1 }),
            "votes: `set` is for a sequence, and this is a number; take it away",
        ),
        (refused(Set { votes: "a" }), "votes: `set` is for a sequence, and this is a string"),
        (
            refused(Set { votes: Kind::Unit }),
            "votes: `set` is for a sequence, and this is a variant without",
        ),
        (refused(Set { votes: point }), "votes: `set` is for a sequence, and this is a struct"),
        (refused(FromZero { votes: [0.5] }), "votes[0]: TLA+ has no floating"),
        (
            refused(FromZero { votes: true }),
            "votes: `from_zero` is for a sequence, and this is a truth value",
        ),
        (
            refused(Model { votes: [1] }),
            "votes[1]: `model` is for a string or a variant without fields, and",
        ),
        (
            refused(Model { votes: Kind::Newtype(1) }),
            "votes: `model` is for a string or a variant without",
        ),
        (
            refused(Model { votes: "a b" }),
            "votes: \"a b\" is no name of a model value; give it letters",
        ),
        (refused(Model { votes: "TRUE" }), "votes: \"TRUE\" is no name of a model value"),
        (
            refused(ModelKeys { votes: () }),
            "votes: `model_keys` is for a map, and this is a value without parts",
        ),
        (
            refused(ModelKeys { votes: BTreeMap::from([(1, 1)]) }),
            "votes: in a key: `model` is for a string or a variant without fields, and this is a number",
        ),
    ] {
        assert!(found.starts_with(expected), "{found}");
    }
}

#[derive(Clone, Serialize)]
struct Voted {
    round: Option<u8>,
    quorum: Vec<&'static str>,
    took: f64,
}

#[test]
fn a_mapping_says_the_same_from_outside() {
    let vote = Voted { round: None, quorum: vec!["a2", "a1"], took: 0.5 };
    let mapping = Mapping::new()
        .rename("votes.round", "bal")
        .set("votes.quorum")
        .model("votes.quorum")
        .skip("votes.took")
        .none(Value::model("None"))
        .set("votes.nowhere");
    let record = "[bal |-> None, quorum |-> {a1, a2}]";
    let list = Votes { votes: vec![vote.clone()] };
    assert_eq!(mapping.to_value(&list).unwrap().to_string(), format!("[votes |-> <<{record}>>]"));
    let list = mapping.clone().from_zero("votes").to_value(&list).unwrap();
    assert_eq!(list.to_string(), format!("[votes |-> (0 :> {record})]"));
    let map = Votes { votes: BTreeMap::from([("n1", vote)]) };
    assert_eq!(
        mapping.clone().model_keys("votes").to_value(&map).unwrap().to_string(),
        format!("[votes |-> (n1 :> {record})]")
    );
    let error = mapping
        .clone()
        .set("votes.round")
        .to_value(&Votes { votes: Voted { round: Some(1), quorum: vec![], took: 0.0 } });
    assert!(error.unwrap_err().to_string().starts_with("votes.round: `set` is for a sequence"));
    let root = Mapping::new().set("").to_value(&[1, 1]).unwrap();
    assert_eq!(root.to_string(), "{1}");
}

#[test]
fn a_mapping_reaches_into_variants() {
    let shown = |mapping: Mapping, kind: Kind| {
        mapping.to_value(&Votes { votes: [kind] }).unwrap().to_string()
    };
    let mapping =
        || Mapping::new().rename("votes.value", "bal").rename("votes.tag", "kind").skip("votes.x");
    for (kind, expected) in [
        (Kind::Newtype(1), "[bal |-> 1, tag |-> \"Newtype\"]"),
        (Kind::Tuple(1, true), "[bal |-> <<1, TRUE>>, tag |-> \"Tuple\"]"),
        (Kind::Struct { x: 1 }, "[tag |-> \"Struct\"]"),
        (Kind::Tag { tag: 1 }, "[kind |-> 1, tag |-> \"Tag\"]"),
    ] {
        assert_eq!(shown(mapping(), kind), format!("[votes |-> <<{expected}>>]"));
    }
    let dropped = || Mapping::new().skip("votes.value");
    assert_eq!(shown(dropped(), Kind::Tuple(1, true)), "[votes |-> <<[tag |-> \"Tuple\"]>>]");
    assert_eq!(shown(dropped(), Kind::Newtype(1)), "[votes |-> <<[tag |-> \"Newtype\"]>>]");
    let clash = Mapping::new().rename("value", "tag").to_value(&Kind::Tuple(1, true));
    assert!(clash.unwrap_err().to_string().starts_with("value: in TLA+ the name of the variant"));
}

proptest! {
    #[test]
    fn other_formats_see_plain_values(
        lists in prop::collection::vec(any::<(i64, String)>(), 0..4),
        map in prop::collection::btree_map("[a-z]{1,3}", any::<Option<u8>>(), 0..4),
        name in "[a-z]{1,3}",
    ) {
        prop_assert_eq!(json!(Set { votes: &lists }), json!(Votes { votes: &lists }));
        prop_assert_eq!(json!(FromZero { votes: &lists }), json!(Votes { votes: &lists }));
        prop_assert_eq!(json!(ModelKeys { votes: &map }), json!(Votes { votes: &map }));
        prop_assert_eq!(json!(Model { votes: &name }), json!(Votes { votes: &name }));
    }

    #[test]
    fn json_without_null_and_fractions_is_a_value(
        lists in prop::collection::vec(any::<(i64, String, bool)>(), 0..4),
        map in prop::collection::btree_map("[a-z]{1,3}", any::<u8>(), 0..4),
    ) {
        // The reader of ITF, which has nothing of this file, takes JSON for the same values.
        let value = (lists, map);
        prop_assert_eq!(to_value(&value).unwrap(), Value::from_itf(&json!(value)).unwrap());
        prop_assert_eq!(to_value(&json!(value)), to_value(&value));
    }
}
