//! Reading JSON from strangers: bounded in depth and number, and a key stands in it once.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::judge::Unread;
use crate::limits::{DOCUMENT_DEPTH_MAX, DOCUMENT_NODES_MAX};
use crate::outcome::excerpt;

/// Reads a document.
///
/// # Errors
/// With why it cannot be read.
pub fn parse(body: &[u8]) -> Result<Value, Unread> {
    parse_up_to(body, DOCUMENT_NODES_MAX).map(|(value, _)| value)
}

/// Reads a document of at most so many values, and counts them.
///
/// # Errors
/// With why it cannot be read.
pub fn parse_up_to(body: &[u8], nodes_max: usize) -> Result<(Value, usize), Unread> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let (nodes, is_beyond) = (Cell::new(0), Cell::new(false));
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let bounded = Bounded { depth: 0, nodes: &nodes, nodes_max, is_beyond: &is_beyond };
    let parsed = bounded.deserialize(&mut deserializer);
    let value = parsed.and_then(|value| deserializer.end().map(|()| value));
    value.map(|value| (value, nodes.get())).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            let why = error.to_string().split(" at line").next().unwrap_or_default().to_owned();
            if is_beyond.get() { Unread::Beyond(why) } else { Unread::Bad(why) }
        }
        _ => Unread::Bad("it is not JSON".to_owned()),
    })
}

/// Says that a document has more values than it may.
pub fn too_many(nodes_max: usize) -> String {
    format!("it has more than {nodes_max} values")
}

struct Bounded<'a> {
    depth: usize,
    nodes: &'a Cell<usize>,
    nodes_max: usize,
    /// Whether a bound was reached.
    is_beyond: &'a Cell<bool>,
}

impl Bounded<'_> {
    fn count<E: de::Error>(&self) -> Result<(), E> {
        self.nodes.set(self.nodes.get() + 1);
        if self.nodes.get() > self.nodes_max {
            self.is_beyond.set(true);
            return Err(E::custom(too_many(self.nodes_max)));
        }
        Ok(())
    }

    fn deeper<E: de::Error>(&self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > DOCUMENT_DEPTH_MAX {
            self.is_beyond.set(true);
            return Err(E::custom(format!("it is deeper than {DOCUMENT_DEPTH_MAX} levels")));
        }
        Ok(Self { depth, ..*self })
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self.deeper()?)?;
            if map.contains_key(&key) {
                return Err(de::Error::custom(format!("\"{}\" stands in it twice", excerpt(&key))));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}
