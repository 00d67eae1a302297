//! One thing of which Cachet tells: plain in version 2, with attributes and relationships (JSON:API) in version 3.

use pharos_model::UnixMs;

use crate::{At, ImportError, Spot};

/// A component, a group, an incident, or another thing.
#[derive(Clone, Debug)]
pub(super) struct Item<'n> {
    whole: At<'n>,
    own: At<'n>,
}

impl<'n> Item<'n> {
    /// One of a list.
    pub fn of(at: At<'n>) -> Self {
        let own = at.get("attributes").unwrap_or_else(|| at.clone());
        Self { whole: at, own }
    }

    /// Where it stands.
    pub fn spot(&self) -> Spot {
        self.whole.spot()
    }

    /// One of its values.
    pub fn get(&self, key: &str) -> Option<At<'n>> {
        self.own.get(key)
    }

    /// Its identifier.
    pub fn id(&self) -> Result<u64, ImportError> {
        self.whole.need("id")?.number()
    }

    /// A text; an empty one where there is none.
    pub fn text(&self, key: &str) -> Result<String, ImportError> {
        Ok(self.get(key).map(|at| at.text().map(str::to_owned)).transpose()?.unwrap_or_default())
    }

    /// A number, bare or as the `value` of a section.
    pub fn number(&self, key: &str) -> Result<Option<u64>, ImportError> {
        let Some(at) = self.get(key) else { return Ok(None) };
        if at.is_section() {
            return at.get("value").map(|value| value.number()).transpose();
        }
        // Truths are numbers here and there.
        match at.truth() {
            Ok(truth) => Ok(Some(u64::from(truth))),
            Err(_) => at.number().map(Some),
        }
    }

    /// Whether everybody may see it: what is for those alone who are signed in is not.
    pub fn is_public(&self) -> Result<bool, ImportError> {
        Ok(self.number("visible")?.is_none_or(|visible| visible == 1))
    }

    /// A moment by the stem of its key: `created_at`, or the text of the section `created`.
    pub fn when(&self, stem: &str) -> Result<Option<UnixMs>, ImportError> {
        if let Some(at) = self.get(stem).filter(At::is_section) {
            return at.get("string").map(|text| text.moment()).transpose();
        }
        self.get(&format!("{stem}_at")).map(|at| at.moment()).transpose()
    }

    /// The same where there must be one.
    pub fn must(&self, stem: &str) -> Result<UnixMs, ImportError> {
        let what = format!("it does not say when it was {stem}");
        self.when(stem)?.ok_or_else(|| self.own.error(what, "save what the API says anew"))
    }

    /// The identifiers of what it is related to.
    pub fn related(&self, name: &str) -> Result<Vec<u64>, ImportError> {
        let Some(data) = self.whole.get("relationships").and_then(|all| all.get(name)?.get("data")) else {
            return Ok(Vec::new());
        };
        if data.is_list() {
            return data.items()?.iter().map(|one| one.need("id")?.number()).collect();
        }
        Ok(vec![data.need("id")?.number()?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Document;

    #[track_caller]
    fn check(text: &str) {
        let document = Document { name: "incidents.json".to_owned(), text: text.to_owned() };
        let root = document.json().unwrap();
        let item = Item::of(document.at(&root));
        assert_eq!(item.id(), Ok(7));
        assert_eq!(item.text("name"), Ok("Slow".to_owned()));
        assert_eq!(item.number("status"), Ok(Some(3)));
        assert_eq!(item.is_public(), Ok(true));
        assert_eq!(item.when("created"), Ok(Some(UnixMs(1_767_268_800_000))));
        assert_eq!(item.when("occurred"), Ok(None));
    }

    #[test]
    fn both_versions_are_read_alike() {
        check(
            r#"{"id":7,"name":"Slow","status":3,"visible":1,"created_at":"2026-01-01 12:00:00","occurred_at":null}"#,
        );
        check(
            r#"{"id":"7","type":"incidents","attributes":{"id":7,"name":"Slow","status":{"human":"Watching","value":3},"visible":true,
                "created":{"human":"a day ago","string":"2026-01-01 12:00:00"},"occurred":{"human":null,"string":null}}}"#,
        );
    }

    #[test]
    fn what_is_related_is_one_or_many() {
        let text = r#"{"id":"1","attributes":{},"relationships":{"group":{"data":{"id":"4","type":"componentGroups"}},
            "updates":{"data":[{"id":"2","type":"updates"},{"id":"3","type":"updates"}]}}}"#;
        let document = Document { name: "a.json".to_owned(), text: text.to_owned() };
        let root = document.json().unwrap();
        let item = Item::of(document.at(&root));
        assert_eq!(item.related("group"), Ok(vec![4]));
        assert_eq!(item.related("updates"), Ok(vec![2, 3]));
        assert_eq!(item.related("tags"), Ok(Vec::new()));
    }
}
