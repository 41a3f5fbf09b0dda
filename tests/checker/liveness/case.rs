//! A case of the corpus: read from its text, written as a spec, built as a graph.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mitregate::check::liveness::{Edge, Fairness, Formula, StateId, Strength};

use super::super::table::Table;

/// One case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) graph: Table,
    pub(crate) fairness: Fairness,
    pub(crate) formulas: Vec<Formula>,
    source: Source,
}

/// What the text says.
#[derive(Default)]
struct Source {
    vars: Vec<String>,
    init: Vec<String>,
    actions: Vec<(String, Vec<(String, String)>)>,
    fair: Vec<Fair>,
    outside: Vec<String>,
    /// The operator, and one or two sets of states.
    properties: Vec<(String, Vec<Vec<String>>)>,
}

struct Fair {
    /// `WF` or `SF`.
    kind: String,
    /// A variable, or `vars`.
    subscript: String,
    actions: Vec<String>,
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

impl Case {
    /// Reads all cases of a text.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    pub(crate) fn parse_all(text: &str) -> Vec<Case> {
        let mut cases: Vec<(String, String, Source)> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (keyword, rest) = line.split_once(' ').expect("a keyword and something after it");
            if keyword == "case" {
                let source = Source { vars: words("s"), ..Source::default() };
                cases.push((rest.to_owned(), String::new(), source));
                continue;
            }
            let (name, about, source) = cases.last_mut().expect("a case comes first");
            match keyword {
                "about" => rest.clone_into(about),
                "vars" => source.vars = words(rest),
                "init" => source.init = words(rest),
                "outside" => source.outside = words(rest),
                "step" => source.actions.push(action(rest)),
                "fair" => source.fair.push(fair(rest)),
                "property" => source.properties.push(property(rest)),
                _ => panic!("{name}: what is {line:?}?"),
            }
        }
        cases.into_iter().map(|(name, about, source)| Case::new(name, about, source)).collect()
    }

    fn new(name: String, about: String, source: Source) -> Case {
        let strength = |fair: &Fair| match fair.kind.as_str() {
            "WF" => Strength::Weak,
            "SF" => Strength::Strong,
            kind => panic!("{name}: {kind} is neither WF nor SF"),
        };
        let fairness = Fairness { conditions: source.fair.iter().map(strength).collect() };
        let (graph, formulas) = (source.graph(), source.formulas());
        Case { name, about, graph, fairness, formulas, source }
    }

    /// The configuration.
    pub(crate) fn cfg(&self) -> String {
        let constraint = if self.source.outside.is_empty() { "" } else { "CONSTRAINT Inside\n" };
        format!("SPECIFICATION Spec\nPROPERTY Property\n{constraint}CHECK_DEADLOCK FALSE\n")
    }

    /// The module.
    pub(crate) fn tla(&self) -> String {
        let source = &self.source;
        let mut text = format!("---- MODULE {} ----\n\\* {}\n\n", self.name, self.about);
        let plural = if source.vars.len() == 1 { "" } else { "S" };
        let vars = source.vars.join(", ");
        writeln!(text, "VARIABLE{plural} {vars}\n\nvars == <<{vars}>>\n").unwrap();
        // TLC wants each variable by itself here, not a tuple of them.
        let init = source.init.iter().map(|state| source.equal(state, "").join(" /\\ "));
        writeln!(text, "Init == {}\n", junction("\\/", "Init", &init.collect::<Vec<_>>())).unwrap();
        for (name, steps) in &source.actions {
            let steps = steps.iter().map(|(from, to)| source.step(from, to));
            writeln!(text, "{name} == {}\n", junction("\\/", name, &steps.collect::<Vec<_>>()))
                .unwrap();
        }
        let names: Vec<_> = source.actions.iter().map(|(name, _)| name.as_str()).collect();
        let next = if names.is_empty() { "FALSE".to_owned() } else { names.join(" \\/ ") };
        writeln!(text, "Next == {next}\n").unwrap();
        let mut spec = vec!["Init".to_owned(), "[][Next]_vars".to_owned()];
        spec.extend(source.fair.iter().map(|fair| {
            format!("{}_{}({})", fair.kind, fair.subscript, fair.actions.join(" \\/ "))
        }));
        writeln!(text, "Spec == {}\n", junction("/\\", "Spec", &spec)).unwrap();
        if !source.outside.is_empty() {
            writeln!(text, "Inside == ~({})\n", source.is_in(&source.outside)).unwrap();
        }
        for (index, states) in source.predicates().iter().enumerate() {
            writeln!(text, "P{index} == {}\n", source.is_in(states)).unwrap();
        }
        let formulas = self.formulas.iter().map(|formula| match formula {
            Formula::Eventually(p) => format!("<>P{p}"),
            Formula::AlwaysEventually(p) => format!("[]<>P{p}"),
            Formula::EventuallyAlways(p) => format!("<>[]P{p}"),
            Formula::LeadsTo(p, q) => format!("P{p} ~> P{q}"),
        });
        writeln!(
            text,
            "Property == {}\n",
            junction("/\\", "Property", &formulas.collect::<Vec<_>>())
        )
        .unwrap();
        text + "====\n"
    }
}

