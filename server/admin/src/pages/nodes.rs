//! The nodes: who leads, and how far each has read.

use crate::Frame;
use crate::html::Inert;
use leptos::prelude::*;

/// A node, in words.
#[derive(Clone, Debug)]
pub struct NodeLine {
    /// What it is called.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it does.
    pub role: String,
    /// The how-manieth leadership it is.
    pub term: String,
    /// How far it has read the journal.
    pub read: String,
    /// For how long it has been there.
    pub up: String,
    /// How long ago it was last heard of.
    pub heard: String,
    /// What is to be known of it.
    pub notes: String,
}

/// The archive, in words.
#[derive(Clone, Debug, Default)]
pub struct ArchivePart {
    /// What is wrong with it.
    pub failure: Option<String>,
    /// How far it reaches, each with its name.
    pub facts: Vec<(&'static str, String)>,
    /// The restores that were tried: when, how it went, how long it took, what would have been lost, how much there was.
    pub drills: Vec<[String; 5]>,
    /// Whether one may be held from here.
    pub may_drill: bool,
}

fn archive(frame: &Frame, part: ArchivePart) -> AnyView {
    let facts: Vec<_> = part
        .facts
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        .collect();
    let failure = part.failure.map(|failure| view! { <p class="problem" role="alert">{failure}</p> });
    let row = |cells: [String; 5]| {
        let cells: Vec<_> = cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect();
        view! { <tr>{cells}</tr> }
    };
    let rows: Vec<_> = part.drills.into_iter().map(row).collect();
    let table = (!rows.is_empty()).then(|| {
        view! {
            <section class="scroll" tabindex="0" aria-label="Drills">
                <table><thead><tr><th>"Drill"</th><th>"Result"</th><th>"Took"</th><th>"At risk"</th><th>"Restored"</th></tr></thead><tbody>{rows}</tbody></table>
            </section>
        }
    });
    let form = part.may_drill.then(|| {
        view! {
            <form method="post" action="/admin/nodes">
                {frame.token()}
                <button type="submit">"Try a restore now"</button>
            </form>
        }
    });
    view! {
        <section class="card">
            <h2>"Archive"</h2>
            {failure}
            <dl class="facts">{facts}</dl>
            {table}
            {form}
        </section>
    }
    .into_any()
}

/// The page. Without an archive there is nothing to say of it.
pub fn list(frame: &Frame, nodes: Vec<NodeLine>, rivals: &[String], archive: Option<ArchivePart>) -> String {
    let archive = archive.map(|part| self::archive(frame, part));
    let row = |node: NodeLine| {
        view! {
            <tr>
                <td>{node.name}<br/><span class="soft">{node.version}</span></td>
                <td>{node.role}</td>
                <td>{node.term}</td>
                <td>{node.read}</td>
                <td>{node.up}</td>
                <td>{node.heard}</td>
                <td>{node.notes}</td>
            </tr>
        }
    };
    let rows: Vec<_> = nodes.into_iter().map(row).collect();
    let rivals: Vec<_> = rivals.iter().map(|rival| view! { <li>{rival.clone()}</li> }).collect();
    let rivals = (!rivals.is_empty()).then(|| {
        view! {
            <section class="card" role="alert">
                <h2>"Two primaries"</h2>
                <p>"Beside the database host that Pharos writes to, another takes writes. Stop the older one before anybody writes to it."</p>
                <ul>{rivals}</ul>
            </section>
        }
    });
    let inside = view! {
        <h1>"Nodes"</h1>
        {rivals}
        <section class="card">
            <p>"Every node serves the page and takes what is typed here. One leads: it watches, decides and writes. "
                "When it falls silent, another takes over within 18 seconds."</p>
            <section class="scroll" tabindex="0" aria-label="Nodes">
                <table><thead><tr><th>"Node"</th><th>"Role"</th><th>"Term"</th><th>"Has read"</th><th>"Up"</th><th>"Heard of"</th><th>"Notes"</th></tr></thead><tbody>{rows}</tbody></table>
            </section>
        </section>
        {archive}
    };
    frame.document("Nodes", inside.inert())
}
