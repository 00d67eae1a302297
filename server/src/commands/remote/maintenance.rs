//! `pharos maintenance`: begins, plans, ends and lists maintenance. A deploy pipeline needs two lines.

use serde_json::{Value, json};

use super::client::Server;
use super::table::{columns, names, print, text};
use super::{from_now, length, local, moment};

/// What `pharos maintenance` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct Work {
    /// One line, as visitors read it.
    title: String,
    /// A component it concerns; may be given several times.
    #[arg(long = "component", short, value_name = "ID", required = true)]
    components: Vec<String>,
    /// What is done and what to expect.
    #[arg(long, short, value_name = "TEXT", default_value = "")]
    message: String,
    /// It ends when somebody says that all is well, instead of by itself at its time.
    #[arg(long)]
    verify: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Begin maintenance now. Prints its identifier.
    Start {
        #[command(flatten)]
        work: Work,
        /// How long it takes at most, as in 15m.
        #[arg(long = "for", value_name = "LENGTH", value_parser = length)]
        length: u64,
    },
    /// Plan maintenance ahead. Prints its identifier.
    Plan {
        #[command(flatten)]
        work: Work,
        /// When it begins, as in 2026-11-28T02:00.
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        from: String,
        /// When it ends.
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        until: String,
    },
    /// End maintenance: all is well.
    Finish {
        /// Which.
        id: String,
        /// What readers should know, in Markdown.
        #[arg(long, short, value_name = "TEXT")]
        message: Option<String>,
    },
    /// Call maintenance off that has not begun.
    Cancel {
        /// Which.
        id: String,
        /// What readers should know, in Markdown.
        #[arg(long, short, value_name = "TEXT")]
        message: Option<String>,
    },
    /// List maintenances, the latest first.
    List,
}

/// Speaks with the server.
///
/// # Errors
/// When the server refuses or does not answer.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { server, command } = arguments;
    let client = server.client()?;
    let plan = |work: Work, from: Option<String>, until: String| {
        json!({
            "title": work.title,
            "description": work.message,
            "components": work.components,
            "scheduled_start": from,
            "scheduled_end": until,
            "verified_by_hand": work.verify,
        })
    };
    let turned = |id: String, status: &'static str, message: Option<String>| {
        (format!("/maintenances/{id}/updates"), json!({ "status": status, "body": message }))
    };
    let (path, body) = match command {
        Command::Start { work, length } => ("/maintenances".to_owned(), plan(work, None, from_now(length))),
        Command::Plan { work, from, until } => ("/maintenances".to_owned(), plan(work, Some(from), until)),
        Command::Finish { id, message } => turned(id, "completed", message),
        Command::Cancel { id, message } => turned(id, "cancelled", message),
        Command::List => {
            print(server.is_json(), &client.get("/maintenances").await?, listed);
            return Ok(());
        }
    };
    let made = client.post(&path, &body).await?;
    print(server.is_json(), &made, |made| text(&made["id"]));
    Ok(())
}

fn listed(page: &Value) -> String {
    let mut rows = vec![["ID", "STATUS", "FROM", "UNTIL", "COMPONENTS", "TITLE"].map(str::to_owned).to_vec()];
    for known in page["maintenances"].as_array().into_iter().flatten() {
        rows.push(vec![
            text(&known["id"]),
            text(&known["status"]),
            local(&text(&known["scheduled_start"])),
            local(&text(&known["scheduled_end"])),
            names(&known["components"]),
            text(&known["title"]),
        ]);
    }
    if rows.len() == 1 { "No maintenance.".to_owned() } else { columns(&rows) }
}