/// A definition's body, one line for each of its parts if there are several.
fn junction(operator: &str, name: &str, parts: &[String]) -> String {
    if parts.len() == 1 {
        return parts.concat();
    }
    let indent = format!("\n{}", " ".repeat(name.len() + 4));
    let lines: Vec<_> = parts.iter().map(|part| format!("{operator} {part}")).collect();
    lines.join(&indent)
}

fn action(text: &str) -> (String, Vec<(String, String)>) {
    let mut parts = words(text).into_iter();
    let name = parts.next().expect("an action has a name");
    let step = |step: String| {
        let (from, to) = step.split_once("->").expect("a step has an arrow");
        (from.to_owned(), to.to_owned())
    };
    (name, parts.map(step).collect())
}

fn fair(text: &str) -> Fair {
    let mut parts = words(text).into_iter();
    let kind = parts.next().expect("WF or SF");
    let (kind, subscript) = kind.split_once('_').unwrap_or((&kind, "vars"));
    Fair { kind: kind.to_owned(), subscript: subscript.to_owned(), actions: parts.collect() }
}

fn property(text: &str) -> (String, Vec<Vec<String>>) {
    if let Some((p, q)) = text.split_once(" ~> ") {
        return ("~>".to_owned(), vec![words(p), words(q)]);
    }
    let (operator, states) = text.split_once(' ').expect("an operator and states");
    (operator.to_owned(), vec![words(states)])
}

impl Source {
    fn value(state: &str) -> Vec<&str> {
        state.split('.').collect()
    }

    /// That the variables have the values of one of these states.
    fn is_in(&self, states: &[String]) -> String {
        if let [var] = &self.vars[..] {
            return format!("{var} \\in {{{}}}", states.join(", "));
        }
        let tuple = |state: &String| format!("<<{}>>", Source::value(state).join(", "));
        let tuples: Vec<_> = states.iter().map(tuple).collect();
        format!("<<{}>> \\in {{{}}}", self.vars.join(", "), tuples.join(", "))
    }

    /// That each variable has its value in a state.
    fn equal(&self, state: &str, prime: &str) -> Vec<String> {
        let values = self.vars.iter().zip(Source::value(state));
        values.map(|(var, value)| format!("{var}{prime} = {value}")).collect()
    }

    fn step(&self, from: &str, to: &str) -> String {
        [self.equal(from, ""), self.equal(to, "'")].concat().join(" /\\ ")
    }

    /// The sets of states that the properties name, each once.
    fn predicates(&self) -> Vec<Vec<String>> {
        let mut predicates: Vec<Vec<String>> = Vec::new();
        for set in self.properties.iter().flat_map(|(_, sets)| sets) {
            if !predicates.contains(set) {
                predicates.push(set.clone());
            }
        }
        predicates
    }

    fn formulas(&self) -> Vec<Formula> {
        let predicates = self.predicates();
        let bit = |set: &Vec<String>| {
            let index = predicates.iter().position(|known| known == set).unwrap();
            u8::try_from(index).unwrap()
        };
        let formula = |(operator, sets): &(String, Vec<Vec<String>>)| match operator.as_str() {
            "<>" => Formula::Eventually(bit(&sets[0])),
            "[]<>" => Formula::AlwaysEventually(bit(&sets[0])),
            "<>[]" => Formula::EventuallyAlways(bit(&sets[0])),
            "~>" => Formula::LeadsTo(bit(&sets[0]), bit(&sets[1])),
            _ => panic!("{operator} is no operator"),
        };
        self.properties.iter().map(formula).collect()
    }

    fn graph(&self) -> Table {
        let steps = || self.actions.iter().flat_map(|(_, steps)| steps);
        let mut numbers: BTreeMap<&str, StateId> = BTreeMap::new();
        let mut table = Table::default();
        let predicates = self.predicates();
        for state in self.init.iter().chain(steps().flat_map(|(from, to)| [from, to])) {
            let next = StateId::try_from(numbers.len()).unwrap();
            if self.outside.contains(state) || numbers.contains_key(state.as_str()) {
                continue;
            }
            numbers.insert(state, next);
            table.edges.push(Vec::new());
            table.enabled.push(0);
            let bits = predicates.iter().enumerate().filter(|(_, set)| set.contains(state));
            table.holds.push(bits.fold(0, |mask, (bit, _)| mask | 1 << bit));
        }
        table.initial = self.init.iter().map(|state| numbers[state.as_str()]).collect();
        for (name, steps) in &self.actions {
            for (from, to) in steps {
                let takes = self.takes(name, from, to);
                let source = numbers[from.as_str()];
                match numbers.get(to.as_str()) {
                    Some(&target) => table.add(source, Edge { target, takes }),
                    None => table.enabled[source as usize] |= takes,
                }
            }
        }
        table
    }

    /// The conditions that a step of an action satisfies: it changes their subscript.
    fn takes(&self, action: &str, from: &str, to: &str) -> u64 {
        let (from, to) = (Source::value(from), Source::value(to));
        let changes = |subscript: &str| {
            let of = |&index: &usize| subscript == "vars" || self.vars[index] == subscript;
            (0..self.vars.len()).filter(of).any(|index| from[index] != to[index])
        };
        let satisfied = self.fair.iter().enumerate().filter(|(_, fair)| {
            fair.actions.iter().any(|name| name == action) && changes(&fair.subscript)
        });
        satisfied.fold(0, |mask, (bit, _)| mask | 1 << bit)
    }
}
