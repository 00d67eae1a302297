//! `pharos nodes`: who leads, and how far each node has read.

use serde_json::Value;

use super::client::Server;
use super::table::{columns, print};
use crate::nodes::{NodeView, length};

/// What `pharos nodes` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    server: Server,
}

/// Speaks with the server.
///
/// # Errors
/// When the server refuses or does not answer.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.server;
    let nodes = server.client()?.get("/nodes").await?;
    print(server.is_json(), &nodes, listed);
    Ok(())
}

fn listed(answer: &Value) -> String {
    let found: Vec<NodeView> = serde_json::from_value(answer["nodes"].clone()).unwrap_or_default();
    let mut rows =
        vec![["NODE", "ROLE", "TERM", "READ", "UP", "HEARD", "VERSION", "NOTES"].map(str::to_owned).to_vec()];
    rows.extend(found.into_iter().map(|node| {
        let (role, term, read, notes) = (node.role(), node.term(), node.read(), node.notes());
        vec![
            node.name,
            role,
            term,
            read,
            length(node.up_s),
            format!("{} ago", length(node.heard_s)),
            node.version,
            notes,
        ]
    }));
    let rivals = answer["rivals"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let rivals = rivals.map(|rival| format!("\nTwo primaries: {rival}."));
    columns(&rows) + &rivals.collect::<String>()
}
