//! What is published of the configuration: the schema, the reference, the examples.

use serde_json::Value;

use super::schema_check::accepts;
use super::{agrees, environment, files, in_server};
use crate::config::{Surroundings, parse, reference_markdown, schema};

#[test]
fn the_reference_in_the_repository_is_the_one_of_the_program() {
    agrees(&in_server("../docs/configuration.md"), &reference_markdown());
}

#[test]
fn every_key_of_the_schema_is_described() {
    fn walk(value: &Value, path: &str, missing: &mut Vec<String>) {
        let Value::Object(object) = value else { return };
        for (key, value) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if value.get("description").is_none_or(|text| text.as_str().is_none_or(str::is_empty)) {
                missing.push(format!("{path}.{key}"));
            }
            walk(value, &format!("{path}.{key}"), missing);
        }
        for key in ["items", "additionalProperties"] {
            object.get(key).into_iter().for_each(|value| walk(value, path, missing));
        }
        for key in ["anyOf", "oneOf"] {
            let choices = object.get(key).and_then(Value::as_array).into_iter().flatten();
            choices.for_each(|value| walk(value, path, missing));
        }
    }
    let mut missing = Vec::new();
    walk(&schema(), "", &mut missing);
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_schema_refuses_unknown_keys_everywhere() {
    fn walk(value: &Value, open: &mut usize) {
        match value {
            Value::Object(object) => {
                if object.contains_key("properties")
                    && object.get("additionalProperties") != Some(&false.into())
                {
                    *open += 1;
                }
                object.values().for_each(|value| walk(value, open));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, open)),
            _ => {}
        }
    }
    let mut open = 0;
    walk(&schema(), &mut open);
    assert_eq!(open, 0);
}

#[test]
fn every_hook_of_its_guide_is_accepted() {
    let guide = std::fs::read_to_string(in_server("../docs/hooks.md")).unwrap();
    let blocks = guide.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let hooks: Vec<&str> = blocks.filter(|block| block.starts_with("hooks:")).collect();
    assert_eq!(hooks.len(), 3);
    let head = "page: { name: Example }
components: [{ id: api, name: API, checks: [] }, { id: shop, name: Shop, checks: [] }]
";
    let environment = |name: &str| {
        let is_signed = name.ends_with("SECRET");
        Some(if is_signed { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } else { super::TOKEN }.to_owned())
    };
    for block in hooks {
        let surroundings = Surroundings { environment: &environment, files: &files };
        let loaded = parse(&[head, block].concat(), "pharos.yaml", &surroundings).unwrap();
        assert_eq!(loaded.hooks.iter().count(), 1);
    }
}

#[test]
fn every_example_is_accepted_without_warning() {
    let mut count = 0;
    for entry in std::fs::read_dir(in_server("../examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        // A token of its own for each variable that the example names.
        let any = |name: &str| environment(name).or_else(|| Some(format!("{name}-q8ZkW2vLxT0nB5rYc7Hd")));
        let loaded =
            parse(&text, &path.display().to_string(), &Surroundings { environment: &any, files: &files })
                .unwrap_or_else(|error| panic!("{error}"));
        assert!(loaded.warnings.is_empty(), "{}: {:?}", path.display(), loaded.warnings);
        count += 1;
    }
    assert!(count >= 1);
}

#[test]
fn a_reference_to_the_environment_is_a_text_to_the_schema() {
    fn walk(value: &Value) {
        match value {
            Value::Object(object) => {
                let refers =
                    object.get("pattern").is_some_and(|pattern| pattern.to_string().contains("A-Za-z_"));
                assert!(!refers || object["type"] == "string", "{object:?}");
                object.values().for_each(walk);
            }
            Value::Array(items) => items.iter().for_each(walk),
            _ => {}
        }
    }
    walk(&schema());
}

#[test]
fn the_schema_accepts_the_example_and_refuses_its_corruptions() {
    let text = std::fs::read_to_string(in_server("../examples/pharos.yaml")).unwrap();
    // As in YAML 1.2, where `off` is a word.
    let as_json = |text: &str| {
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options::<Value>(text, options).unwrap()
    };
    let fits = |text: &str| accepts(&schema(), &as_json(text));
    assert!(fits(&text));
    for fine in
        ["version: 1.1", "version: 2", "version: \"2\"", "version: auto", "redirects: ${N:-3}", "body: 12"]
    {
        assert!(fits(&text.replacen("bearer:", &format!("{fine}\n          bearer:"), 1)), "{fine}");
    }
    for (good, bad) in [
        ("time_zone:", "timezone:"),
        ("name: Website", "title: Website"),
        ("down_after: 2", "down_after: [2]"),
        ("auto: publish", "auto: perhaps"),
        ("period: 1d", "period: {}"),
        ("bearer:", "version: 3\n          bearer:"),
        ("- push:", "- interval: 30s\n        http: { url: \"https://a.example/\" }\n        push:"),
        ("components:", "components: []\nothers:"),
    ] {
        assert!(text.contains(good) && !fits(&text.replacen(good, bad, 1)), "{bad}");
    }
}
