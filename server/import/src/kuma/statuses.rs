//! Which statuses of HTTP a monitor takes as good: Kuma names ranges, Pharos names each.

use std::collections::BTreeSet;

use serde_json::Value;

use super::record::Record;
use crate::ImportError;

/// How many statuses a check may name.
const NAMED_MAX: usize = 50;

/// Whether a status has a meaning (IANA's registry of HTTP status codes), from 200 on.
fn has_meaning(status: u16) -> bool {
    matches!(status, 200..=208 | 226 | 300..=305 | 307 | 308 | 400..=418 | 421..=426 | 428 | 429 | 431 | 451 | 500..=508 | 510 | 511)
}

/// Statuses that are good.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Good {
    /// Those from 200 to 299, as where nothing is said.
    Usual,
    /// These.
    These(Vec<u16>),
    /// So many that a check cannot name them.
    TooMany,
    /// None at all.
    Nothing,
}

/// Those that a monitor takes as good; the others, where it is upside down.
pub(super) fn good(monitor: &Record, upside_down: bool) -> Result<Good, ImportError> {
    let list = monitor.json("accepted_statuscodes_json")?;
    let mut accepted: BTreeSet<u16> = BTreeSet::new();
    for entry in list.as_ref().and_then(Value::as_array).into_iter().flatten() {
        let text = entry.as_str().map_or_else(|| entry.to_string(), str::to_owned);
        let (from, to) = text.split_once('-').unwrap_or((&text, &text));
        let (Ok(from), Ok(to)) = (from.trim().parse::<u16>(), to.trim().parse::<u16>()) else {
            return Err(ImportError::new(
                monitor.spot_of("accepted_statuscodes_json"),
                format!("`{}` is no status and no range of statuses", crate::slug(&text)),
                "check that the file is what Uptime Kuma wrote and is not damaged",
            ));
        };
        accepted.extend(from.max(100)..=to.min(599));
    }
    let is_usual = list.is_none() || accepted.iter().copied().eq(200..=299);
    Ok(match (is_usual, upside_down) {
        (true, false) => Good::Usual,
        (true, true) => named((200..=599).filter(|status| !(200..300).contains(status)).collect()),
        (false, true) => named((200..=599).filter(|status| !accepted.contains(status)).collect()),
        (false, false) => named(accepted),
    })
}

/// Names each: all of them where those are few, else those that have a meaning.
fn named(statuses: BTreeSet<u16>) -> Good {
    let statuses: Vec<u16> = if statuses.len() > NAMED_MAX {
        statuses.into_iter().filter(|status| has_meaning(*status)).collect()
    } else {
        statuses.into_iter().collect()
    };
    match statuses.len() {
        0 => Good::Nothing,
        1..=NAMED_MAX => Good::These(statuses),
        _ => Good::TooMany,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Map, json};

    use super::*;

    fn told(accepted: &Value, upside_down: bool) -> Good {
        let values =
            Map::from_iter([("accepted_statuscodes_json".to_owned(), Value::from(accepted.to_string()))]);
        good(&Record::new(&Arc::from("kuma.db"), "monitor[1]".to_owned(), values), upside_down).unwrap()
    }

    #[test]
    fn ranges_are_named_one_by_one() {
        assert_eq!(told(&json!(["200-299"]), false), Good::Usual);
        assert_eq!(told(&json!(["200-202", "301"]), false), Good::These(vec![200, 201, 202, 301]));
        assert_eq!(told(&json!([204]), false), Good::These(vec![204]));
        assert_eq!(told(&json!([]), false), Good::Nothing);
    }

    #[test]
    fn of_a_wide_range_those_with_a_meaning_are_named() {
        let Good::These(named) = told(&json!(["200-399"]), false) else { panic!("they are few enough") };
        assert!(named.contains(&204) && named.contains(&308) && !named.contains(&299), "{named:?}");
        assert_eq!(told(&json!(["200-599"]), false), Good::TooMany);
    }

    #[test]
    fn upside_down_the_others_are_good() {
        let Good::These(named) = told(&json!(["200-299"]), true) else { panic!("they are few enough") };
        assert!(named.contains(&404) && named.contains(&503) && !named.contains(&200), "{named:?}");
        assert_eq!(told(&json!(["100-599"]), true), Good::Nothing);
    }
}
