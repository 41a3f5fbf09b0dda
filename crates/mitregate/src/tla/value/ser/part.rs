//! The serializer: one part of a value after the other, each with what is wanted of it.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Serialize, ser};

use super::super::{Value, text};
use super::{Node, Shape, ValueError, Wanted, with};

/// The field of a variant's record that has the variant's name.
const TAG: &str = "tag";

/// The field of a variant's record that has what the variant holds, if that has no names.
const CONTENT: &str = "value";

/// The serializer of one part of a value.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) none: Option<&'a Value>,
    /// What the mapping says of the part's path.
    pub(super) node: Option<&'a Node>,
    pub(super) wanted: Wanted,
}

impl<'a> Part<'a> {
    /// A field and its name in TLA+; nothing if it is left out.
    fn field<'n>(self, name: &'n str) -> Option<(&'n str, Part<'a>)>
    where
        'a: 'n,
    {
        let Some(node) = self.node.and_then(|node| node.fields.get(name)) else {
            return Some((name, Part { node: None, wanted: Wanted::default(), ..self }));
        };
        let renamed = node.rename.as_deref().unwrap_or(name);
        (!node.skip).then_some((renamed, Part { node: Some(node), wanted: node.wanted, ..self }))
    }

    /// Fails if something is wanted, since what has come is something else.
    fn nothing_wanted(self, found: &str) -> Result<(), ValueError> {
        let (name, kind) = match self.wanted {
            Wanted { shape: Some(Shape::Set), .. } => ("set", "a sequence"),
            Wanted { shape: Some(Shape::FromZero), .. } => ("from_zero", "a sequence"),
            Wanted { model_keys: true, .. } => ("model_keys", "a map"),
            Wanted { model: true, .. } => ("model", "a string or a variant without fields"),
            Wanted { shape: None, model: false, model_keys: false } => return Ok(()),
        };
        Err(ValueError::new(format!("`{name}` is for {kind}, and this is {found}; take it away")))
    }

    fn int<N: Copy + Display + TryInto<i64>>(self, number: N) -> Result<Value, ValueError> {
        self.nothing_wanted("a number")?;
        number.try_into().map(Value::Int).map_err(|_| {
            ValueError::new(format!(
                "the integer {number} does not fit into 64 bits with a sign; leave the field out with #[serde(skip)], \
                 or make it a smaller number or a string with #[serde(serialize_with = \"...\")]"
            ))
        })
    }

    /// A string or a variant without fields.
    fn name(self, name: &str, found: &str) -> Result<Value, ValueError> {
        let Wanted { model, .. } = self.wanted;
        Part { wanted: Wanted { model: false, ..self.wanted }, ..self }.nothing_wanted(found)?;
        if !model {
            return Ok(Value::from(name));
        }
        if !text::is_name(name) || matches!(name, "TRUE" | "FALSE") {
            let problem = format!(
                "{name:?} is no name of a model value; give it letters, digits and underscores, or keep it a string"
            );
            return Err(ValueError::new(problem));
        }
        Ok(Value::model(name))
    }

    fn elements(self) -> Elements<'a> {
        let shape = self.wanted.shape;
        let of = Part { wanted: Wanted { shape: None, ..self.wanted }, ..self };
        Elements { of, shape, done: Vec::new() }
    }

    fn record(self) -> Result<Record<'a>, ValueError> {
        self.nothing_wanted("a struct")?;
        Ok(Record { of: self, is_variant: false, fields: BTreeMap::new() })
    }

    fn variant(self, name: &str) -> Result<Record<'a>, ValueError> {
        self.nothing_wanted("a variant with fields")?;
        let fields = BTreeMap::from([(Value::from(TAG), Value::from(name))]);
        Ok(Record { of: self, is_variant: true, fields })
    }
}

fn no_float() -> ValueError {
    ValueError::new(
        "TLA+ has no floating-point numbers; leave the field out with #[serde(skip)], or make it an integer or a \
         string with #[serde(serialize_with = \"...\")]",
    )
}

impl<'a> ser::Serializer for Part<'a> {
    type Ok = Value;
    type Error = ValueError;
    type SerializeSeq = Elements<'a>;
    type SerializeTuple = Elements<'a>;
    type SerializeTupleStruct = Elements<'a>;
    type SerializeTupleVariant = TupleVariant<'a>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Record<'a>;
    type SerializeStructVariant = Record<'a>;

