//! State graphs as text to commit; [`StateGraph::to_text`] describes the format.

use std::fmt::Write as _;
use std::io::BufRead;

use super::{DumpError, GraphBuilder, StateGraph, index, lines};
use crate::tla::value::Value;

pub(super) fn to_text(graph: &StateGraph) -> String {
    let mut text = format!("states {}\n", graph.len());
    for (n, state) in (0..).zip(graph.states()) {
        let mark = if graph.initial.contains(&n) { '*' } else { ' ' };
        push(&mut text, format_args!("{mark} {state}\n"));
    }
    push(&mut text, format_args!("edges {}\n", graph.edge_count()));
    // Edges are sorted, so those of one state and action stand together.
    let mut edges = graph.edges().peekable();
    while let Some((from, action, to)) = edges.next() {
        push(&mut text, format_args!("{from} -> {to}"));
        while let Some((_, _, to)) = edges.next_if(|(f, a, _)| *f == from && *a == action) {
            push(&mut text, format_args!(" {to}"));
        }
        push(&mut text, format_args!(" : {action}\n"));
    }
    text
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(arguments);
}

pub(super) fn from_text(text: impl BufRead) -> Result<StateGraph, DumpError> {
    let mut lines = lines(text).filter(|line| match line {
        Ok((_, text)) => !text.starts_with('#') && !text.trim().is_empty(),
        Err(_) => true,
    });
    let mut graph = GraphBuilder::default();
    let states = count(lines.next(), "states")?;
    for _ in 0..states {
        let (line, text) = lines.next().ok_or(DumpError::Truncated)??;
        let (state, initial) = match (text.strip_prefix("* "), text.strip_prefix("  ")) {
            (Some(state), _) => (state, true),
            (_, Some(state)) => (state, false),
            _ => return Err(bad(line, "a state begins with a star or two spaces")),
        };
        let state = Value::parse(state).map_err(|source| DumpError::State { line, source })?;
        let number = graph.state(state);
        if initial {
            graph.initial(number);
        }
    }
    let edges = count(lines.next(), "edges")?;
    let states = index(states);
    for line in lines {
        let (line, text) = line?;
        let (from, targets, action) = edge(&text)
            .filter(|(from, targets, _)| *from < states && targets.iter().all(|to| *to < states))
            .ok_or_else(|| {
                bad(line, "an edge has the form `0 -> 1 2 : Action`, of known states")
            })?;
        for to in targets {
            graph.edge(from, action, to);
        }
    }
    let graph = graph.finish();
    match graph.edge_count() {
        count if count == edges => Ok(graph),
        count if count > edges => {
            Err(bad(1, &format!("there are {count} edges, and the text says {edges}")))
        }
        _ => Err(DumpError::Truncated),
    }
}

fn bad(line: usize, problem: &str) -> DumpError {
    DumpError::Line { line, problem: problem.to_owned() }
}

/// The number in a line such as `states 12`.
fn count(line: Option<Result<(usize, String), DumpError>>, word: &str) -> Result<usize, DumpError> {
    let (line, text) = line.ok_or(DumpError::Truncated)??;
    text.strip_prefix(word)
        .and_then(|number| number.trim().parse().ok())
        .ok_or_else(|| bad(line, &format!("here should stand `{word}` and their number")))
}

fn edge(text: &str) -> Option<(u32, Vec<u32>, &str)> {
    let (from, rest) = text.split_once(" -> ")?;
    let (targets, action) = rest.split_once(" : ")?;
    let targets: Option<Vec<u32>> = targets.split_whitespace().map(|to| to.parse().ok()).collect();
    Some((from.parse().ok()?, targets?, action))
}

#[cfg(test)]
mod tests {
    use super::super::samples::graph;
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "states 3\n* [x |-> 0]\n  [x |-> 1]\n  [x |-> 2]\nedges 3\n\
                        0 -> 1 2 : Step\n1 -> 1 : Reset\n";

    #[test]
    fn text_is_as_documented() {
        let graph = graph(&[0, 1, 2], &[0], &[(0, "Step", 1), (0, "Step", 2), (1, "Reset", 1)]);
        assert_eq!(graph.to_text(), TEXT);
        assert_eq!(StateGraph::from_text(format!("# from a test\n\n{TEXT}").as_bytes()), Ok(graph));
    }

    #[test]
    fn broken_text_is_refused() {
        let error = |text: &str| StateGraph::from_text(text.as_bytes()).unwrap_err().to_string();
        assert!(error("").contains("cut off"));
        assert!(error("digraph").contains("line 1: here should stand `states`"));
        assert!(error(TEXT.split_once("edges").unwrap().0).contains("cut off"));
        assert!(error(TEXT.split_once("1 -> 1").unwrap().0).contains("cut off"));
        assert!(error(&TEXT.replace("1 -> 1", "1 -> 3")).contains("line 7: an edge has the form"));
        assert!(error(&TEXT.replace("|-> 1", "-> 1")).contains("line 3: the state cannot be read"));
        assert!(error(&TEXT.replace("* [", "+ [")).contains("line 2: a state begins with"));
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(
            states in proptest::collection::vec(crate::tla::value::arbitrary::value(), 1..5),
            initial in proptest::collection::btree_set(0_u32..5, 0..3),
            edges in proptest::collection::btree_set((0_u32..5, "[A-C][ :]?[a-z]", 0_u32..5), 0..8),
        ) {
            let count = index(states.len());
            let mut graph = GraphBuilder::default();
            for state in states {
                graph.state(state);
            }
            for state in initial.into_iter().filter(|n| *n < count) {
                graph.initial(state);
            }
            for (from, action, to) in edges.into_iter().filter(|(a, _, b)| *a < count && *b < count) {
                graph.edge(from, &action, to);
            }
            let graph = graph.finish();
            prop_assert_eq!(StateGraph::from_text(graph.to_text().as_bytes()), Ok(graph));
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = StateGraph::from_text(text.as_bytes());
        }
    }
}
