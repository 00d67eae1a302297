//! `pharos export` and `pharos apply`: the whole configuration as a file, and what is kept made like a file.

use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Value, json};

use super::client::{Client, Server};
use super::history;
use super::table::{columns, print, text};

/// What `pharos export` takes.
#[derive(Debug, clap::Args)]
pub struct Export {
    #[command(flatten)]
    server: Server,
    /// Write the configuration and the history into this folder instead, which must be new or empty, for `pharos import pharos FOLDER`.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// What `pharos apply` takes.
#[derive(Debug, clap::Args)]
pub struct Apply {
    #[command(flatten)]
    server: Server,
    /// A configuration file; its components are applied, and nothing else of it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only tell what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Let components go that the admin keeps and the file does not name.
    #[arg(long)]
    prune: bool,
}

/// Prints the whole configuration as a file: that of the server, with the components that are kept beside it.
///
/// # Errors
/// When the server refuses or does not answer.
pub async fn export(arguments: Export) -> anyhow::Result<()> {
    let client = arguments.server.patient_client()?;
    let whole = whole(&client).await?;
    if let Some(folder) = &arguments.to {
        let told = history::write(&client, &whole, folder).await?;
        print(arguments.server.is_json(), &told, |told| {
            format!(
                "Written to {}. Read it with: pharos import pharos {}",
                text(&told["folder"]),
                text(&told["folder"])
            )
        });
        return Ok(());
    }
    print(arguments.server.is_json(), &whole, written);
    Ok(())
}

/// A configuration as a file.
pub fn written(whole: &Value) -> String {
    serde_saphyr::to_string(whole).unwrap_or_default().trim_end().to_owned()
}

/// The whole configuration of a server, with the components that are kept beside its file.
async fn whole(client: &Client) -> anyhow::Result<Value> {
    let answer = client.get("/export").await?;
    let mut whole: Value = serde_saphyr::from_str(answer["file"].as_str().unwrap_or_default())
        .context("the server's file cannot be read here")?;
    let kept = answer["components"].as_array().cloned().unwrap_or_default();
    if let Some(components) = whole["components"].as_array_mut() {
        let named: Vec<Value> = components.iter().map(|component| component["id"].clone()).collect();
        components.extend(kept.into_iter().filter(|component| !named.contains(&component["id"])));
    }
    Ok(whole)
}

/// Applies a file's components, or tells what that would do.
///
/// # Errors
/// When the file cannot be read, or the server refuses or does not answer.
pub async fn apply(arguments: Apply) -> anyhow::Result<()> {
    let name = arguments.file.display().to_string();
    let file = std::fs::read_to_string(&arguments.file).with_context(|| format!("{name} cannot be read"))?;
    let file: Value = serde_saphyr::from_str(&file).with_context(|| format!("{name} is no YAML"))?;
    let body =
        json!({ "components": file["components"], "prune": arguments.prune, "dry_run": arguments.dry_run });
    let plan = arguments.server.client()?.post("/apply", &body).await?;
    print(arguments.server.is_json(), &plan, told);
    Ok(())
}

fn told(plan: &Value) -> String {
    let word = |step: &str| match step {
        "create" => "is added",
        "update" => "is changed",
        "delete" => "is removed",
        "in_file" => "stands in the server's file, and is left to it",
        _ => "is so already",
    };
    let steps = plan["steps"].as_array().into_iter().flatten();
    let rows: Vec<Vec<String>> =
        steps.map(|step| vec![text(&step["component"]), word(&text(&step["step"])).to_owned()]).collect();
    let end = if plan["applied"] == true { "Done." } else { "Nothing was done: this is the plan." };
    format!("{}\n{end}", columns(&rows)).trim_start().to_owned()
}
