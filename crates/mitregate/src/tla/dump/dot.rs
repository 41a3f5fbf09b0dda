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

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::BufRead;

use super::states::HASHER;
use super::{DumpError, GraphBuilder, StateGraph, action_name, index, lines};
use crate::tla::value::parse_state;

pub(super) fn read(text: impl BufRead) -> Result<StateGraph, DumpError> {
    let mut lines = lines(text);
    if !lines.next().transpose()?.is_some_and(|(_, line)| line.contains("digraph")) {
        return Err(DumpError::NotDot);
    }
    let mut graph = GraphBuilder::default();
    // By fingerprint. TLC may write an edge before the state that it leads to.
    let mut numbers: HashMap<i64, u32, _> = HashMap::with_hasher(HASHER);
    let mut first_lines: Vec<u32> = Vec::new();
    let mut is_closed = false;
    for line in lines {
        let (line, text) = line?;
        is_closed = text.trim() == "}" || is_closed && text.trim().is_empty();
        let Some((id, rest)) = node_id(&text) else { continue };
        let mut number = |id: &str| -> Result<u32, DumpError> {
            let id =
                id.parse().map_err(|_| bad(line, "this node's fingerprint has over 64 bits"))?;
            Ok(*numbers.entry(id).or_insert_with(|| {
                first_lines.push(index(line));
                index(graph.states.reserve())
            }))
        };
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
                    let (source, target) = (number(id)?, number(target)?);
                    graph.edge(source, label.trim_end(), target);
                }
                _ => return Err(DumpError::NoActionLabels { line }),
            }
        } else {
            let Some((state, rest)) = label(rest) else {
                return Err(bad(line, "this node has no label that ends on its line"));
            };
            let state = parse_state(&state).map_err(|source| DumpError::State { line, source })?;
            let number = number(id)?;
            if !graph.states.set(number as usize, state) {
                return Err(bad(line, "this node already stands for another state"));
            }
            if is_filled(rest) {
                graph.initial(number);
            }
        }
    }
    if !is_closed {
        return Err(DumpError::Truncated);
    }
    let untold = (0..graph.states.len()).find(|&number| !graph.states.is_told(number));
    if let Some(&line) = untold.and_then(|number| first_lines.get(number)) {
        return Err(bad(line as usize, "this edge has an end that the dump does not describe"));
    }
    Ok(graph.finish())
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

/// The label among the attributes, without its escapes, and what follows it.
fn label(attributes: &str) -> Option<(Cow<'_, str>, &str)> {
    let (_, rest) = attributes.split_once("label=\"")?;
    let end = rest.find(['"', '\\'])?;
    if let Some(after) = rest[end..].strip_prefix('"') {
        return Some((rest[..end].into(), after));
    }
    let mut label = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some((label.into(), chars.as_str())),
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
        assert_eq!(StateGraph::from_dot(SAMPLE.as_bytes()), Ok(expected));
    }

    #[test]
    fn stuttering_steps_that_liveness_adds_are_no_edges() {
        let stutter = "34 -> 34 [style=\"dashed\"];\n{rank = same; -12;}";
        let dot = SAMPLE.replace("{rank = same; -12;}", stutter);
        assert_eq!(StateGraph::from_dot(dot.as_bytes()), StateGraph::from_dot(SAMPLE.as_bytes()));
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
            assert_eq!(
                StateGraph::from_dot(dot.as_bytes()),
                StateGraph::from_dot(SAMPLE.as_bytes()),
                "{attributes}"
            );
        }
    }

    #[test]
    fn unescapes_strings_and_line_breaks() {
        let dot = "digraph {\n1 [label=\"/\\\\ x = \\\"a\\\\\\\"\\\\\\\\\\\\t\\\"\\n/\\\\ y = << >>\"];\n}";
        let graph = StateGraph::from_dot(dot.as_bytes()).unwrap();
        assert_eq!(graph.state(0).to_string(), r#"[x |-> "a\"\\\t", y |-> <<>>]"#);
        assert!(graph.initial().is_empty());
    }

    #[test]
    fn says_what_is_wrong() {
        let error = |text: &str| StateGraph::from_dot(text.as_bytes()).unwrap_err().to_string();
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
            let _ = StateGraph::from_dot(text.as_bytes());
            let _ = StateGraph::from_dot(format!("digraph {{\n{dot}\n}}").as_bytes());
        }
    }
}
