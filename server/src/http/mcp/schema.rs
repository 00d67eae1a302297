//! Shapes of what tools take and give, as JSON Schema that stands on its own: from the same types as the API's document.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use utoipa::ToSchema;

/// How deep shapes may stand within one another; none of ours holds itself.
const DEPTH_MAX: usize = 64;

/// The shape of a type.
pub fn of<T: ToSchema>() -> Value {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    let named = parts.into_iter().filter_map(|(name, part)| Some((name, serde_json::to_value(part).ok()?)));
    let named: BTreeMap<String, Value> = named.collect();
    let shape = serde_json::to_value(T::schema()).unwrap_or_default();
    whole(&shape, &|name| named.get(name).cloned(), DEPTH_MAX)
}

/// A shape of the API's document.
pub fn of_document(document: &Value, shape: &Value) -> Value {
    let named = |name: &str| document["components"]["schemas"].get(name).cloned();
    whole(shape, &named, DEPTH_MAX)
}

/// A shape with what it refers to in the place of the reference.
fn whole(shape: &Value, named: &dyn Fn(&str) -> Option<Value>, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Bool(true) };
    match shape {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
            if let Some(target) = name.and_then(named) {
                let mut target = whole(&target, named, depth);
                // What is said of it here counts more than what is said of it everywhere.
                if let (Some(text), Some(target)) = (fields.get("description"), target.as_object_mut()) {
                    target.insert("description".to_owned(), text.clone());
                }
                return target;
            }
            let fields = fields.iter().filter(|(key, _)| *key != "example");
            Value::Object(fields.map(|(key, value)| (key.clone(), whole(value, named, depth))).collect())
        }
        Value::Array(items) => items.iter().map(|item| whole(item, named, depth)).collect(),
        other => other.clone(),
    }
}

/// The shape of an object with these fields, and no others.
pub fn object(properties: Map<String, Value>, required: Vec<String>) -> Value {
    serde_json::json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "only its shape is looked at")]
    struct Outer {
        /// What lies within.
        inner: Vec<Inner>,
    }

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "only its shape is looked at")]
    struct Inner {
        #[schema(example = "api")]
        word: Option<String>,
    }

    #[test]
    fn a_shape_refers_to_nothing_outside_of_itself() {
        let shape = of::<Outer>();
        let inner = &shape["properties"]["inner"];
        assert_eq!(inner["description"], "What lies within.");
        assert_eq!(inner["items"]["properties"]["word"]["type"], serde_json::json!(["string", "null"]));
        assert!(!shape.to_string().contains("$ref") && !shape.to_string().contains("example"));
    }
}
