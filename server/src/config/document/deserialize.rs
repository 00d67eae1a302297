//! The deserializer of serde over the tree: the type asked for decides what a value is, never its spelling.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess};
use serde::de::{VariantAccess, Visitor};

use super::fault::{Kind, Refusal, Step};
use super::tree::{Entry, Node, Scalar, Value};

/// The name of a type that is made from a text or from a section of keys, whichever stands there. Asked for anything at
/// all, a text such as `1.10` would become a number.
pub const TEXT_OR_SECTION: &str = "TextOrSection";

/// A node as a source of values.
#[derive(Clone, Copy)]
pub struct FromNode<'n>(pub &'n Node);

type Result<T> = std::result::Result<T, Refusal>;

impl<'n> FromNode<'n> {
    fn scalar(self, expected: &str) -> Result<&'n Scalar> {
        match &self.0.value {
            Value::Scalar(scalar) if !scalar.is_nothing() => Ok(scalar),
            _ => Err(Refusal::expected(expected)),
        }
    }

    fn list(self) -> Result<&'n [Node]> {
        match &self.0.value {
            Value::List(items) => Ok(items),
            _ => Err(Refusal::expected("a list")),
        }
    }

    fn section(self) -> Result<&'n [Entry]> {
        match &self.0.value {
            Value::Section(entries) => Ok(entries),
            _ => Err(Refusal::expected("a section of keys")),
        }
    }
}

macro_rules! whole_numbers {
    ($($deserialize:ident $visit:ident $type:ty;)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            let text = &self.scalar("a whole number")?.text;
            match text.parse::<$type>() {
                Ok(number) => visitor.$visit(number),
                Err(_) if text.parse::<i128>().is_ok() => {
                    Err(Refusal::expected(format!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX)))
                }
                Err(_) => Err(Refusal::expected("a whole number")),
            }
        }
    )*};
}

macro_rules! texts {
    ($($deserialize:ident)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            visitor.visit_str(&self.scalar("a text")?.text)
        }
    )*};
}

impl<'de> Deserializer<'de> for FromNode<'_> {
    type Error = Refusal;

    whole_numbers! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
    }

    texts! { deserialize_str deserialize_string deserialize_char deserialize_bytes deserialize_byte_buf deserialize_identifier }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.0.value {
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Section(_) => self.deserialize_map(visitor),
            Value::Scalar(scalar) if scalar.is_nothing() => visitor.visit_unit(),
            Value::Scalar(scalar) if scalar.plain => guess(&scalar.text, visitor),
            Value::Scalar(scalar) => visitor.visit_str(&scalar.text),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let expected = "`true` or `false`";
        match self.scalar(expected)?.text.as_str() {
            "true" | "True" | "TRUE" => visitor.visit_bool(true),
            "false" | "False" | "FALSE" => visitor.visit_bool(false),
            _ => Err(Refusal::expected(expected)),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.scalar("a number")?.text.parse::<f64>() {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => Err(Refusal::expected("a number")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.0.value {
            Value::Scalar(scalar) if scalar.is_nothing() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.0.value {
            Value::Scalar(scalar) if scalar.is_nothing() => visitor.visit_unit(),
            _ => Err(Refusal::expected("empty")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        match &self.0.value {
            _ if name != TEXT_OR_SECTION => visitor.visit_newtype_struct(self),
            Value::Section(_) => self.deserialize_map(visitor),
            _ => visitor.visit_str(&self.scalar("a text, or texts by language")?.text),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(Items { items: self.list()?, next: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_map(Entries { entries: self.section()?, next: 0 })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match &self.0.value {
            Value::Scalar(scalar) if !scalar.is_nothing() => {
                visitor.visit_enum(Choice { word: &scalar.text, content: None })
            }
            Value::Section(entries) if entries.len() == 1 => {
                let Some(entry) = entries.first() else { return Err(Refusal::expected("one key")) };
                if !variants.contains(&entry.key.as_str()) {
                    let refusal = Refusal::new(Kind::UnknownKey(entry.key.clone(), variants));
                    return Err(refusal.under(Step::Entry(0)));
                }
                visitor
                    .visit_enum(Choice { word: &entry.key, content: Some(&entry.node) })
                    .map_err(|refusal| refusal.under(Step::Entry(0)))
            }
            Value::Section(_) => Err(Refusal::expected(format!("exactly one of {}", variants.join(", ")))),
            _ => Err(Refusal::expected(format!("one of {}", variants.join(", ")))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }
}

/// What a plain scalar is when the type does not say: the core schema of YAML 1.2.
fn guess<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value> {
    match text {
        "true" | "True" | "TRUE" => return visitor.visit_bool(true),
        "false" | "False" | "FALSE" => return visitor.visit_bool(false),
        _ => {}
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    if numeric && let Ok(number) = text.parse::<u64>() {
        return visitor.visit_u64(number);
    }
    if numeric && let Ok(number) = text.parse::<i64>() {
        return visitor.visit_i64(number);
    }
    match text.parse::<f64>() {
        Ok(number) if numeric && number.is_finite() => visitor.visit_f64(number),
        _ => visitor.visit_str(text),
    }
}

struct Items<'n> {
    items: &'n [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        while let Some(node) = self.items.get(self.next) {
            let index = self.next;
            self.next += 1;
            if !node.skipped.get() {
                return seed
                    .deserialize(FromNode(node))
                    .map(Some)
                    .map_err(|refusal| refusal.under(Step::Item(index)));
            }
        }
        Ok(None)
    }
}

struct Entries<'n> {
    entries: &'n [Entry],
    next: usize,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        while let Some(entry) = self.entries.get(self.next) {
            if !entry.node.skipped.get() {
                let key: StrDeserializer<'_, Refusal> = entry.key.as_str().into_deserializer();
                return seed
                    .deserialize(key)
                    .map(Some)
                    .map_err(|refusal| refusal.under(Step::Entry(self.next)));
            }
            self.next += 1;
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        let index = self.next;
        self.next += 1;
        let Some(entry) = self.entries.get(index) else { return Err(Refusal::expected("a value")) };
        seed.deserialize(FromNode(&entry.node)).map_err(|refusal| refusal.under(Step::Entry(index)))
    }
}

struct Choice<'n> {
    word: &'n str,
    content: Option<&'n Node>,
}

impl<'de, 'n> EnumAccess<'de> for Choice<'n> {
    type Error = Refusal;
    type Variant = Content<'n>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant)> {
        let word: StrDeserializer<'_, Refusal> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, Content(self.content)))
    }
}

struct Content<'n>(Option<&'n Node>);

impl<'n> Content<'n> {
    fn node(self) -> Result<FromNode<'n>> {
        self.0.map(FromNode).ok_or_else(|| Refusal::expected("a section of keys"))
    }
}

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = Refusal;

    fn unit_variant(self) -> Result<()> {
        match self.0.map(|node| &node.value) {
            None => Ok(()),
            Some(Value::Scalar(scalar)) if scalar.is_nothing() => Ok(()),
            Some(_) => Err(Refusal::expected("empty")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.node()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.node()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.node()?.deserialize_map(visitor)
    }
}