    fn serialize_bool(self, value: bool) -> Result<Value, ValueError> {
        self.nothing_wanted("a truth value")?;
        Ok(Value::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Result<Value, ValueError> {
        self.int(value)
    }

    fn serialize_i16(self, value: i16) -> Result<Value, ValueError> {
        self.int(value)
    }

    fn serialize_i32(self, value: i32) -> Result<Value, ValueError> {
        self.int(value)
    }

    fn serialize_i64(self, value: i64) -> Result<Value, ValueError> {
        self.int(value)
    }

    fn serialize_i128(self, value: i128) -> Result<Value, ValueError> {
        self.int(value)
    }

    fn serialize_u8(self, value: u8) -> Result<Value, ValueError> {
        self.int(value)
    }

    fn serialize_u16(self, value: u16) -> Result<Value, ValueError> {
        self.int(value)
    }

    fn serialize_u32(self, value: u32) -> Result<Value, ValueError> {
        self.int(value)
    }

    fn serialize_u64(self, value: u64) -> Result<Value, ValueError> {
        self.int(value)
    }

    fn serialize_u128(self, value: u128) -> Result<Value, ValueError> {
        self.int(value)
    }

    fn serialize_f32(self, _: f32) -> Result<Value, ValueError> {
        Err(no_float())
    }

    fn serialize_f64(self, _: f64) -> Result<Value, ValueError> {
        Err(no_float())
    }

    fn serialize_char(self, value: char) -> Result<Value, ValueError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<Value, ValueError> {
        self.name(value, "a string")
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value, ValueError> {
        self.collect_seq(bytes)
    }

    fn serialize_none(self) -> Result<Value, ValueError> {
        self.none.cloned().ok_or_else(|| {
            ValueError::new(
                "TLA+ has no None; say what it is with Mapping::none, or take an enum of your own in \
                 place of the Option",
            )
        })
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, ValueError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, ValueError> {
        self.nothing_wanted("a value without parts")?;
        Ok(Value::seq([]))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, ValueError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, ValueError> {
        self.name(variant, "a variant without fields")
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, ValueError> {
        let wanted = match name {
            with::SET => Wanted { shape: Some(Shape::Set), ..self.wanted },
            with::FROM_ZERO => Wanted { shape: Some(Shape::FromZero), ..self.wanted },
            with::MODEL => Wanted { model: true, ..self.wanted },
            with::MODEL_KEYS => Wanted { model_keys: true, ..self.wanted },
            _ => self.wanted,
        };
        value.serialize(Part { wanted, ..self })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, ValueError> {
        let mut record = self.variant(variant)?;
        record.put(CONTENT, value)?;
        Ok(Value::fun(record.fields))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'a>, ValueError> {
        Ok(self.elements())
    }

    fn serialize_tuple(self, _: usize) -> Result<Elements<'a>, ValueError> {
        Ok(self.elements())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Elements<'a>, ValueError> {
        Ok(self.elements())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<TupleVariant<'a>, ValueError> {
        let record = self.variant(variant)?;
        let content = self.field(CONTENT).map(|(_, content)| content.elements());
        Ok(TupleVariant { record, content })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Entries<'a>, ValueError> {
        let has_fields = len.is_none();
        if has_fields && !self.wanted.model_keys {
            self.nothing_wanted(
                "a struct with #[serde(flatten)], or a map that does not know its length",
            )?;
        }
        Ok(Entries { of: self, has_fields, key: None, pairs: BTreeMap::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Record<'a>, ValueError> {
        self.record()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Record<'a>, ValueError> {
        self.variant(variant)
    }
}

/// A sequence.
pub(super) struct Elements<'a> {
    of: Part<'a>,
    shape: Option<Shape>,
    done: Vec<Value>,
}

impl Elements<'_> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        let first = usize::from(!matches!(self.shape, Some(Shape::FromZero)));
        let place = |error: ValueError| error.within(&format!("[{}]", self.done.len() + first));
        let value = value.serialize(self.of).map_err(place)?;
        self.done.push(value);
        Ok(())
    }

    fn value(self) -> Value {
        match self.shape {
            None => Value::seq(self.done),
            Some(Shape::Set) => Value::set(self.done),
            Some(Shape::FromZero) => Value::fun((0..).map(Value::Int).zip(self.done)),
        }
    }
}

impl ser::SerializeSeq for Elements<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        self.push(value)
    }

    fn end(self) -> Result<Value, ValueError> {
        Ok(self.value())
    }
}

impl ser::SerializeTuple for Elements<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        self.push(value)
    }

    fn end(self) -> Result<Value, ValueError> {
        Ok(self.value())
    }
}

impl ser::SerializeTupleStruct for Elements<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        self.push(value)
    }

    fn end(self) -> Result<Value, ValueError> {
        Ok(self.value())
    }
}

