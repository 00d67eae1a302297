//! The configuration file that is made of an import: written, checked by the rules of every configuration, and never put over another.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use pharos_import::{Check, Component, Haul, written};
use serde_json::Value;

use super::yaml::{inline, scalar};
use crate::config::limits::FILE_BYTES_MAX;
use crate::config::{self, Loaded, Surroundings};

/// What the page is called where the source does not say.
const NAME: &str = "Status";

/// A configuration file that was made and found good.
pub struct Made {
    /// Where it is to be written.
    pub path: PathBuf,
    /// Whether the same is there already.
    pub is_there: bool,
    /// Whether another is there at the place that was asked for, so that this one is written beside it.
    pub is_beside: bool,
    /// What the rules made of it.
    pub loaded: Loaded,
    text: String,
}

/// Makes it.
///
/// # Errors
/// When it is not good, or two others lie in its way.
pub fn made(haul: &Haul, source: &str, wanted: &Path) -> anyhow::Result<Made> {
    let text = haul.configuration.clone().unwrap_or_else(|| text(haul, source));
    let (path, is_there) = place(&text, wanted)?;
    let shown = path.display().to_string();
    let environment = |name: &str| {
        let real = std::env::var(name).ok().filter(|value| !value.is_empty());
        // What is referred to need not be set to be imported; what stands for it fits where it stands.
        Some(real.unwrap_or_else(|| stand_in(name, &text)))
    };
    let folder = wanted.parent().unwrap_or(Path::new("")).to_owned();
    let files = |name: &str, bytes_max: usize| config::read_at_most(&folder.join(name), bytes_max);
    let surroundings = Surroundings { environment: &environment, files: &files };
    let loaded = config::parse(&text, &shown, &surroundings);
    let loaded =
        loaded.context("what was made of the source is no good configuration; nothing was written")?;
    Ok(Made { is_beside: path != wanted, path, is_there, loaded, text })
}

/// What stands for a variable of the environment: an address where an address begins, a number where a port may be, else what fits where a
/// secret or a host does.
fn stand_in(name: &str, text: &str) -> String {
    let is_behind = |before: &str| text.contains(&[before, "${", name, "}"].concat());
    let begins = |key: &str| is_behind(key) || is_behind(&[key, "\""].concat());
    if begins("websocket: { url: ") {
        return "wss://stand-in.example".to_owned();
    }
    if begins("url: ") {
        return "https://stand-in.example".to_owned();
    }
    if is_behind(":") {
        return "443".to_owned();
    }
    let name: String = name.to_ascii_lowercase().chars().map(|c| if c == '_' { '-' } else { c }).collect();
    format!("{name}-0123456789-abcdefghij")
}

/// Where to write it, and whether it is there already.
fn place(text: &str, wanted: &Path) -> anyhow::Result<(PathBuf, bool)> {
    let ending = wanted.extension().and_then(|ending| ending.to_str()).unwrap_or("yaml");
    let beside = wanted.with_extension(format!("imported.{ending}"));
    for path in [wanted, beside.as_path()] {
        match same(path, text) {
            Ok(true) => return Ok((path.to_owned(), true)),
            Ok(false) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok((path.to_owned(), false));
            }
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be looked at", path.display()));
            }
        }
    }
    bail!(
        "{} and {} are there already and say something else; nothing is written over them. Move one of them away, or name another file with --config",
        wanted.display(),
        beside.display()
    )
}

fn same(path: &Path, text: &str) -> std::io::Result<bool> {
    if std::fs::metadata(path)?.len() > FILE_BYTES_MAX as u64 {
        return Ok(false);
    }
    Ok(std::fs::read(path)? == text.as_bytes())
}

impl Made {
    /// Writes it where nothing is.
    ///
    /// # Errors
    /// When something is there by now, or it cannot be written.
    pub fn write(&self) -> anyhow::Result<()> {
        if self.is_there {
            return Ok(());
        }
        let shown = self.path.display();
        let draft = self.path.with_extension(format!("{}.draft", std::process::id()));
        let put = || -> std::io::Result<()> {
            let mut file = File::options().write(true).create(true).truncate(true).open(&draft)?;
            file.write_all(self.text.as_bytes())?;
            file.sync_all()?;
            // A link is there whole or not at all, and never takes another's place.
            std::fs::hard_link(&draft, &self.path)
        };
        let put = put();
        // It served its purpose, or is of no use.
        let _removed = std::fs::remove_file(&draft);
        put.with_context(|| format!("{shown} cannot be written"))
    }
}

/// The file.
fn text(haul: &Haul, source: &str) -> String {
    let mut out =
        format!("# Made by `pharos import {source}`. Every key is described in docs/configuration.md.\n");
    if !haul.secrets.is_empty() {
        out.push_str("#\n# These variables of the environment hold what must not stand here, and must be set before it is used:\n");
        for (variable, secret) in &haul.secrets {
            line(&mut out, &format!("#   {variable}: {} ({})", secret.what, secret.spot));
        }
    }
    let page = &haul.page;
    out.push_str("\npage:\n");
    line(&mut out, &format!("  name: {}", config_text(page.name.as_deref().unwrap_or(NAME))));
    for (key, value) in
        [("description", &page.description), ("language", &page.language), ("time_zone", &page.time_zone)]
    {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            line(&mut out, &format!("  {key}: {}", config_text(value)));
        }
    }
    for (key, value) in &haul.more {
        line(&mut out, &format!("\n{key}: {}", inline(value)));
    }
    if !haul.groups.is_empty() {
        out.push_str("\ngroups:\n");
        for group in &haul.groups {
            line(
                &mut out,
                &format!("  - {{ id: {}, name: {} }}", scalar(group.id.as_str()), config_text(&group.name)),
            );
        }
    }
    // Nothing at all below a key would be no list.
    out.push_str(if haul.components.is_empty() { "\ncomponents: []\n" } else { "\ncomponents:\n" });
    for part in &haul.components {
        component(&mut out, part);
    }
    out
}

