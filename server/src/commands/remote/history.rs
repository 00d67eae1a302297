//! Writing what a server remembers into a folder, for `pharos import pharos`.

use std::path::Path;

use anyhow::{Context, ensure};
use pharos_import::pharos::{ABOUT, CONFIGURATION, INCIDENTS, MAINTENANCES, PIECES, SPANS};
use serde_json::{Map, Value, json};

use super::client::Client;
use super::configuration::written;
use super::pieces::Pieces;
use crate::clock;

/// Maintenances asked for at once.
const PAGE: usize = 100;

/// Writes configuration, incidents, maintenances and the spans of every component.
///
/// # Errors
/// When the folder holds something, cannot be written, or the server refuses or does not answer.
pub async fn write(client: &Client, whole: &Value, folder: &Path) -> anyhow::Result<Value> {
    let shown = folder.display();
    prepare(folder)?;
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
    };
    // What comes to be while it is read may be in it or not; up to here all is.
    let exported_at = crate::http::written(clock::wall());
    put(CONFIGURATION, &(written(whole) + "\n"))?;
    let mut counts = Map::new();
    let mut list = Pieces::new(folder, INCIDENTS);
    client.follow("/exports/incidents?format=json", |some| list.take(some)).await?;
    counts.insert(INCIDENTS.to_owned(), list.end()?.into());
    counts.insert(MAINTENANCES.to_owned(), maintenances(client, folder).await?.into());
    let components = whole["components"].as_array().into_iter().flatten();
    let ids: Vec<&str> = components.filter_map(|component| component["id"].as_str()).collect();
    for id in &ids {
        let stem = format!("{SPANS}/{id}");
        let mut list = Pieces::new(folder, &stem);
        let path = format!("/exports/components/{id}/spans?format=json");
        client.follow(&path, |some| list.take(some)).await?;
        counts.insert(stem, list.end()?.into());
    }
    // Last, so that one which was broken off is none.
    put(ABOUT, &json!({ "exported_at": exported_at, PIECES: counts }).to_string())?;
    Ok(json!({ "folder": shown.to_string(), "components": ids.len(), "exported_at": exported_at }))
}

/// Makes the folder, where nothing may be.
fn prepare(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    let spans = folder.join(SPANS);
    if let Ok(mut found) = std::fs::read_dir(folder) {
        ensure!(
            found.next().is_none(),
            "{shown} is not empty, and nothing in it is written over; name another folder"
        );
    }
    std::fs::create_dir_all(spans).with_context(|| format!("{shown} cannot be made"))
}

/// Writes all maintenances, and says how many files they are.
async fn maintenances(client: &Client, folder: &Path) -> anyhow::Result<usize> {
    let mut list = Pieces::new(folder, MAINTENANCES);
    list.take(b"[")?;
    let mut path = format!("/maintenances?limit={PAGE}");
    loop {
        let page = client.get(&path).await?;
        for known in page["maintenances"].as_array().into_iter().flatten() {
            list.take(format!("{known},").as_bytes())?;
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/maintenances?limit={PAGE}&cursor={cursor}");
    }
    list.take(b"]")?;
    list.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_holds_anything_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("pharos.yaml");
        std::fs::write(&own, "mine").unwrap();
        assert!(prepare(folder.path()).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        std::fs::remove_file(own).unwrap();
        prepare(folder.path()).unwrap();
        prepare(&folder.path().join("new")).unwrap();
    }
}
