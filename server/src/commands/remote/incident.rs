//! `pharos incident`: opens, updates, resolves and lists incidents.

use serde_json::{Value, json};

use super::client::{Client, Server};
use super::table::{columns, names, print, text};
use super::{component, from_now, length, local};

/// What `pharos incident` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Open an incident.
    Open {
        /// One line, as visitors read it.
        title: String,
        /// What readers should know, in Markdown.
        #[arg(long, short, value_name = "TEXT")]
        message: String,
        /// A component it concerns, or with what it is in, as in `api=major_outage`.
        #[arg(long = "component", short, value_name = "ID[=STATUS]", value_parser = component)]
        components: Vec<(String, Option<String>)>,
        /// How much it hurts: none, minor, major or critical. Follows from the components.
        #[arg(long)]
        impact: Option<String>,
        /// Where it stands.
        #[arg(long, default_value = "investigating")]
        status: String,
        /// Promise the next update within this time, as in 30m.
        #[arg(long, value_name = "LENGTH", value_parser = length)]
        next: Option<u64>,
    },
    /// Say something about an incident.
    Update {
        /// Which.
        id: String,
        /// What readers should know, in Markdown.
        #[arg(long, short, value_name = "TEXT")]
        message: String,
        /// Where it stands from here on; as before unless it is stated.
        #[arg(long)]
        status: Option<String>,
        /// What a component is in from here on.
        #[arg(long = "component", short, value_name = "ID=STATUS", value_parser = component)]
        components: Vec<(String, Option<String>)>,
        /// Promise the next update within this time, as in 30m.
        #[arg(long, value_name = "LENGTH", value_parser = length)]
        next: Option<u64>,
    },
    /// Resolve an incident.
    Resolve {
        /// Which.
        id: String,
        /// What readers should know, in Markdown.
        #[arg(long, short, value_name = "TEXT", default_value = "This incident is resolved.")]
        message: String,
    },
    /// List incidents, newest first.
    List {
        /// Those that are over, too.
        #[arg(long)]
        all: bool,
    },
}

/// Speaks with the server.
///
/// # Errors
/// When the server refuses or does not answer.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { server, command } = arguments;
    let client = server.client()?;
    match command {
        Command::Open { title, message, components, impact, status, next } => {
            let (stated, affects) = divided(components);
            let body = json!({
                "title": title,
                "body": message,
                "status": status,
                "impact": impact,
                "affects": affects,
                "components": stated,
                "next_update_by": next.map(from_now),
            });
            let made = client.post("/incidents", &body).await?;
            print(server.is_json(), &made, |made| text(&made["id"]));
        }
        Command::Update { id, message, status, components, next } => {
            let status = match status {
                Some(status) => status,
                None => text(&client.get(&format!("/incidents/{id}")).await?["status"]),
            };
            let (stated, _) = divided(components);
            let body = json!({
                "status": status,
                "body": message,
                "components": stated,
                "next_update_by": next.map(from_now),
            });
            say(&client, &server, &id, &body).await?;
        }
        Command::Resolve { id, message } => {
            say(&client, &server, &id, &json!({ "status": "resolved", "body": message })).await?;
        }
        Command::List { all } => {
            let path = if all { "/incidents" } else { "/incidents?open=true" };
            print(server.is_json(), &client.get(path).await?, listed);
        }
    }
    Ok(())
}

async fn say(client: &Client, server: &Server, id: &str, body: &Value) -> anyhow::Result<()> {
    let said = client.post(&format!("/incidents/{id}/updates"), body).await?;
    print(server.is_json(), &said, |said| format!("{} is {}", text(&said["id"]), text(&said["status"])));
    Ok(())
}

/// Those with a status, and those without.
fn divided(components: Vec<(String, Option<String>)>) -> (Vec<Value>, Vec<String>) {
    let (mut stated, mut affects) = (Vec::new(), Vec::new());
    for (component, status) in components {
        match status {
            Some(status) => stated.push(json!({ "component": component, "status": status })),
            None => affects.push(component),
        }
    }
    (stated, affects)
}

fn listed(page: &Value) -> String {
    let mut rows =
        vec![["ID", "STATUS", "IMPACT", "BEGAN", "COMPONENTS", "TITLE"].map(str::to_owned).to_vec()];
    for incident in page["incidents"].as_array().into_iter().flatten() {
        rows.push(vec![
            text(&incident["id"]),
            text(&incident["status"]),
            text(&incident["impact"]),
            local(&text(&incident["began_at"])),
            names(&incident["components"]),
            text(&incident["title"]),
        ]);
    }
    if rows.len() == 1 { "No incidents.".to_owned() } else { columns(&rows) }
}
