//! Writing what a server remembers into a folder, for `pharos import pharos`.

use std::path::Path;

use anyhow::{Context, ensure};
use pharos_import::pharos::{ABOUT, CONFIGURATION, INCIDENTS, MAINTENANCES, SPANS};
use serde_json::{Value, json};

use super::client::Client;
use super::configuration::written;
use crate::clock;

/// Maintenances asked for at once.
const PAGE: usize = 100;
/// Pages of maintenances.
const PAGES_MAX: usize = 1_000;

/// Writes configuration, incidents, maintenances and the spans of every component.
///
/// # Errors
/// When the folder holds something, cannot be written, or the server refuses or does not answer.
pub async fn write(client: &Client, whole: &Value, folder: &Path) -> anyhow::Result<Value> {
    let shown = folder.display();
    std::fs::create_dir_all(folder.join(SPANS)).with_context(|| format!("{shown} cannot be made"))?;
    let about = folder.join(ABOUT);
    ensure!(!about.exists(), "{shown} holds an export already; name another folder");
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
    };
    // What comes to be while it is read may be in it or not; up to here all is.
    let exported_at = crate::http::written(clock::wall());
    put(CONFIGURATION, &(written(whole) + "\n"))?;
    put(INCIDENTS, &client.get("/exports/incidents?format=json").await?.to_string())?;
    put(MAINTENANCES, &maintenances(client).await?.to_string())?;
    let components = whole["components"].as_array().into_iter().flatten();
    let ids: Vec<&str> = components.filter_map(|component| component["id"].as_str()).collect();
    for id in &ids {
        let spans = client.get(&format!("/exports/components/{id}/spans?format=json")).await?;
        put(&format!("{SPANS}/{id}.json"), &spans.to_string())?;
    }
    // Last, so that one which was broken off is none.
    put(ABOUT, &json!({ "exported_at": exported_at }).to_string())?;
    Ok(json!({ "folder": shown.to_string(), "components": ids.len(), "exported_at": exported_at }))
}

async fn maintenances(client: &Client) -> anyhow::Result<Value> {
    let mut all = Vec::new();
    let mut path = format!("/maintenances?limit={PAGE}");
    for _ in 0..PAGES_MAX {
        let page = client.get(&path).await?;
        all.extend(page["maintenances"].as_array().cloned().unwrap_or_default());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/maintenances?limit={PAGE}&cursor={cursor}");
    }
    Ok(all.into())
}
