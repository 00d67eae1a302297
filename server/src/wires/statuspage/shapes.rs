//! The shapes of Statuspage's documents: the order of the keys is that on its wire, and what is absent is `null`.

use serde::Serialize;

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct PageShape<'a> {
    pub id: String,
    pub name: &'a str,
    /// Without a slash at the end; empty when nobody said where the page is.
    pub url: String,
    pub time_zone: &'a str,
    pub updated_at: String,
}

/// The banner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StatusShape {
    pub indicator: &'static str,
    pub description: &'static str,
}

/// A component or a group.
#[derive(Clone, Debug, Serialize)]
pub struct ComponentShape {
    pub id: String,
    pub name: String,
    pub status: &'static str,
    pub created_at: String,
    pub updated_at: String,
    /// From 1 on; that of a child is its place in its group.
    pub position: usize,
    pub description: Option<String>,
    pub showcase: bool,
    pub start_date: Option<String>,
    pub group_id: Option<String>,
    pub page_id: String,
    pub group: bool,
    pub only_show_if_degraded: bool,
    /// Of groups only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<Vec<String>>,
}

/// A component as an update of an incident tells of it.
#[derive(Clone, Debug, Serialize)]
pub struct AffectedShape {
    pub code: String,
    pub name: String,
    pub old_status: &'static str,
    pub new_status: &'static str,
}

/// An update of an incident or of a maintenance.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateShape {
    pub id: String,
    pub status: &'static str,
    pub body: String,
    pub incident_id: String,
    pub created_at: String,
    pub updated_at: String,
    pub display_at: String,
    pub affected_components: Option<Vec<AffectedShape>>,
    pub deliver_notifications: bool,
    pub custom_tweet: Option<String>,
    pub tweet_id: Option<u64>,
}

impl UpdateShape {
    /// An update of that incident, said at one moment and of no component.
    pub fn new(id: String, incident_id: &str, status: &'static str, body: String, at: String) -> Self {
        Self {
            id,
            status,
            body,
            incident_id: incident_id.to_owned(),
            created_at: at.clone(),
            updated_at: at.clone(),
            display_at: at,
            affected_components: None,
            deliver_notifications: true,
            custom_tweet: None,
            tweet_id: None,
        }
    }
}

/// What incidents and maintenances have in common: to Statuspage both are incidents.
#[derive(Clone, Debug, Serialize)]
pub struct CourseShape {
    pub id: String,
    pub name: String,
    pub status: &'static str,
    pub created_at: String,
    pub updated_at: String,
    pub monitoring_at: Option<String>,
    pub resolved_at: Option<String>,
    pub impact: &'static str,
    pub shortlink: String,
    pub started_at: String,
    pub page_id: String,
    /// Newest first.
    pub incident_updates: Vec<UpdateShape>,
    pub components: Vec<ComponentShape>,
}

/// An incident.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentShape {
    #[serde(flatten)]
    pub course: CourseShape,
    pub reminder_intervals: Option<String>,
}

/// A maintenance.
#[derive(Clone, Debug, Serialize)]
pub struct MaintenanceShape {
    #[serde(flatten)]
    pub course: CourseShape,
    pub scheduled_for: String,
    pub scheduled_until: String,
}

/// `summary.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Summary<'a> {
    pub page: PageShape<'a>,
    pub components: Vec<ComponentShape>,
    pub incidents: Vec<IncidentShape>,
    pub scheduled_maintenances: Vec<MaintenanceShape>,
    pub status: StatusShape,
}

/// `status.json`.
#[derive(Clone, Debug, Serialize)]
pub struct StatusDocument<'a> {
    pub page: PageShape<'a>,
    pub status: StatusShape,
}

/// `components.json`.
#[derive(Clone, Debug, Serialize)]
pub struct ComponentsDocument<'a> {
    pub page: PageShape<'a>,
    pub components: Vec<ComponentShape>,
}

/// `incidents.json` and its kin.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentsDocument<'a> {
    pub page: PageShape<'a>,
    pub incidents: Vec<IncidentShape>,
}

/// One incident.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentDocument<'a> {
    pub page: PageShape<'a>,
    pub incident: IncidentShape,
}

/// `scheduled-maintenances.json` and its kin.
#[derive(Clone, Debug, Serialize)]
pub struct MaintenancesDocument<'a> {
    pub page: PageShape<'a>,
    pub scheduled_maintenances: Vec<MaintenanceShape>,
}