/// A text of the source, in which nothing refers to the environment.
fn config_text(text: &str) -> String {
    scalar(&pharos_import::literal(text))
}

fn line(out: &mut String, text: &str) {
    // One line, whatever is in it: a comment must not end early.
    let clean = |c: char| if c != '\n' && c.is_control() { ' ' } else { c };
    let text = text.trim_end();
    let (lead, rest) = text.split_at(text.len() - text.trim_start_matches('\n').len());
    out.push_str(lead);
    out.extend(rest.chars().map(|c| if c == '\n' { ' ' } else { clean(c) }));
    out.push('\n');
}

fn component(out: &mut String, part: &Component) {
    line(out, &format!("  - id: {}", scalar(part.id.as_str())));
    line(out, &format!("    name: {}", config_text(&part.name)));
    if !part.description.is_empty() {
        line(out, &format!("    description: {}", config_text(&part.description)));
    }
    if let Some(group) = &part.group {
        line(out, &format!("    group: {}", scalar(group.as_str())));
    }
    for (key, value) in &part.more {
        line(out, &format!("    {key}: {}", inline(value)));
    }
    if part.checks.is_empty() {
        if !part.more.contains_key("redundancy") {
            out.push_str("    checks: []\n");
        }
        return;
    }
    out.push_str("    checks:\n");
    for one in &part.checks {
        check(out, one);
    }
}

fn check(out: &mut String, check: &Check) {
    let kind = check.kind.as_str();
    line(out, &format!("      - {kind}: {}", inline(&Value::Object(check.settings.clone()))));
    if check.name != kind {
        line(out, &format!("        name: {}", scalar(&check.name)));
    }
    let rules = &check.rules;
    for (key, ms) in [
        ("interval", rules.interval_ms),
        ("timeout", rules.timeout_ms),
        ("degraded_over", rules.degraded_over_ms),
    ] {
        if let Some(ms) = ms {
            // A string takes whatever is written to it.
            let _written = writeln!(out, "        {key}: {}", written(ms));
        }
    }
    for (key, times) in [("down_after", rules.down_after), ("up_after", rules.up_after)] {
        if let Some(times) = times {
            let _written = writeln!(out, "        {key}: {times}");
        }
    }
    if let Some(word) = rules.on_failure {
        let _written = writeln!(out, "        on_failure: {word}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_import::{Kind, Rules};

    fn with(kind: Kind, key: &str, value: &str) -> anyhow::Result<Made> {
        let settings = serde_json::Map::from_iter([(key.to_owned(), Value::from(value))]);
        let check = Check { name: kind.as_str().to_owned(), kind, settings, rules: Rules::default() };
        let component = Component { group: None, checks: vec![check], ..part("site") };
        let folder = tempfile::tempdir().unwrap();
        let haul = Haul { components: vec![component], ..Haul::default() };
        made(&haul, "upptime", &folder.path().join("pharos.yaml"))
    }

    fn part(text: &str) -> Component {
        Component {
            id: pharos_model::ComponentId::new(text).unwrap(),
            name: text.to_owned(),
            description: String::new(),
            group: pharos_model::GroupId::new(text).ok(),
            checks: Vec::new(),
            more: serde_json::Map::new(),
        }
    }

    #[test]
    fn names_that_yaml_has_another_meaning_for_name_components_and_groups_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["null", "true", "404", "1e3", "no", "y"] {
            let group =
                pharos_import::Group { id: pharos_model::GroupId::new(text).unwrap(), name: text.to_owned() };
            let haul = Haul { groups: vec![group], components: vec![part(text)], ..Haul::default() };
            let made = made(&haul, "csv", &folder.path().join("pharos.yaml")).unwrap();
            let known = &made.loaded.engine.definition.components[0];
            assert_eq!((known.id.as_str(), known.name.plain()), (text, text));
        }
    }

    #[test]
    fn a_source_without_components_makes_a_page_without_them() {
        let folder = tempfile::tempdir().unwrap();
        let made = made(&Haul::default(), "kuma", &folder.path().join("pharos.yaml")).unwrap();
        assert!(made.loaded.engine.definition.components.is_empty());
    }

    #[test]
    fn what_the_environment_will_hold_may_be_a_whole_address_a_part_of_it_a_host_or_a_port() {
        for (kind, key, value) in [
            (Kind::Http, "url", "${PHAROS_TEST_SITE}"),
            (Kind::Http, "url", "${PHAROS_TEST_SITE}/health?key=${PHAROS_TEST_KEY}"),
            (Kind::Http, "url", "https://${PHAROS_TEST_HOST}/"),
            (Kind::Http, "url", "https://example.com:${PHAROS_TEST_PORT}/"),
            (Kind::WebSocket, "url", "${PHAROS_TEST_SOCKET}"),
            (Kind::Tcp, "address", "${PHAROS_TEST_HOST}:${PHAROS_TEST_PORT}"),
        ] {
            let made = with(kind, key, value);
            assert!(made.is_ok(), "{value}: {:#}", made.err().unwrap());
        }
        assert!(with(Kind::Http, "url", "no address").is_err());
    }
}