/// A variant with a tuple, which is nothing if the mapping leaves it out.
pub(super) struct TupleVariant<'a> {
    record: Record<'a>,
    content: Option<Elements<'a>>,
}

impl ser::SerializeTupleVariant for TupleVariant<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        let Some(content) = &mut self.content else { return Ok(()) };
        content.push(value).map_err(|error| error.within(CONTENT))
    }

    fn end(mut self) -> Result<Value, ValueError> {
        if let (Some(content), Some((name, _))) = (self.content, self.record.of.field(CONTENT)) {
            self.record.insert(CONTENT, name, content.value())?;
        }
        Ok(Value::fun(self.record.fields))
    }
}

/// A struct, or a variant with its tag.
pub(super) struct Record<'a> {
    of: Part<'a>,
    is_variant: bool,
    fields: BTreeMap<Value, Value>,
}

impl Record<'_> {
    fn put<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), ValueError> {
        let Some((renamed, field)) = self.of.field(name) else { return Ok(()) };
        let value = value.serialize(field).map_err(|error| error.within(name))?;
        self.insert(name, renamed, value)
    }

    fn insert(&mut self, name: &str, renamed: &str, value: Value) -> Result<(), ValueError> {
        if self.fields.insert(Value::from(renamed), value).is_none() {
            return Ok(());
        }
        let problem = if self.is_variant && renamed == TAG {
            format!("in TLA+ the name of the variant is called {TAG}; {RENAME}")
        } else {
            format!("two fields are called {renamed}; {RENAME}")
        };
        Err(ValueError::new(problem).within(name))
    }
}

const RENAME: &str =
    "give this field another name with #[serde(rename = \"...\")] or Mapping::rename";

impl ser::SerializeStruct for Record<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), ValueError> {
        self.put(name, value)
    }

    fn end(self) -> Result<Value, ValueError> {
        Ok(Value::fun(self.fields))
    }
}

impl ser::SerializeStructVariant for Record<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), ValueError> {
        self.put(name, value)
    }

    fn end(self) -> Result<Value, ValueError> {
        Ok(Value::fun(self.fields))
    }
}

/// A map.
pub(super) struct Entries<'a> {
    of: Part<'a>,
    /// Whether it is a struct with `#[serde(flatten)]`: those do not know their length, and maps do.
    has_fields: bool,
    key: Option<Value>,
    pairs: BTreeMap<Value, Value>,
}

impl Entries<'_> {
    /// The entry's argument and value; nothing if it is a field that is left out.
    fn entry<T: Serialize + ?Sized>(
        &self,
        key: &Value,
        value: &T,
    ) -> Result<Option<(Value, Value)>, ValueError> {
        // What is wanted of the map is wanted of its values.
        let wanted = Wanted { model_keys: false, ..self.of.wanted };
        let of = Part { wanted, ..self.of };
        match key.as_str().filter(|_| self.has_fields) {
            None => Ok(Some((key.clone(), value.serialize(of)?))),
            Some(name) => {
                let Some((renamed, mut field)) = self.of.field(name) else { return Ok(None) };
                if field.node.is_none() {
                    field.wanted = wanted;
                }
                Ok(Some((Value::from(renamed), value.serialize(field)?)))
            }
        }
    }

    /// The place of an entry in a path.
    fn at(&self, key: &Value, error: ValueError) -> ValueError {
        match key.as_str().filter(|_| self.has_fields) {
            Some(name) => error.within(name),
            None => error.at_key(key),
        }
    }
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ValueError> {
        let wanted = Wanted { model: self.of.wanted.model_keys, ..Wanted::default() };
        let of = Part { node: None, wanted, ..self.of };
        self.key = Some(key.serialize(of).map_err(ValueError::in_key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        let key = self.key.take().ok_or_else(|| ValueError::new("a value came without a key"))?;
        let entry = self.entry(&key, value).map_err(|error| self.at(&key, error))?;
        let Some((argument, value)) = entry else { return Ok(()) };
        if self.pairs.insert(argument, value).is_none() {
            return Ok(());
        }
        let problem = if self.has_fields {
            format!("two fields have this name; {RENAME}")
        } else {
            "two keys are this value in TLA+; give them forms that differ".to_owned()
        };
        Err(self.at(&key, ValueError::new(problem)))
    }

    fn end(self) -> Result<Value, ValueError> {
        Ok(Value::fun(self.pairs))
    }
}
