//! The states of a graph: each value of a variable is kept once, however many states have it.

use ahash::RandomState;
use hashbrown::HashTable;

use crate::tla::value::Value;

/// A value that a state does not have yet.
const NONE: u32 = u32::MAX;

/// States as rows of a table with a column for each variable.
#[derive(Clone, Debug, Default)]
pub(super) struct States {
    /// The variables, as the first state has them. None where states have different ones: then the whole state is
    /// one value.
    variables: Option<Vec<Value>>,
    columns: Vec<Column>,
    /// One row after the other: which value of its column each variable has.
    rows: Vec<u32>,
    len: usize,
}

/// The different values of a variable.
#[derive(Clone, Debug, Default)]
struct Column {
    values: Vec<Value>,
    table: HashTable<u32>,
}

/// Fixed keys: nothing here is to depend on the run.
pub(super) const HASHER: RandomState =
    RandomState::with_seeds(0x7265_6163, 0x6861_626c, 0x6520_7374, 0x6174_6573);

impl Column {
    fn has(&self, place: u32, value: &Value) -> bool {
        self.values.get(place as usize) == Some(value)
    }

    fn find(&self, value: &Value) -> Option<u32> {
        let hash = HASHER.hash_one(value);
        self.table.find(hash, |&place| self.has(place, value)).copied()
    }

    fn intern(&mut self, value: Value) -> u32 {
        if let Some(known) = self.find(&value) {
            return known;
        }
        let place = super::index(self.values.len());
        let hash = HASHER.hash_one(&value);
        self.values.push(value);
        let values = &self.values;
        self.table.insert_unique(hash, place, |&it| HASHER.hash_one(&values[it as usize]));
        place
    }
}

impl States {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// A number for a state that [`States::set`] tells later.
    pub(super) fn reserve(&mut self) -> usize {
        self.len += 1;
        self.rows.resize(self.len * self.columns.len(), NONE);
        self.len - 1
    }

    /// Tells a state; whether it has not been told otherwise before.
    pub(super) fn set(&mut self, number: usize, state: Value) -> bool {
        if let Some(known) = self.get(number) {
            return known == state;
        }
        if self.columns.is_empty() {
            let variables = match &state {
                Value::Fun(fields) if !fields.is_empty() => Some(fields.keys().cloned().collect()),
                _ => None,
            };
            self.begin(variables);
        }
        match (state, &self.variables) {
            (Value::Fun(fields), Some(variables)) if fields.keys().eq(variables) => {
                let start = number * self.columns.len();
                for (place, value) in fields.into_values().enumerate() {
                    self.rows[start + place] = self.columns[place].intern(value);
                }
            }
            (state, Some(_)) => {
                let told: Vec<_> =
                    (0..self.len).filter_map(|it| Some((it, self.get(it)?))).collect();
                self.begin(None);
                for (number, state) in told.into_iter().chain([(number, state)]) {
                    self.rows[number] = self.columns[0].intern(state);
                }
            }
            (state, None) => self.rows[number] = self.columns[0].intern(state),
        }
        true
    }

    fn begin(&mut self, variables: Option<Vec<Value>>) {
        let columns = variables.as_ref().map_or(1, Vec::len);
        self.columns = vec![Column::default(); columns];
        self.rows = vec![NONE; self.len * columns];
        self.variables = variables;
    }

    fn row(&self, number: usize) -> &[u32] {
        let columns = self.columns.len();
        self.rows.get(number * columns..(number + 1) * columns).unwrap_or_default()
    }

    /// Whether a state has been told.
    pub(super) fn is_told(&self, number: usize) -> bool {
        self.row(number).first().is_some_and(|&value| value != NONE)
    }

    /// A state; none if there is none of that number, or it has not been told.
    pub(super) fn get(&self, number: usize) -> Option<Value> {
        if !self.is_told(number) {
            return None;
        }
        let values = self.row(number).iter().zip(&self.columns);
        let mut values = values.map(|(&value, column)| column.values[value as usize].clone());
        match &self.variables {
            Some(variables) => Some(Value::fun(variables.iter().cloned().zip(values))),
            None => values.next(),
        }
    }

