//! Further pages: each at a path or a host of its own, of components that there are.

use std::collections::{BTreeMap, BTreeSet};

use pharos_model::limits::FURTHER_PAGES_MAX;
use pharos_model::{
    ComponentDefinition, ComponentId, FurtherPage, Group, GroupId, Page, PageId, Presentation,
};

use super::super::Files;
use super::super::document::At;
use super::super::error::Finding;
use super::super::further::FurtherEntry;
use super::super::limits::{HOST_CHARS_MAX, LABEL_CHARS_MAX, NAME_CHARS_MAX};
use super::super::snippet::Place;
use super::Assembly;
use crate::http::is_taken;

/// How all components of a group are named.
const GROUP: &str = "group:";

impl Assembly {
    /// Takes the further pages of a main one with these groups and components.
    pub fn further(
        &mut self,
        entries: &[FurtherEntry],
        (main, groups, components): (&Page, &[Group], &[ComponentDefinition]),
        files: &Files<'_>,
        at: At<'_>,
    ) -> Vec<FurtherPage> {
        let hint = format!("use at most {FURTHER_PAGES_MAX}");
        self.few(entries.len(), FURTHER_PAGES_MAX, ("further pages", hint), at);
        let (mut ids, mut places, mut pages) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (index, entry) in entries.iter().enumerate() {
            let at = at.item(index);
            let id = self.identifier(&entry.id, PageId::new, at.key("id"));
            self.once(&mut ids, &entry.id, "further page", at.key("id"));
            let address = self.address(entry, &main.presentation, at);
            if let Some(address) = &address {
                self.apart(address, &mut places, at);
            }
            let shown = self.shown(&entry.components, (groups, components), at.key("components"));
            let address = address.unwrap_or_default();
            let page = self.of_main(entry, (main, &address), files, at);
            let Some(id) = id else { continue };
            let (components, alone, groups) = shown;
            pages.push(FurtherPage { id, host: address.host, page, components, alone, groups });
        }
        pages
    }

    /// The main page with the words and the looks of a further one.
    fn of_main(
        &mut self,
        entry: &FurtherEntry,
        (main, address): (&Page, &Address),
        files: &Files<'_>,
        at: At<'_>,
    ) -> Page {
        let mut presentation = Presentation::clone(&main.presentation);
        presentation.is_mcp_off = true;
        presentation.base_path.push_str(&address.path);
        if !address.host.is_empty() {
            presentation.base_path.clear();
            presentation.url = beside(&presentation.url, &address.host);
            // They are the main page at other addresses.
            presentation.mirrors.clear();
        }
        if let Some(theme) = &entry.theme {
            let plain = Presentation::default();
            presentation.accent = plain.accent;
            presentation.accent_dark = plain.accent_dark;
            presentation.logo = plain.logo;
            presentation.logo_dark = plain.logo_dark;
            presentation.stylesheet = plain.stylesheet;
            self.theme(theme, &mut presentation, files, at.key("theme"));
        }
        if let Some(links) = &entry.links {
            let at = at.key("links");
            presentation.header_links = self.links(&links.header, at.key("header"));
            presentation.footer_links = self.links(&links.footer, at.key("footer"));
        }
        let mut page =
            Page { name: self.wording(&entry.name, NAME_CHARS_MAX, at.key("name")), ..main.clone() };
        if entry.description.is_some() {
            page.description = self.optional_wording(entry.description.as_ref(), at.key("description"));
        }
        if entry.notice.is_some() {
            page.notice = self.optional_wording(entry.notice.as_ref(), at.key("notice"));
        }
        Page { presentation: Box::new(presentation), ..page }
    }

    fn address(&mut self, entry: &FurtherEntry, main: &Presentation, at: At<'_>) -> Option<Address> {
        let finding = match (&entry.path, &entry.host) {
            (Some(path), None) => return self.path(path, at.key("path")),
            (None, Some(host)) => return self.host(host, main, at.key("host")),
            (Some(_), Some(_)) => {
                Finding::new(at.key("host").key_place(), format!("`{}` has a `path` and a `host`", entry.id))
                    .hint("a page is at one of them: remove the other")
            }
            (None, None) => Finding::new(at.place(), format!("`{}` is at no address", entry.id))
                .hint("add a `path`, such as `/partners`, or a `host`, such as `partners.example.com`"),
        };
        self.findings.push(finding);
        None
    }

    fn path(&mut self, text: &str, at: At<'_>) -> Option<Address> {
        let found = self.findings.len();
        let path = self.base_path(text, at);
        if self.findings.len() > found {
            return None;
        }
        let step = path.split('/').nth(1).unwrap_or_default();
        if step.is_empty() || is_taken(step) {
            let what = format!("a further page cannot be below {}", at.shown());
            let hint = match step {
                "" => "the main page is there; take a path below it, such as `/partners`".to_owned(),
                step => format!("the main page is at `/{step}` itself; take another, such as `/partners`"),
            };
            self.findings.push(Finding::new(at.place(), what).hint(hint));
            return None;
        }
        Some(Address { path, host: String::new() })
    }

