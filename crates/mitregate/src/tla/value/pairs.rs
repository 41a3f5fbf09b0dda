//! A function's pairs of argument and value, sorted by argument.

use super::Value;

/// A function as its pairs, in one piece of memory: functions are small, and are made far more often than changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pairs(Vec<(Value, Value)>);

impl Pairs {
    /// The empty function.
    pub const fn new() -> Pairs {
        Pairs(Vec::new())
    }

    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, argument: &Value) -> Result<usize, usize> {
        self.0.binary_search_by(|(it, _)| it.cmp(argument))
    }

    /// The value of an argument; none outside of the domain.
    pub fn get(&self, argument: &Value) -> Option<&Value> {
        self.place(argument).ok().map(|place| &self.0[place].1)
    }

    /// An argument as it is in the domain, and its value.
    pub fn get_key_value(&self, argument: &Value) -> Option<(&Value, &Value)> {
        self.place(argument).ok().map(|place| (&self.0[place].0, &self.0[place].1))
    }

    /// Whether an argument is in the domain.
    pub fn contains_key(&self, argument: &Value) -> bool {
        self.place(argument).is_ok()
    }

    /// Gives an argument a value; the one that it had before.
    pub fn insert(&mut self, argument: Value, value: Value) -> Option<Value> {
        match self.place(&argument) {
            Ok(place) => Some(std::mem::replace(&mut self.0[place].1, value)),
            Err(place) => {
                self.0.insert(place, (argument, value));
                None
            }
        }
    }

    /// Takes an argument out of the domain; its value.
    pub fn remove(&mut self, argument: &Value) -> Option<Value> {
        self.place(argument).ok().map(|place| self.0.remove(place).1)
    }

    /// The arguments, sorted.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Value> + Clone {
        self.0.iter().map(|(argument, _)| argument)
    }

    /// The values, in the order of their arguments.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values, in the order of their arguments.
    pub fn into_values(self) -> impl Iterator<Item = Value> {
        self.0.into_iter().map(|(_, value)| value)
    }

    /// The pairs, in the order of their arguments.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Value, &Value)> + Clone {
        self.0.iter().map(|(argument, value)| (argument, value))
    }
}

/// Of pairs with the same argument the last one counts.
impl FromIterator<(Value, Value)> for Pairs {
    fn from_iter<I: IntoIterator<Item = (Value, Value)>>(pairs: I) -> Pairs {
        sorted(pairs.into_iter().collect())
    }
}

// Compiled once, and not for each kind of iterator.
fn sorted(mut pairs: Vec<(Value, Value)>) -> Pairs {
    if !pairs.is_sorted_by(|one, next| one.0 < next.0) {
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        // The sort is stable: the last of equal ones is kept, in the place of the first.
        pairs.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                std::mem::swap(next, kept);
            }
            is_same
        });
    }
    Pairs(pairs)
}

impl IntoIterator for Pairs {
    type Item = (Value, Value);
    type IntoIter = std::vec::IntoIter<(Value, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Pairs {
    type Item = (&'a Value, &'a Value);
    type IntoIter = std::iter::Map<
        std::slice::Iter<'a, (Value, Value)>,
        fn(&'a (Value, Value)) -> (&'a Value, &'a Value),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(argument, value)| (argument, value))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_a_map(
            pairs in proptest::collection::vec((0_i64..6, 0_i64..3), 0..12),
            (argument, value) in (0_i64..8, 0_i64..3),
        ) {
            let int = Value::Int;
            let pairs = || pairs.iter().map(|&(argument, value)| (int(argument), int(value)));
            let (mut ours, mut map): (Pairs, BTreeMap<Value, Value>) = (pairs().collect(), pairs().collect());
            prop_assert!(ours.iter().eq(map.iter()));
            let argument = int(argument);
            prop_assert_eq!(ours.get(&argument), map.get(&argument));
            prop_assert_eq!(ours.insert(argument.clone(), int(value)), map.insert(argument.clone(), int(value)));
            prop_assert!(ours.iter().eq(map.iter()) && ours.len() == map.len());
            prop_assert!(ours.contains_key(&argument));
            prop_assert_eq!(ours.remove(&argument), map.remove(&argument));
            prop_assert!(ours.keys().eq(map.keys()) && ours.values().eq(map.values()));
            prop_assert_eq!(ours.is_empty(), map.is_empty());
            prop_assert!(ours.into_iter().eq(map));
        }
    }
}
