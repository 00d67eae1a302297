//! `pharos component`: states a component's status by hand, takes that back, and lists components.

use serde_json::{Value, json};

use super::client::Server;
use super::table::{columns, print, text};
use super::{from_now, length, local};

/// What `pharos component` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// State a component's status. It counts instead of what the checks find, and readers see both.
    Set {
        /// Which.
        id: String,
        /// The status: `operational`, `degraded_performance`, `partial_outage`, `major_outage` or `under_maintenance`.
        status: String,
        /// Why, as visitors read it.
        #[arg(long, short, value_name = "TEXT")]
        reason: String,
        /// For how long, as in 2h; a component that has checks needs an end.
        #[arg(long = "for", value_name = "LENGTH", value_parser = length)]
        length: Option<u64>,
    },
    /// Let a component's checks count again.
    Clear {
        /// Which.
        id: String,
    },
    /// List components.
    List,
}

/// Speaks with the server.
///
/// # Errors
/// When the server refuses or does not answer.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { server, command } = arguments;
    let client = server.client()?;
    match command {
        Command::Set { id, status, reason, length } => {
            let body = json!({ "status": status, "reason": reason, "until": length.map(from_now) });
            let stated = client.put(&format!("/components/{id}/statement"), &body).await?;
            print(server.is_json(), &stated, |stated| {
                format!("{} is {}", text(&stated["id"]), text(&stated["status"]))
            });
        }
        Command::Clear { id } => {
            client.delete(&format!("/components/{id}/statement")).await?;
            let now = client.get(&format!("/components/{id}")).await?;
            print(server.is_json(), &now, |now| format!("{} is {}", text(&now["id"]), text(&now["status"])));
        }
        Command::List => print(server.is_json(), &client.get("/components").await?, listed),
    }
    Ok(())
}

fn listed(components: &Value) -> String {
    let mut rows = vec![["ID", "STATUS", "MEASURED", "SINCE", "NAME"].map(str::to_owned).to_vec()];
    for component in components.as_array().into_iter().flatten() {
        rows.push(vec![
            text(&component["id"]),
            text(&component["status"]),
            text(&component["measured"]),
            local(&text(&component["since"])),
            text(&component["name"]),
        ]);
    }
    if rows.len() == 1 { "No components.".to_owned() } else { columns(&rows) }
}