    fn host(&mut self, text: &str, main: &Presentation, at: At<'_>) -> Option<Address> {
        let host = text.to_ascii_lowercase();
        let is_label = |label: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=LABEL_CHARS_MAX).contains(&label.len())
                && label.bytes().all(is_plain)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if host.len() > HOST_CHARS_MAX || !host.split('.').all(is_label) {
            let what = format!("{} is not the name of a host", at.shown());
            let hint = "write the name alone, such as `partners.example.com`: no scheme, no port and no path";
            self.findings.push(Finding::new(at.place(), what).hint(hint));
            return None;
        }
        if main.url == beside(&main.url, &host) {
            let what = format!("{} is the host of the main page", at.shown());
            let hint = "take another, or a `path` in place of `host`";
            self.findings.push(Finding::new(at.place(), what).hint(hint));
            return None;
        }
        Some(Address { path: String::new(), host })
    }

    /// Finds pages of which nobody could tell which one is asked.
    fn apart(&mut self, address: &Address, known: &mut Vec<(Address, Place)>, at: At<'_>) {
        let key = if address.host.is_empty() { "path" } else { "host" };
        let at = at.key(key);
        if let Some((_, first)) = known.iter().find(|(other, _)| other.is_mixed_up_with(address)) {
            let finding = Finding::new(at.place(), format!("another further page is at {} too", at.shown()));
            self.findings.push(
                finding
                    .related(*first, "the first is here")
                    .hint(format!("give one of them another `{key}`; none may be below another")),
            );
        }
        known.push((address.clone(), at.place()));
    }

    /// Takes what a page shows: components, with the members of those that are redundant; members that stand alone there; and groups.
    fn shown(
        &mut self,
        wanted: &[String],
        (groups, components): (&[Group], &[ComponentDefinition]),
        at: At<'_>,
    ) -> (BTreeSet<ComponentId>, BTreeSet<ComponentId>, Vec<GroupId>) {
        if wanted.is_empty() {
            let finding = Finding::new(at.place(), "a page without components shows nothing");
            self.findings.push(finding.hint("name components, or all of a group, such as `group:core`"));
        }
        let (mut waiting, mut whole) = (Vec::new(), Vec::new());
        for (index, text) in wanted.iter().enumerate() {
            let at = at.item(index);
            if let Some(group) = text.strip_prefix(GROUP) {
                whole.extend(self.group(group, groups, at));
            } else if components.iter().any(|known| known.id.as_str() == text) {
                waiting.extend(ComponentId::new(text));
            } else {
                self.no_component(text, components, at);
            }
        }
        let is_in = |known: &&ComponentDefinition| known.group.as_ref().is_some_and(|id| whole.contains(id));
        waiting.extend(components.iter().filter(is_in).map(|known| known.id.clone()));
        let (mut shown, mut within) = (BTreeSet::new(), BTreeSet::new());
        while let Some(id) = waiting.pop() {
            let rule = self.redundancy.get(&id);
            if shown.insert(id) {
                let members = rule.into_iter().flat_map(|rule| &rule.members);
                let members: Vec<ComponentId> = members.map(|member| member.component.clone()).collect();
                within.extend(members.clone());
                waiting.extend(members);
            }
        }
        let is_alone = |known: &&ComponentDefinition| {
            known.is_member && shown.contains(&known.id) && !within.contains(&known.id)
        };
        let alone = components.iter().filter(is_alone).map(|known| known.id.clone()).collect();
        (shown, alone, whole)
    }
}

/// Where a further page is: below a path of the main one, or at a host of its own.
#[derive(Clone, Debug, Default)]
struct Address {
    path: String,
    host: String,
}

impl Address {
    /// Whether one of the two could be asked by what asks for the other.
    fn is_mixed_up_with(&self, other: &Self) -> bool {
        let is_below = |one: &str, other: &str| {
            one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match (self.host.as_str(), other.host.as_str()) {
            ("", "") => is_below(&self.path, &other.path) || is_below(&other.path, &self.path),
            (one, other) => one == other,
        }
    }
}

/// The address of another host beside that of the main page: by the same scheme and at the same port.
fn beside(url: &str, host: &str) -> String {
    let scheme = if url.starts_with("http://") { "http://" } else { "https://" };
    let port = url.rsplit_once(':').map(|(_, port)| port).filter(|port| port.parse::<u16>().is_ok());
    let port = port.map(|port| [":", port].concat()).unwrap_or_default();
    [scheme, host, &port].concat()
}
