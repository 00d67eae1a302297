//! Conditions of Gatus as what Pharos expects, where the same can be said; else a sentence says why not.

use serde_json::{Map, Value, json};

use crate::Kind;
use crate::duration::duration_ms;

/// The words for what cannot be said, and what to do.
type Said = Result<Option<String>, String>;

/// What a check expects, while conditions are added to it.
#[derive(Debug, Default)]
pub struct Expected {
    /// Statuses that are good, where one was named.
    status: Option<Vec<u16>>,
    /// Texts of the body.
    body: Map<String, Value>,
    /// Values of a JSON body.
    json: Vec<Value>,
    /// Days that a certificate must have left.
    days_left: Option<u64>,
    /// Answers to a question for a name.
    answers: Vec<Value>,
    /// Above this an answer is slow, in milliseconds.
    pub degraded_over_ms: Option<u64>,
    /// Whether anything was said of the status.
    pub names_status: bool,
}

/// Statuses that are given away by IANA: a range is said by those of them that lie in it.
const STATUSES: [u16; 35] = [
    200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 403,
    404, 405, 406, 409, 410, 412, 413, 415, 422, 429, 500, 501, 502, 503,
];

impl Expected {
    /// Adds a condition. `Ok(Some(_))` is said although it was added, because it means something slightly different here.
    ///
    /// # Errors
    /// With why it cannot be added.
    pub fn add(&mut self, condition: &str, kind: Kind) -> Said {
        let (left, operator, right) = parts(condition).ok_or("it has no operator that is known")?;
        if left.starts_with("len(") {
            return Err("Pharos does not count what is in a document; compare a value of it".to_owned());
        }
        if let Some(path) = left.strip_prefix("has(").and_then(|rest| rest.strip_suffix(')')) {
            return self.has(path, operator, right);
        }
        match left {
            "[CONNECTED]" if (operator, right) == ("==", "true") => Ok(None),
            "[CONNECTED]" => Err("a check that is good when nothing answers cannot be said".to_owned()),
            "[STATUS]" if kind == Kind::Http => self.status(operator, right),
            "[RESPONSE_TIME]" => self.time(operator, right),
            "[CERTIFICATE_EXPIRATION]" => self.certificate(operator, right, kind),
            "[DNS_RCODE]" if (operator, right) == ("==", "NOERROR") => Ok(None),
            "[BODY]" if kind == Kind::Dns => self.answer(operator, right),
            "[BODY]" if kind == Kind::Http => self.text(operator, right),
            left if kind == Kind::Http && left.starts_with("[BODY]") => self.value(left, operator, right),
            "[DOMAIN_EXPIRATION]" => {
                Err("add a check `domain` with the domain as it is registered".to_owned())
            }
            "[IP]" => Err("add a check `dns` that expects this address".to_owned()),
            _ => Err("there is no such thing to expect of this kind of check".to_owned()),
        }
    }

    fn status(&mut self, operator: &str, right: &str) -> Said {
        let number =
            |text: &str| text.trim().parse::<u16>().ok().filter(|status| (100..=599).contains(status));
        let all_of = |good: &dyn Fn(u16) -> bool| -> Vec<u16> {
            STATUSES.into_iter().filter(|status| good(*status)).collect()
        };
        let (statuses, told): (Vec<u16>, Option<&str>) = if let Some(list) = call(right, "any") {
            let named: Option<Vec<u16>> = list.split(',').map(number).collect();
            if operator != "==" {
                return Err("only `== any(…)` can be said of a status".to_owned());
            }
            (named.ok_or("`any` names what is no status")?, None)
        } else {
            let wanted = number(right).ok_or("it does not name a status")?;
            let range = "the statuses in that range that servers use are named one by one";
            match operator {
                "==" => (vec![wanted], None),
                "<" if wanted == 300 => (Vec::new(), None),
                "<=" if wanted == 299 => (Vec::new(), None),
                "<" => (all_of(&|status| status < wanted), Some(range)),
                "<=" => (all_of(&|status| status <= wanted), Some(range)),
                ">" => (all_of(&|status| status > wanted), Some(range)),
                ">=" => (all_of(&|status| status >= wanted), Some(range)),
                _ => (all_of(&|status| status != wanted), Some(range)),
            }
        };
        self.names_status = true;
        // All that is said must hold; nothing named is 200 to 299.
        let ordinary = |statuses: &[u16]| -> Vec<u16> {
            statuses.iter().copied().filter(|status| (200..300).contains(status)).collect()
        };
        self.status = Some(match self.status.take() {
            None => statuses,
            Some(before) if before.is_empty() && statuses.is_empty() => before,
            Some(before) if before.is_empty() => ordinary(&statuses),
            Some(before) if statuses.is_empty() => ordinary(&before),
            Some(before) => before.into_iter().filter(|status| statuses.contains(status)).collect(),
        });
        Ok(told.map(str::to_owned))
    }