    /// The variables, as far as all states have the same.
    pub(super) fn variables(&self) -> &[Value] {
        self.variables.as_deref().unwrap_or_default()
    }

    pub(super) fn kinds(&self, variable: &Value) -> Vec<&'static str> {
        let place = self.variables().iter().position(|it| it == variable);
        let values = place.map_or(&[][..], |place| &self.columns[place].values);
        let mut kinds: Vec<_> = values.iter().map(Value::kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// States by the values of some of their variables.
    pub(super) fn projected(&self, variables: &[Value]) -> Projected {
        let place = |name: &Value| self.variables().iter().position(|it| it == name);
        let places: Vec<usize> = variables.iter().filter_map(place).collect();
        let mut projected = Projected {
            is_of_all: places.len() == variables.len(),
            places,
            classes: Vec::with_capacity(self.len),
            firsts: Vec::new(),
            table: HashTable::with_capacity(self.len),
        };
        let mut key = Vec::new();
        for number in 0..self.len {
            let row = self.row(number);
            key.clear();
            key.extend(projected.places.iter().map(|&place| row[place]));
            let class = projected.class(self, &key).unwrap_or_else(|| {
                let class = super::index(projected.firsts.len());
                projected.firsts.push(super::index(number));
                let hash = HASHER.hash_one(&key[..]);
                let Projected { table, firsts, places, .. } = &mut projected;
                table.insert_unique(hash, class, |&it| {
                    let row = self.row(firsts[it as usize] as usize);
                    let key: Vec<u32> = places.iter().map(|&place| row[place]).collect();
                    HASHER.hash_one(&key[..])
                });
                class
            });
            projected.classes.push(class);
        }
        projected
    }
}

/// Equal by their states, whatever the order in which values came up.
impl PartialEq for States {
    fn eq(&self, other: &States) -> bool {
        self.len == other.len && (0..self.len).all(|number| self.get(number) == other.get(number))
    }
}

impl Eq for States {}

/// Classes of states that agree in some of their variables.
#[derive(Clone, Debug)]
pub(crate) struct Projected {
    places: Vec<usize>,
    is_of_all: bool,
    /// By state.
    classes: Vec<u32>,
    /// By class, the first of its states.
    firsts: Vec<u32>,
    table: HashTable<u32>,
}

impl Projected {
    fn class(&self, states: &States, key: &[u32]) -> Option<u32> {
        let has_key = |&class: &u32| {
            let row = states.row(self.firsts[class as usize] as usize);
            self.places.iter().zip(key).all(|(&place, value)| row[place] == *value)
        };
        self.table.find(HASHER.hash_one(key), has_key).copied()
    }

    /// The class of a state.
    pub(crate) fn of_state(&self, state: u32) -> u32 {
        self.classes[state as usize]
    }

    /// The class of the states with these values of the variables, which are in the variables' order; none if there
    /// is no such state. `near` is a state that may have most of them: what it has need not be looked up.
    pub(super) fn find<'a>(
        &self,
        states: &States,
        values: impl Iterator<Item = &'a Value>,
        near: u32,
    ) -> Option<u32> {
        let near = states.row(near as usize);
        // Of one piece: it is made for each state of some code.
        let mut key = Vec::with_capacity(self.places.len());
        for (&place, value) in self.places.iter().zip(values) {
            let column = &states.columns[place];
            let known = near.get(place).filter(|&&it| column.has(it, value));
            key.push(known.copied().or_else(|| column.find(value))?);
        }
        let is_whole = self.is_of_all && key.len() == self.places.len();
        is_whole.then(|| self.class(states, &key)).flatten()
    }

    /// How many classes there are.
    pub(crate) fn len(&self) -> usize {
        self.firsts.len()
    }
}
