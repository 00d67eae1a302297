//! `csv`: a table of components, one in each row.

mod table;

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::duration::duration_ms;
use crate::haul::{described, named};
use crate::limits::{COMPONENTS_MAX, GROUPS_MAX};
use crate::target::check_of;
use crate::{Component, Document, Group, Haul, ImportError, Input, Names, Source, Spot, literal, slug};
use table::{Field, rows};

/// The columns that are read.
const COLUMNS: [&str; 8] =
    ["id", "name", "description", "group", "url", "interval", "timeout", "degraded_over"];

/// A table of components.
pub struct Csv;

#[async_trait]
impl Source for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn takes(&self) -> &'static str {
        "a table of components with a column `name`, and `id`, `description`, `group`, `url`, `interval`, `timeout`, `degraded_over` where there is something to say"
    }

    async fn read(&self, input: &Input<'_>) -> Result<Haul, ImportError> {
        let path = input.paths().into_iter().next();
        let path = path.ok_or_else(|| Input::nothing("name the file with the table"))?;
        haul(&input.file(&path)?)
    }
}

/// What a table says.
fn haul(document: &Document) -> Result<Haul, ImportError> {
    let mut rows = rows(document)?.into_iter();
    let head = rows.next().ok_or_else(|| {
        ImportError::new(
            Spot::of(&document.name),
            "there is nothing in it",
            "name the columns in the first line",
        )
    })?;
    let columns = columns(document, &head)?;
    let mut reader =
        Reader { document, columns, width: head.len(), haul: Haul::default(), names: Names::default() };
    for field in &head {
        let word = field.text.to_ascii_lowercase();
        if !COLUMNS.contains(&word.as_str()) && !word.is_empty() {
            let spot = reader.spot(field);
            let why = "there is no such column; those that are read stand in docs/importing.md";
            reader.haul.leave(spot, format!("the column `{}`", field.text), why);
        }
    }
    let mut groups = BTreeMap::new();
    for row in rows {
        reader.row(&row, &mut groups)?;
    }
    if reader.haul.components.is_empty() {
        let hint = "write a component below the first line";
        return Err(ImportError::new(Spot::of(&document.name), "no components are told of", hint));
    }
    Ok(reader.haul)
}

/// Where each column that is read stands.
fn columns(document: &Document, head: &[Field]) -> Result<BTreeMap<&'static str, usize>, ImportError> {
    let mut columns = BTreeMap::new();
    for (index, field) in head.iter().enumerate() {
        let word = field.text.to_ascii_lowercase();
        let Some(known) = COLUMNS.into_iter().find(|known| *known == word) else { continue };
        if columns.insert(known, index).is_some() {
            let spot = Spot { line: Some(field.line), ..Spot::of(&document.name) };
            return Err(ImportError::new(
                spot,
                format!("the column `{known}` stands twice"),
                "remove one of the two",
            ));
        }
    }
    if columns.contains_key("name") {
        return Ok(columns);
    }
    let spot = Spot { line: Some((1, 1)), ..Spot::of(&document.name) };
    Err(ImportError::new(spot, "no column is called `name`", "name the columns in the first line"))
}

struct Reader<'d> {
    document: &'d Document,
    columns: BTreeMap<&'static str, usize>,
    width: usize,
    haul: Haul,
    names: Names,
}