    fn time(&mut self, operator: &str, right: &str) -> Said {
        let ms = right.parse::<u64>().ok().or_else(|| duration_ms(right));
        match (operator, ms) {
            ("<" | "<=", Some(ms)) if ms > 0 => {
                self.degraded_over_ms = Some(self.degraded_over_ms.map_or(ms, |before| before.min(ms)));
                Ok(Some("a slow answer is degraded performance here, and no failure".to_owned()))
            }
            _ => Err("only an upper bound of the time can be said".to_owned()),
        }
    }

    fn certificate(&mut self, operator: &str, right: &str, kind: Kind) -> Said {
        if !matches!(kind, Kind::Http | Kind::Tls | Kind::Smtp) {
            return Err("add a check `tls` that looks at the certificate".to_owned());
        }
        let ms = right.parse::<u64>().ok().or_else(|| duration_ms(right));
        match (operator, ms) {
            (">" | ">=", Some(ms)) => {
                self.days_left = Some(ms.div_ceil(86_400_000).max(1));
                Ok(Some(
                    "a certificate that ends soon is degraded performance here, and no failure".to_owned(),
                ))
            }
            _ => Err("only the least time that is left can be said".to_owned()),
        }
    }

    fn answer(&mut self, operator: &str, right: &str) -> Said {
        match operator {
            "==" if !right.contains('(') => {
                self.answers.push(right.into());
                Ok(None)
            }
            _ => Err("of an answer it can only be said what must be among it".to_owned()),
        }
    }

    fn text(&mut self, operator: &str, right: &str) -> Said {
        if call(right, "any").is_some() {
            return Err("write it as one regular expression, in `body_matches`".to_owned());
        }
        let pattern = call(right, "pat");
        let inner = pattern.and_then(|pattern| pattern.strip_prefix('*')?.strip_suffix('*'));
        let plain = inner.filter(|inner| !inner.is_empty() && !inner.contains(['*', '?', '[', '\\']));
        let (key, value) = match (operator, plain, pattern) {
            ("==", Some(plain), _) => ("body_contains", plain.to_owned()),
            ("!=", Some(plain), _) => ("body_lacks", plain.to_owned()),
            ("==", None, Some(pattern)) => ("body_matches", of_pattern(pattern)),
            ("==", None, None) => ("body_matches", format!("^{}$", escaped(right))),
            _ => return Err("of a body it can only be said what must be in it, and what must not".to_owned()),
        };
        if self.body.contains_key(key) {
            return Err(format!("`{key}` can be said once; a check of its own can say the rest"));
        }
        self.body.insert(key.to_owned(), value.into());
        Ok(None)
    }

    fn value(&mut self, left: &str, operator: &str, right: &str) -> Said {
        let path = json_path(left).ok_or("the way in the document is none that can be followed")?;
        if call(right, "any").is_some() {
            return Err("one value can be compared with, not any of several".to_owned());
        }
        let expectation = match call(right, "pat") {
            Some(pattern) => {
                let inner = pattern.strip_prefix('*').and_then(|rest| rest.strip_suffix('*'));
                let plain = inner.filter(|inner| !inner.is_empty() && !inner.contains(['*', '?', '[', '\\']));
                match plain.filter(|_| operator == "==") {
                    Some(plain) => json!({ "path": path, "is": "contains", "value": plain }),
                    None => {
                        return Err(
                            "of a value it can be said what it contains, and no other pattern".to_owned()
                        );
                    }
                }
            }
            None => json!({ "path": path, "is": operator, "value": right }),
        };
        self.json.push(expectation);
        Ok(None)
    }

    fn has(&mut self, path: &str, operator: &str, right: &str) -> Said {
        match (operator, right) {
            ("==", "true") | ("!=", "false") => {
                let path = json_path(path).ok_or("the way in the document is none that can be followed")?;
                self.json.push(json!({ "path": path, "is": "exists" }));
                Ok(None)
            }
            _ => Err("that something is not in a document cannot be said".to_owned()),
        }
    }

    /// Puts what is expected into the settings of a check.
    pub fn into_settings(self, settings: &mut Map<String, Value>, kind: Kind) {
        if kind == Kind::Dns && !self.answers.is_empty() {
            settings.insert("expect".to_owned(), self.answers.into());
        } else if matches!(kind, Kind::Tls | Kind::Smtp) {
            if let Some(days) = self.days_left {
                settings.insert("days_left".to_owned(), days.into());
            }
        } else if kind == Kind::Http {
            let mut expect = self.body;
            if let Some(status) = self.status.filter(|status| !status.is_empty()) {
                expect.insert("status".to_owned(), status.into());
            }
            if !self.json.is_empty() {
                expect.insert("json".to_owned(), self.json.into());
            }
            if let Some(days) = self.days_left {
                expect.insert("certificate_days_left".to_owned(), days.into());
            }
            if !expect.is_empty() {
                settings.insert("expect".to_owned(), expect.into());
            }
        }
    }
}

/// The two sides of a condition and what stands between them.
fn parts(condition: &str) -> Option<(&str, &str, &str)> {
    let found = ["==", "!=", "<=", ">=", "<", ">"]
        .into_iter()
        .filter_map(|operator| condition.find(&format!(" {operator} ")).map(|at| (at, operator)));
    let (at, operator) = found.min_by_key(|(at, operator)| (*at, usize::MAX - operator.len()))?;
    Some((condition[..at].trim(), operator, condition[at + operator.len() + 2..].trim()))
}

