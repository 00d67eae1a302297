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

/// The page.
pub fn list(frame: &Frame, nodes: Vec<NodeLine>, rivals: &[String]) -> String {
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
    };
    frame.document("Nodes", inside.inert())
}
