//! The reader of TLC's dumps in the DOT language.
//!
//! TLC writes one node or edge per line. Nodes are fingerprints, which may be negative:
//!
//! ```text
//! -12 [label="/\\ x = 0\n/\\ y = 1",style = filled]
//! -12 -> 34 [label="Step",color="black",fontcolor="black"];
//! ```
//!
//! Dashed edges are no steps of the spec. Filled nodes are initial states. All other lines are about layout.

use std::collections::{BTreeSet, HashMap};

use super::{DumpError, StateGraph};
use crate::tla::value::parse_state;

pub(super) fn read(text: &str) -> Result<StateGraph, DumpError> {
    if !text.lines().next().is_some_and(|line| line.contains("digraph")) {
        return Err(DumpError::NotDot);
    }
    let mut graph = StateGraph::default();
    let mut places: HashMap<&str, usize> = HashMap::new();
    // TLC may write an edge before the state that it leads to.
    let mut edges: BTreeSet<(&str, String, &str)> = BTreeSet::new();
    let mut seen_at: HashMap<&str, usize> = HashMap::new();
    for (line, text) in (1..).zip(text.lines()) {
        let Some((id, rest)) = node_id(text) else { continue };
        if let Some(rest) = rest.trim_start().strip_prefix("->") {
            let Some((target, rest)) = node_id(rest) else {
                return Err(bad(line, "this edge leads nowhere"));
            };
            if rest.contains("style=\"dashed\"") {
                // Where liveness is checked, TLC draws a stuttering step at each state.
                continue;
            }
            match label(rest) {
                Some((label, _)) if !action_name(&label).is_empty() => {
                    let action = action_name(&label).to_owned();
                    for end in [id, target] {
                        seen_at.entry(end).or_insert(line);
                    }
                    edges.insert((id, action, target));
                }
                _ => return Err(DumpError::NoActionLabels { line }),
            }
        } else {
            let Some((state, rest)) = label(rest) else {
                return Err(bad(line, "this node has no label that ends on its line"));
            };
            let state = parse_state(&state).map_err(|source| DumpError::State { line, source })?;
            let place = *places.entry(id).or_insert(graph.states.len());
            match graph.states.get(place) {
                Some(known) if *known != state => {
                    return Err(bad(line, "this node already stands for another state"));
                }
                Some(_) => {}
                None => graph.states.push(state),
            }
            if is_filled(rest) {
                graph.initial.insert(place);
            }
        }
    }
    if !text.trim_end().ends_with('}') {
        return Err(DumpError::Truncated);
    }
    let place = |id: &str| {
        places.get(id).copied().ok_or_else(|| {
            let line = seen_at.get(id).copied().unwrap_or(1);
            bad(line, "this edge has an end that the dump does not describe")
        })
    };
    for (from, action, to) in edges {
        graph.edges.insert((place(from)?, action, place(to)?));
    }
    Ok(graph)
}

/// Whether attributes say that a node is filled. Values in quotes, such as the tooltip of later versions, may
/// hold any text; a fill colour is for states outside of a constraint.
fn is_filled(attributes: &str) -> bool {
    let mut plain = String::new();
    let mut quoted = false;
    let mut chars = attributes.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => drop(chars.next()),
            c if !quoted && c != ' ' => plain.push(c),
            _ => {}
        }
    }
    plain.contains("style=filled") && !plain.contains("fillcolor")
}

fn bad(line: usize, problem: &str) -> DumpError {
    DumpError::Line { line, problem: problem.to_owned() }
}

/// The fingerprint that the text begins with, and what follows it.
fn node_id(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < digits.len()).then(|| text.split_at(text.len() - rest.len()))
}

/// The action's name in an edge's label: later versions of TLC write its arguments as well.
fn action_name(label: &str) -> &str {
    label.split_once('(').map_or(label, |(name, _)| name).trim_end()
}

