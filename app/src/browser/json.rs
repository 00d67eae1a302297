//! From what the browser's own JSON parser made to our types.
//!
//! A third of the size of a parser of our own. The error is a unit on purpose: sentences about what was expected would
//! bring the formatting of every type, floats too, into the browser's half, and nobody would read them there.

use std::fmt;

use js_sys::{Array, Object, Reflect};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;

/// Reads JSON; `None` when it is something else than asked for.
pub fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(Js(js_sys::JSON::parse(text).ok()?)).ok()
}

/// It is something else than asked for.
#[derive(Debug)]
struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unfit")
    }
}

impl std::error::Error for Unfit {}

impl de::Error for Unfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn missing_field(_: &'static str) -> Self {
        Self
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

/// A value.
struct Js(JsValue);

impl Js {
    #[expect(clippy::cast_possible_truncation, reason = "our numbers are whole and far below the limit")]
    #[inline(never)]
    fn number(&self) -> Result<i64, Unfit> {
        self.0.as_f64().map(|number| number as i64).ok_or(Unfit)
    }

    #[inline(never)]
    fn text(&self) -> Result<String, Unfit> {
        self.0.as_string().ok_or(Unfit)
    }
}

impl Js {
    /// A variant is a word, or an object with the word and what belongs to it.
    #[inline(never)]
    fn variant(self) -> Result<Variant, Unfit> {
        if let Some(word) = self.0.as_string() {
            return Ok(Variant { word, value: JsValue::UNDEFINED });
        }
        let entry = Object::entries(self.0.dyn_ref::<Object>().ok_or(Unfit)?).get(0);
        let entry = entry.dyn_into::<Array>().map_err(|_| Unfit)?;
        Ok(Variant { word: entry.get(0).as_string().ok_or(Unfit)?, value: entry.get(1) })
    }
}

macro_rules! numbers {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
            visitor.visit_i64(self.number()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Js {
    type Error = Unfit;

    /// A text or an object: nothing else of ours is read without a type that says what it is.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if let Some(text) = self.0.as_string() {
            return visitor.visit_string(text);
        }
        let entries = Object::entries(self.0.dyn_ref::<Object>().ok_or(Unfit)?);
        visitor.visit_map(Entries { entries, next: 0 })
    }

    numbers! { deserialize_i32 deserialize_i64 deserialize_u32 deserialize_u64 }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_bool(self.0.as_bool().ok_or(Unfit)?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.0.is_null() || self.0.is_undefined() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let list = self.0.dyn_into::<Array>().map_err(|_| Unfit)?;
        visitor.visit_seq(Items { list, next: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_map(Fields { object: self.0, known: fields.iter(), value: JsValue::UNDEFINED })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_enum(self.variant()?)
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u128 f32 f64 char str bytes byte_buf unit unit_struct tuple_struct map identifier ignored_any
    }
}

struct Items {
    list: Array,
    next: u32,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfit> {
        self.take().map(|item| seed.deserialize(item)).transpose()
    }
}

// What does not depend on the type that is read stands in functions of its own, which are not repeated for each type: that
// is a sixth of this file's size in the browser.
impl Items {
    #[inline(never)]
    fn take(&mut self) -> Option<Js> {
        if self.next >= self.list.length() {
            return None;
        }
        self.next += 1;
        Some(Js(self.list.get(self.next - 1)))
    }
}

/// The fields that a type knows; others are not looked at.
struct Fields {
    object: JsValue,
    known: std::slice::Iter<'static, &'static str>,
    value: JsValue,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        self.advance()?.map(|field| seed.deserialize(Word(field))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        seed.deserialize(self.take())
    }
}

impl Fields {
    /// Goes to the next field that is there.
    #[inline(never)]
    fn advance(&mut self) -> Result<Option<&'static str>, Unfit> {
        for field in self.known.by_ref() {
            self.value = Reflect::get(&self.object, &JsValue::from_str(field)).map_err(|_| Unfit)?;
            if !self.value.is_undefined() {
                return Ok(Some(field));
            }
        }
        Ok(None)
    }

    #[inline(never)]
    fn take(&mut self) -> Js {
        Js(std::mem::take(&mut self.value))
    }
}

/// All that an object holds.
struct Entries {
    entries: Array,
    next: u32,
}

impl Entries {
    /// The key (0) or the value (1) of the entry that is next.
    fn half(&self, index: u32) -> JsValue {
        Array::from(&self.entries.get(self.next)).get(index)
    }
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        if self.next >= self.entries.length() {
            return Ok(None);
        }
        seed.deserialize(Js(self.half(0))).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        let value = self.half(1);
        self.next += 1;
        seed.deserialize(Js(value))
    }
}

/// The name of a field or of a variant.
struct Word<'a>(&'a str);

impl<'de> Deserializer<'de> for Word<'_> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_str(self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Variant {
    word: String,
    value: JsValue,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Unfit;
    type Variant = Js;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Js), Unfit> {
        Ok((seed.deserialize(Word(&self.word))?, Js(self.value)))
    }
}

impl<'de> VariantAccess<'de> for Js {
    type Error = Unfit;

    fn unit_variant(self) -> Result<(), Unfit> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unfit> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Unfit> {
        Err(Unfit)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.deserialize_struct("", fields, visitor)
    }
}