impl Reader<'_> {
    fn spot(&self, field: &Field) -> Spot {
        Spot { line: Some(field.line), ..Spot::of(&self.document.name) }
    }

    /// What a row says in a column, if anything.
    fn field<'r>(&self, row: &'r [Field], column: &str) -> Option<&'r Field> {
        row.get(*self.columns.get(column)?).filter(|field| !field.text.is_empty())
    }

    fn row(&mut self, row: &[Field], groups: &mut BTreeMap<String, Group>) -> Result<(), ImportError> {
        let begin = row.first().cloned().unwrap_or_default();
        if let Some(more) = row.get(self.width) {
            let what = format!("this row has {} fields, and the first one {}", row.len(), self.width);
            let hint = "put a field that holds the separator in quotes";
            return Err(ImportError::new(self.spot(more), what, hint));
        }
        let Some(name) = self.field(row, "name") else {
            let hint = "give it a name, or remove the row";
            return Err(ImportError::new(self.spot(&begin), "this component has no name", hint));
        };
        if self.haul.components.len() >= COMPONENTS_MAX {
            let what = format!("there are more than {COMPONENTS_MAX} components");
            return Err(ImportError::new(self.spot(&begin), what, "import less"));
        }
        let id = match self.field(row, "id") {
            Some(wanted) if slug(&wanted.text) == wanted.text => {
                self.names.exactly(&wanted.text).ok_or_else(|| {
                    let what = format!("two components are called `{}`", wanted.text);
                    ImportError::new(self.spot(wanted), what, "identifiers must be unique")
                })?
            }
            Some(wanted) => {
                let what = format!("`{}` is no identifier", wanted.text);
                let hint = "use a-z, 0-9 and `-`, at most 48 of them, beginning with a letter or digit";
                return Err(ImportError::new(self.spot(wanted), what, hint));
            }
            None => self.names.component(&name.text),
        };
        let group = self.field(row, "group").cloned().map(|field| self.group(&field, groups)).transpose()?;
        let name_spot = self.spot(name);
        let mut component = Component {
            name: named(&mut self.haul, &name.text, &name_spot)?,
            description: String::new(),
            group,
            checks: Vec::new(),
            more: serde_json::Map::new(),
            id,
        };
        if let Some(field) = self.field(row, "description") {
            let spot = self.spot(field);
            component.description = described(&mut self.haul, &field.text, &spot)?;
        }
        self.checks(row, &mut component)?;
        self.haul.components.push(component);
        Ok(())
    }

    fn group(
        &mut self,
        field: &Field,
        groups: &mut BTreeMap<String, Group>,
    ) -> Result<pharos_model::GroupId, ImportError> {
        if let Some(known) = groups.get(&field.text) {
            return Ok(known.id.clone());
        }
        if groups.len() >= GROUPS_MAX {
            let what = format!("there are more than {GROUPS_MAX} groups");
            return Err(ImportError::new(self.spot(field), what, "import less"));
        }
        let spot = self.spot(field);
        let id = self.names.group(&field.text);
        let group = Group { id: id.clone(), name: named(&mut self.haul, &field.text, &spot)? };
        groups.insert(field.text.clone(), group.clone());
        self.haul.groups.push(group);
        Ok(id)
    }

    fn checks(&mut self, row: &[Field], component: &mut Component) -> Result<(), ImportError> {
        let Some(url) = self.field(row, "url") else { return Ok(()) };
        let spot = self.spot(url);
        let made = check_of(&literal(&url.text), (&mut self.haul, component.id.as_str(), &spot));
        let mut check = made.map_err(|why| {
            ImportError::new(
                self.spot(url),
                why,
                "correct it, or leave the field empty to state how it is by hand",
            )
        })?;
        check.rules.interval_ms = self.length(row, "interval")?;
        check.rules.timeout_ms = self.length(row, "timeout")?;
        check.rules.degraded_over_ms = self.length(row, "degraded_over")?;
        component.checks.push(check);
        Ok(())
    }

    fn length(&self, row: &[Field], column: &str) -> Result<Option<u64>, ImportError> {
        let Some(field) = self.field(row, column) else { return Ok(None) };
        duration_ms(&field.text).map(Some).ok_or_else(|| {
            let what = format!("`{}` is no length of time", field.text);
            ImportError::new(self.spot(field), what, "write a number and a unit, as in 30s or 5m")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Haul, ImportError> {
        haul(&Document { name: "parts.csv".to_owned(), text: text.to_owned() })
    }

    fn refused(text: &str) -> String {
        read(text).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn each_row_is_a_component_with_its_check() {
        let haul = read(
            "Name,Group,URL,interval,owner\nWeb site,Core,https://example.com/,30s,jane\nWeb site,Core,,,\nDatenbank,,tcp://db:5432,,\n",
        )
        .unwrap();
        let rows: Vec<String> = haul
            .components
            .iter()
            .map(|part| {
                let group = part.group.as_ref().map_or("-", |group| group.as_str());
                let kinds: Vec<&str> = part.checks.iter().map(|check| check.kind.as_str()).collect();
                format!("{} {} {group} {}", part.id, part.name, kinds.join(" "))
            })
            .collect();
        assert_eq!(
            rows,
            ["web-site Web site core http", "web-site-2 Web site core ", "datenbank Datenbank - tcp"]
        );
        assert_eq!(haul.components[0].checks[0].rules.interval_ms, Some(30_000));
        assert_eq!(haul.left.len(), 1);
        assert_eq!(haul.left[0].spot.to_string(), "parts.csv:1:25");
    }

    #[test]
    fn mistakes_are_told_with_line_and_column() {
        for (text, told) in [
            ("name,url\nA,https://a.example/\nB,b.example\n", "parts.csv:3:3: `b.example` has no scheme"),
            ("name,interval,url\nA,soon,https://a.example/\n", "parts.csv:2:3: `soon` is no length of time"),
            ("name,url\n,https://a.example/\n", "parts.csv:2:1: this component has no name"),
            ("name,url\nA,b,c\n", "parts.csv:2:5: this row has 3 fields"),
            ("id,name\nWeb site,A\n", "parts.csv:2:1: `Web site` is no identifier"),
            ("id,name\na,A\na,B\n", "parts.csv:3:1: two components are called `a`"),
            ("title\nA\n", "parts.csv:1:1: no column is called `name`"),
            ("name,name\nA,B\n", "parts.csv:1:6: the column `name` stands twice"),
            ("", "parts.csv: there is nothing in it"),
            ("name,url\n", "parts.csv: no components are told of"),
            ("url,name\n,A\n,B\u{0}\n", "parts.csv:3:2: this text holds the control character U+0000"),
            ("name,group\nA,\u{1b}[1m\n", "parts.csv:2:3: this text holds the control character U+001B"),
            ("name,description\nA,\u{7}\n", "parts.csv:2:3: this text holds the control character U+0007"),
            ("name,url\nA,tcp://h:70000\n", "parts.csv:2:3: `70000` is no port"),
        ] {
            assert!(refused(text).starts_with(told), "{told}: {}", refused(text));
        }
    }
}
