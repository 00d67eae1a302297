//! The static copy: what a folder holds when no node is there any more.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use pharos_model::Status;
use pharos_tests::{Pharos, Setup, Target, binary, wait_for};
use tempfile::TempDir;

use crate::{one_component, wait_for_status};

/// A node that publishes into a folder.
struct Scene {
    target: Target,
    setup: Setup,
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        let (target, folder) = (Target::start().unwrap(), TempDir::new().unwrap());
        let to = folder.path().join("copy");
        let setup =
            Setup::new(&format!("copy: {{ to: {} }}\n{}", to.display(), one_component(&target))).unwrap();
        Self { target, setup, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("copy").join(name)
    }

    fn wait(&self, name: &str, text: &str) -> String {
        wait_for(&format!("{name} of the copy to say {text:?}"), || {
            std::fs::read_to_string(self.path(name)).ok().filter(|page| page.contains(text))
        })
    }

    fn publish(&self) -> std::process::Output {
        let mut command = Command::new(binary());
        command.arg("publish").arg("--config").arg(self.setup.config());
        command.arg("--data").arg(self.setup.data()).output().unwrap()
    }

    /// A node, and its copy when it is whole.
    fn published(&self) -> Pharos {
        let node = self.setup.start().unwrap();
        wait_for_status(&node, "api", Status::Operational);
        self.wait("index.html", "All systems operational");
        self.wait("copy.json", "calendar");
        node
    }
}

#[test]
fn the_copy_follows_the_page_and_says_how_old_it_is() {
    let scene = Scene::new();
    let _node = scene.published();
    scene.target.answer(500);
    let page = scene.wait("index.html", "Major outage");
    assert!(page.contains("This is a copy of the page, as of <time datetime=\""), "{page}");
    let german = scene.wait("de/index.html", "Ausfall");
    assert!(german.contains("Dies ist eine Kopie der Seite"), "{german}");
    scene.wait("components/api/index.html", "Major outage");
}

#[test]
fn only_what_changed_is_written() {
    let scene = Scene::new();
    let _node = scene.published();
    let written = |name: &str| std::fs::metadata(scene.path(name)).unwrap().modified().unwrap();
    let (fixed, changed) = (written("widget.js"), written("components/api/index.html"));
    scene.target.answer(500);
    scene.wait("index.html", "Major outage");
    wait_for("the list of the copy to follow", || {
        (written("components/api/index.html") > changed).then_some(())
    });
    assert_eq!(written("widget.js"), fixed);
}

/// The addresses on this host that a page names.
fn addresses(page: &str) -> BTreeSet<String> {
    let named = ["href=\"/", "src=\"/"].into_iter().flat_map(|start| page.split(start).skip(1));
    let named = named.filter_map(|rest| rest.split('"').next());
    named.map(|path| path.split(['?', '#']).next().unwrap_or_default().to_owned()).collect()
}

fn pages_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            pages_below(&entry, found);
        } else if entry.extension().is_some_and(|ending| ending == "html") {
            found.push(entry);
        }
    }
}

#[test]
fn a_copy_needs_nothing_from_its_origin() {
    let scene = Scene::new();
    let node = scene.published();
    let (origin, mut pages, mut missing) = (node.address.to_string(), Vec::new(), BTreeSet::new());
    node.kill().unwrap();
    pages_below(&scene.path(""), &mut pages);
    assert!(pages.len() > 100, "only {} pages", pages.len());
    for path in pages {
        let page = std::fs::read_to_string(&path).unwrap();
        assert!(!page.contains(&origin), "{} names its origin", path.display());
        // What is framed has no room for its age, and says that nobody knows.
        let is_framed = path.parent().unwrap().parent().unwrap().ends_with("embed");
        let says = is_framed || page.contains("class=\"notice copied\"");
        assert!(says, "{} does not say that it is a copy", path.display());
        for address in addresses(&page) {
            let folder = scene.path(&address).join("index.html");
            let stands = [scene.path(&address), folder];
            if !stands.iter().any(|path| path.is_file()) {
                missing.insert(address);
            }
        }
    }
    // The month before the first is empty, and has no page in a copy.
    missing.retain(|address| {
        let month = address.rsplit_once("history/").and_then(|(_, rest)| rest.get(..7));
        month.is_none_or(|month| scene.path("history").join(month).exists())
    });
    assert_eq!(missing, BTreeSet::new());
    let spans = std::fs::read_to_string(scene.path("components/api/spans.csv")).unwrap();
    assert!(
        spans.starts_with("from,until,status,measured\r\n") && spans.contains(",operational,"),
        "{spans}"
    );
    assert_eq!(std::fs::read_to_string(scene.path("events")).unwrap(), "A copy has no stream.\n");
    let framed = std::fs::read_to_string(scene.path("embed/card/index.html")).unwrap();
    assert!(framed.contains("is unknown"), "{framed}");
}

#[test]
fn a_copy_is_published_once_from_the_command_line_when_no_server_runs() {
    let scene = Scene::new();
    let node = scene.published();
    let refused = scene.publish();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("it publishes the copy by itself"), "{said}");
    node.kill().unwrap();
    std::fs::remove_dir_all(scene.path("")).unwrap();
    let done = scene.publish();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    scene.wait("index.html", "All systems operational");
}

#[test]
fn a_copy_that_cannot_be_written_takes_no_page_away() {
    let scene = Scene::new();
    std::fs::write(scene.folder.path().join("copy"), "a file stands in its place").unwrap();
    let node = scene.setup.start().unwrap();
    wait_for_status(&node, "api", Status::Operational);
    wait_for("the failure to be told", || {
        node.log().contains("the copy could not be published; trying again").then_some(())
    });
    assert_eq!(node.get("/").unwrap().status, 200);
    assert_eq!(node.get("/health").unwrap().status, 200);
}
