//! What Kuma keeps beside its heartbeats, from a database or a backup.

use std::collections::{BTreeMap, BTreeSet};

use super::database::Database;
use super::monitor;
use super::record::Record;
use crate::ImportError;

/// The tables, each row with the columns that are read.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// What is looked at.
    pub monitors: Vec<Record>,
    /// Status pages; `None` where the source tells of none because it never does.
    pub pages: Option<Vec<Record>>,
    /// Headings of status pages.
    pub groups: Vec<Record>,
    /// Which monitors stand under which heading.
    pub members: Vec<Record>,
    /// What was posted on status pages.
    pub incidents: Vec<Record>,
    /// Planned work.
    pub maintenances: Vec<Record>,
    /// Which monitors planned work concerns.
    pub maintained: Vec<Record>,
    /// On which pages planned work is shown.
    pub announced: Vec<Record>,
    /// Where alerts go, without what is secret of it.
    pub notifications: Vec<Record>,
    /// The zone of the server, by its IANA name.
    pub time_zone: Option<String>,
}

impl Tables {
    /// Reads those of a database.
    ///
    /// # Errors
    /// When it cannot be read, or a table is larger than its bound.
    pub async fn of(database: &mut Database) -> Result<Self, ImportError> {
        let pages: &[&str] =
            &["id", "slug", "title", "description", "published", "footer_text", "custom_css", "password"];
        let groups: &[&str] = &["id", "name", "public", "active", "weight", "status_page_id"];
        let incidents: &[&str] = &[
            "id",
            "title",
            "content",
            "style",
            "created_date",
            "last_updated_date",
            "pin",
            "active",
            "status_page_id",
        ];
        let maintenances: &[&str] = &[
            "id",
            "title",
            "description",
            "active",
            "strategy",
            "start_date",
            "end_date",
            "cron",
            "timezone",
            "duration",
            "interval_day",
        ];
        Ok(Self {
            monitors: database.rows("monitor", monitor::COLUMNS, "id").await?,
            pages: Some(database.rows("status_page", pages, "id").await?),
            groups: database.rows("group", groups, "weight, id").await?,
            members: database
                .rows("monitor_group", &["id", "monitor_id", "group_id", "weight"], "weight, id")
                .await?,
            incidents: database.rows("incident", incidents, "id").await?,
            maintenances: database.rows("maintenance", maintenances, "id").await?,
            maintained: database
                .rows("monitor_maintenance", &["id", "monitor_id", "maintenance_id"], "id")
                .await?,
            announced: database
                .rows("maintenance_status_page", &["id", "status_page_id", "maintenance_id"], "id")
                .await?,
            notifications: database.rows("notification", &["id", "name"], "id").await?,
            time_zone: database.time_zone().await?,
        })
    }

    /// The monitors by their identifiers.
    ///
    /// # Errors
    /// When one has none.
    pub fn by_id(&self) -> Result<BTreeMap<i64, &Record>, ImportError> {
        self.monitors.iter().map(|monitor| Ok((monitor.id()?, monitor))).collect()
    }

    /// The monitors that are in a group of monitors, by the group's identifier.
    ///
    /// # Errors
    /// When a value is not what it should be.
    pub fn children(&self) -> Result<BTreeMap<i64, Vec<i64>>, ImportError> {
        let mut children: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for monitor in &self.monitors {
            if let Some(parent) = monitor.whole("parent")? {
                children.entry(parent).or_default().push(monitor.id()?);
            }
        }
        Ok(children)
    }

    /// Those of `rows` whose `key` is `id`, by what they say under `wanted`.
    ///
    /// # Errors
    /// When a value is not what it should be.
    pub fn linked(rows: &[Record], key: &str, id: i64, wanted: &str) -> Result<BTreeSet<i64>, ImportError> {
        let mut found = BTreeSet::new();
        for row in rows {
            if row.whole(key)? == Some(id) {
                found.extend(row.whole(wanted)?);
            }
        }
        Ok(found)
    }
}