/// What stands in the brackets of a function.
fn call<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')
}

/// The path of a value of the body after RFC 9535.
fn json_path(text: &str) -> Option<String> {
    let way = text.strip_prefix("[BODY]")?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']');
    if way.chars().all(is_plain) {
        return Some(format!("${way}"));
    }
    // A name with other characters stands in brackets.
    let mut path = "$".to_owned();
    for step in way.split('.').filter(|step| !step.is_empty()) {
        let (name, rest) = step.find('[').map_or((step, ""), |at| step.split_at(at));
        if name.contains(['\'', '\\']) || !rest.chars().all(is_plain) {
            return None;
        }
        if !name.is_empty() {
            path.extend(["['", name, "']"]);
        }
        path.push_str(rest);
    }
    Some(path)
}

/// A regular expression for what a text says letter by letter.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if r"\.+*?()|[]{}^$#&-~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A regular expression for a pattern with `*` and `?`.
fn of_pattern(pattern: &str) -> String {
    let mut out = "(?s)^".to_owned();
    for c in pattern.chars() {
        match c {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            other => out.push_str(&escaped(&other.to_string())),
        }
    }
    out.push('$');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn http(conditions: &[&str], settings: Value) {
        let mut expected = Expected::default();
        for condition in conditions {
            expected.add(condition, Kind::Http).unwrap();
        }
        let mut made = Map::new();
        expected.into_settings(&mut made, Kind::Http);
        assert_eq!(Value::Object(made), settings);
    }

    #[track_caller]
    fn refused(condition: &str, kind: Kind) {
        assert!(Expected::default().add(condition, kind).is_err(), "{condition}");
    }

    #[test]
    fn what_is_said_of_a_status_is_expected() {
        http(&["[STATUS] == 200"], json!({ "expect": { "status": [200] } }));
        http(&["[STATUS] == any(200, 429)"], json!({ "expect": { "status": [200, 429] } }));
        http(&["[STATUS] < 300"], json!({}));
        http(&["[STATUS] >= 200", "[STATUS] <= 202"], json!({ "expect": { "status": [200, 201, 202] } }));
    }

    #[test]
    fn what_is_said_of_a_body_is_expected() {
        http(&["[BODY] == pat(*Welcome back*)"], json!({ "expect": { "body_contains": "Welcome back" } }));
        http(&["[BODY] != pat(*error*)"], json!({ "expect": { "body_lacks": "error" } }));
        http(&["[BODY] == a.b"], json!({ "expect": { "body_matches": "^a\\.b$" } }));
        http(&["[BODY] == pat(a*b?)"], json!({ "expect": { "body_matches": "(?s)^a.*b.$" } }));
    }

    #[test]
    fn what_is_said_of_a_document_is_expected() {
        http(
            &[
                "[BODY].status == UP",
                "[BODY].data[0].id > 5",
                "has([BODY].x-y) == true",
                "[BODY].m == pat(*ok*)",
            ],
            json!({ "expect": { "json": [
                { "path": "$.status", "is": "==", "value": "UP" },
                { "path": "$.data[0].id", "is": ">", "value": "5" },
                { "path": "$['x-y']", "is": "exists" },
                { "path": "$.m", "is": "contains", "value": "ok" },
            ] } }),
        );
    }

    #[test]
    fn a_bound_of_time_makes_a_slow_answer_degraded_and_says_so() {
        let mut expected = Expected::default();
        let told = expected.add("[RESPONSE_TIME] < 500", Kind::Http).unwrap();
        assert!(told.is_some_and(|told| told.contains("degraded")));
        assert_eq!(expected.degraded_over_ms, Some(500));
    }

    #[test]
    fn days_of_a_certificate_are_rounded_up() {
        let mut expected = Expected::default();
        expected.add("[CERTIFICATE_EXPIRATION] > 50h", Kind::Tls).unwrap();
        let mut settings = Map::new();
        expected.into_settings(&mut settings, Kind::Tls);
        assert_eq!(settings["days_left"], 3);
    }

    #[test]
    fn what_cannot_be_said_is_refused_in_words() {
        for condition in [
            "[STATUS] is 200",
            "[STATUS] == any(200, x)",
            "[STATUS] == 99",
            "len([BODY].data) > 0",
            "has([BODY].errors) == false",
            "[BODY].x == any(1, 2)",
            "[BODY] == any(a, b)",
            "[IP] == 192.0.2.1",
            "[DOMAIN_EXPIRATION] > 720h",
            "[CONNECTED] == false",
            "[RESPONSE_TIME] > 10",
        ] {
            refused(condition, Kind::Http);
        }
        refused("[STATUS] == 0", Kind::Ssh);
        refused("[BODY] == x", Kind::Tcp);
        refused("[CERTIFICATE_EXPIRATION] > 48h", Kind::Tcp);
    }
}