/// The label among the attributes, without its escapes, and what follows it.
fn label(attributes: &str) -> Option<(String, &str)> {
    let (_, rest) = attributes.split_once("label=\"")?;
    let mut label = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some((label, chars.as_str())),
            '\\' => label.push(match chars.next()? {
                // Line breaks of a label that is centred, left-aligned or right-aligned.
                'n' | 'l' | 'r' => '\n',
                c => c,
            }),
            c => label.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::samples::graph;
    use super::*;
    use proptest::prelude::*;

    const SAMPLE: &str = r#"strict digraph DiskGraph {
nodesep=0.35;
subgraph cluster_graph {
color="white";
-12 [label="x = 0",style = filled]
-12 -> 34 [label="Step",color="black",fontcolor="black"];
34 [label="/\\ x = 1"];
34 -> 34 [label="Stay",color="black",fontcolor="black"];
34 -> 34 [label="Stay",color="black",fontcolor="black"];
{rank = same; -12;}
{rank = same; 34;}
}
}"#;

    #[test]
    fn reads_a_dump() {
        let expected = graph(&[0, 1], &[0], &[(0, "Step", 1), (1, "Stay", 1)]);
        assert_eq!(StateGraph::from_dot(SAMPLE), Ok(expected));
    }

    #[test]
    fn stuttering_steps_that_liveness_adds_are_no_edges() {
        let stutter = "34 -> 34 [style=\"dashed\"];\n{rank = same; -12;}";
        let dot = SAMPLE.replace("{rank = same; -12;}", stutter);
        assert_eq!(StateGraph::from_dot(&dot), StateGraph::from_dot(SAMPLE));
    }

    #[test]
    fn only_a_filled_node_is_initial() {
        for attributes in [
            ",tooltip=\"x = \\\"style = filled\\\"\"",
            ",style = filled, fillcolor=lightyellow",
            "",
        ] {
            let node = format!("34 [label=\"/\\\\ x = 1\"{attributes}];");
            let dot = SAMPLE.replace("34 [label=\"/\\\\ x = 1\"];", &node);
            assert!(dot.contains(&node));
            assert_eq!(StateGraph::from_dot(&dot), StateGraph::from_dot(SAMPLE), "{attributes}");
        }
    }

    #[test]
    fn unescapes_strings_and_line_breaks() {
        let dot = "digraph {\n1 [label=\"/\\\\ x = \\\"a\\\\\\\"\\\\\\\\\\\\t\\\"\\n/\\\\ y = << >>\"];\n}";
        let graph = StateGraph::from_dot(dot).unwrap();
        assert_eq!(graph.states[0].to_string(), r#"[x |-> "a\"\\\t", y |-> <<>>]"#);
        assert!(graph.initial.is_empty());
    }

    #[test]
    fn says_what_is_wrong() {
        let error = |text: &str| StateGraph::from_dot(text).unwrap_err().to_string();
        assert!(error("").contains("no graph in the DOT language"));
        assert!(error("/\\ x = 1").contains("-dump dot,actionlabels"));
        let unlabelled = SAMPLE.replace("\"Stay\"", "\"\"");
        assert!(error(&unlabelled).starts_with("line 8: this edge names no action; run TLC with"));
        let bare = SAMPLE.replace(" [label=\"Step\",color=\"black\",fontcolor=\"black\"]", "");
        assert!(error(&bare).starts_with("line 6: this edge names no action"));
        assert!(error(SAMPLE.split_once("{rank").unwrap().0).contains("cut off"));
        assert!(
            error(&SAMPLE.replace("34 [label=\"/", "35 [label=\"/"))
                .contains("line 6: this edge has an end")
        );
        assert!(
            error(&SAMPLE.replace("x = 1", "x ~ 1"))
                .contains("line 7: the state cannot be read: at byte")
        );
        assert!(
            error(&SAMPLE.replace("34 [label=\"/", "-12 [label=\"/"))
                .contains("line 7: this node already")
        );
        assert!(
            error(&SAMPLE.replace("x = 1\"];", "x = 1")).contains("line 7: this node has no label")
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>(), dot in "([-0-9> ]|\n|\\[label=\"|x = 1|\"|\\\\|\\]){0,30}") {
            let _ = StateGraph::from_dot(&text);
            let _ = StateGraph::from_dot(&format!("digraph {{\n{dot}\n}}"));
        }
    }
}
