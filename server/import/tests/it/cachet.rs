//! Pages of Cachet, by their address and by saved answers.

use async_trait::async_trait;
use pharos_import::{Haul, ImportError, Input, Reach, Spot, named};
use url::Url;

use crate::refused;
use crate::shown::shown;

/// A page that answers these paths, and no others.
struct Page(&'static [(&'static str, &'static str)]);

#[async_trait]
impl Reach for Page {
    async fn get(&self, url: &Url, _: usize) -> Result<Vec<u8>, ImportError> {
        assert_eq!(url.host_str(), Some("status.example.com"), "{url}");
        let path = url.as_str().trim_start_matches("https://status.example.com");
        let found = self.0.iter().find(|(known, _)| *known == path);
        let missing =
            || ImportError::new(Spot::of(url.as_str()), "it answers 404 Not Found", "check the address");
        found.map(|(_, body)| body.as_bytes().to_vec()).ok_or_else(missing)
    }
}

async fn asked(page: &Page) -> Result<Haul, ImportError> {
    let given = ["https://status.example.com".to_owned()];
    named("cachet").unwrap().read(&Input { given: &given, reach: page, page: None }).await
}

const SECOND: Page = Page(&[
    (
        "/api/v1/components?per_page=100&page=1",
        r#"{"meta":{"pagination":{"total":3,"count":2,"per_page":2,"current_page":1,"total_pages":2,"links":{"next_page":"http://127.0.0.1/stolen","previous_page":null}}},
            "data":[{"id":1,"name":"Web site","description":"What people see","link":"https://www.example.com","status":1,"order":2,"group_id":1,"enabled":true,
                     "created_at":"2025-01-01 00:00:00","updated_at":"2026-01-02 10:30:00","deleted_at":null,"status_name":"Operational"},
                    {"id":2,"name":"API","description":"","link":"","status":3,"order":1,"group_id":1,"enabled":true,"updated_at":"2026-01-03 09:00:00"}]}"#,
    ),
    (
        "/api/v1/components?per_page=100&page=2",
        r#"{"meta":{"pagination":{"total_pages":2}},"data":[
            {"id":3,"name":"Staff","description":"","status":1,"order":0,"group_id":2,"enabled":true,"updated_at":"2026-01-03 09:00:00"},
            {"id":4,"name":"Old","description":"","status":1,"order":0,"group_id":0,"enabled":false,"updated_at":"2026-01-03 09:00:00"},
            {"id":5,"name":"Alone","description":"","status":0,"order":0,"group_id":0,"enabled":true,"updated_at":"2026-01-03 09:00:00"}]}"#,
    ),
    (
        "/api/v1/components/groups?per_page=100&page=1",
        r#"{"meta":{"pagination":{"total_pages":1}},"data":[{"id":1,"name":"Services","order":1,"collapsed":1,"visible":1},{"id":2,"name":"Inside","order":0,"collapsed":0,"visible":0}]}"#,
    ),
    (
        "/api/v1/incidents?per_page=100&page=1",
        r#"{"meta":{"pagination":{"total_pages":1}},"data":[
            {"id":1,"component_id":1,"name":"Slow pages","status":4,"visible":1,"stickied":false,"message":"We **look** into it.","occurred_at":"2026-01-02 09:50:00",
             "created_at":"2026-01-02 10:00:00","updated_at":"2026-01-02 10:30:00","human_status":"Fixed",
             "updates":[{"id":2,"incident_id":1,"status":4,"message":"Over.","created_at":"2026-01-02 10:30:00"},
                        {"id":1,"incident_id":1,"status":2,"message":"Found.","created_at":"2026-01-02 10:10:00"}]},
            {"id":2,"component_id":2,"name":"API fails","status":1,"visible":1,"stickied":true,"message":"","created_at":"2026-01-03 09:00:00","updated_at":"2026-01-03 09:00:00","updates":[]},
            {"id":3,"component_id":9,"name":"For staff","status":1,"visible":0,"message":"secret","created_at":"2026-01-03 09:00:00"},
            {"id":4,"component_id":0,"name":"Was planned","status":0,"visible":1,"message":"","created_at":"2026-01-03 09:00:00"}]}"#,
    ),
    (
        "/api/v1/schedules?per_page=100&page=1",
        r#"{"meta":{"pagination":{"total_pages":1}},"data":[
            {"id":1,"name":"New disks","message":"No orders.","status":2,"scheduled_at":"2026-01-01 22:00:00","completed_at":"2026-01-01 23:00:00","created_at":"2025-12-30 00:00:00",
             "components":[{"id":1,"schedule_id":1,"component_id":1,"component_status":4}]},
            {"id":2,"name":"New racks","message":"","status":0,"scheduled_at":"2026-02-01 22:00:00","completed_at":null,"created_at":"2025-12-30 00:00:00","components":[{"component_id":2}]}]}"#,
    ),
    (
        "/api/v1/metrics?per_page=100&page=1",
        r#"{"meta":{"pagination":{"total_pages":1}},"data":[{"id":1,"name":"Orders","suffix":"per minute"}]}"#,
    ),
]);

const THIRD: Page = Page(&[
    (
        "/api/components?per_page=100&page=1",
        r#"{"data":[{"id":"1","type":"components","attributes":{"id":1}}],"links":{"next":null}}"#,
    ),
    (
        "/api/components?per_page=100&page=1&include=group",
        r#"{"data":[{"id":"1","type":"components","attributes":{"id":1,"name":"API","description":"What apps talk to","link":null,"order":0,"status":{"human":"Major Outage","value":4},
              "enabled":true,"updated":{"human":"now","string":"2026-01-03 09:00:00"}},"relationships":{"group":{"data":{"id":"7","type":"componentGroups"}}}}],
            "links":{"first":"x","next":null}}"#,
    ),
    (
        "/api/component-groups?per_page=100&page=1&include=components",
        r#"{"data":[{"id":"7","type":"componentGroups","attributes":{"id":7,"name":"Services","order":0,"collapsed":0,"visible":1}}],"links":{"next":null}}"#,
    ),
    (
        "/api/incidents?per_page=100&page=1&include=components%2Cupdates",
        r#"{"data":[{"id":"3","type":"incidents","attributes":{"id":3,"guid":"g","name":"API fails","message":"We look.","visible":1,"stickied":true,"status":{"human":"Identified","value":2},
              "occurred":{"human":null,"string":null},"created":{"human":"x","string":"2026-01-03 09:00:00"},"updated":{"human":"x","string":"2026-01-03 09:20:00"}},
              "relationships":{"components":{"data":[{"id":"1","type":"components"}]},"updates":{"data":[{"id":"11","type":"updates"}]}}}],
            "included":[{"id":"11","type":"updates","attributes":{"id":11,"message":"Found.","status":{"human":"Identified","value":2},"created":{"human":"x","string":"2026-01-03 09:20:00"}}}],
            "links":{"next":null}}"#,
    ),
    (
        "/api/schedules?per_page=100&page=1&include=components%2Cupdates",
        r#"{"data":[{"id":"2","type":"schedules","attributes":{"id":2,"name":"New racks","message":"","status":{"human":"Upcoming","value":0},
              "scheduled":{"string":"2026-02-01 22:00:00"},"completed":{"string":"2026-02-01 23:00:00"},"created":{"string":"2025-12-30 00:00:00"}},
              "relationships":{"components":{"data":[{"id":"1","type":"components"}]}}}],"links":{"next":null}}"#,
    ),
]);

#[tokio::test]
async fn a_page_of_version_2_is_asked_page_after_page() {
    let haul = asked(&SECOND).await.unwrap();
    let text = shown(&haul, "https://status.example.com");
    assert!(!text.contains("secret"), "{text}");
    insta::assert_snapshot!("cachet_2", text);
}

#[tokio::test]
async fn a_page_of_version_3_is_read_with_what_comes_along() {
    let haul = asked(&THIRD).await.unwrap();
    insta::assert_snapshot!("cachet_3", shown(&haul, "https://status.example.com"));
}

#[tokio::test]
async fn saved_answers_say_the_same_as_the_page() {
    let folder = tempfile::tempdir().unwrap();
    for (name, path) in [
        ("components-1.json", "/api/v1/components?per_page=100&page=1"),
        ("components-2.json", "/api/v1/components?per_page=100&page=2"),
        ("groups.json", "/api/v1/components/groups?per_page=100&page=1"),
        ("incidents.json", "/api/v1/incidents?per_page=100&page=1"),
        ("schedules.json", "/api/v1/schedules?per_page=100&page=1"),
    ] {
        let body = SECOND.0.iter().find(|(known, _)| *known == path).unwrap().1;
        std::fs::write(folder.path().join(name), body).unwrap();
    }
    let given = folder.path().display().to_string();
    let saved = crate::read("cachet", &[given], None).await.unwrap();
    let asked = asked(&SECOND).await.unwrap();
    assert_eq!(saved.components, asked.components);
    assert_eq!(
        (saved.turns, saved.incidents, saved.maintenances),
        (asked.turns, asked.incidents, asked.maintenances)
    );
}

#[tokio::test]
async fn a_page_that_is_none_of_cachet_is_refused() {
    let error = asked(&Page(&[])).await.err().map(|error| error.to_string()).unwrap();
    assert!(error.contains("neither /api/components nor /api/v1/components answers there"), "{error}");
}

#[tokio::test]
async fn a_page_that_never_ends_is_read_up_to_a_bound() {
    struct Endless;

    #[async_trait]
    impl Reach for Endless {
        async fn get(&self, url: &Url, _: usize) -> Result<Vec<u8>, ImportError> {
            let number = url.query_pairs().find(|(key, _)| key == "page").unwrap().1.into_owned();
            Ok(format!(r#"{{"data":[{{"id":{number},"name":"A","created_at":"2026-01-01 00:00:00","status":1}}],"links":{{"next":"x"}}}}"#).into_bytes())
        }
    }

    let given = ["https://status.example.com".to_owned()];
    let input = Input { given: &given, reach: &Endless, page: None };
    let haul = named("cachet").unwrap().read(&input).await.unwrap();
    assert_eq!(haul.components.len(), pharos_import::limits::CACHET_PAGES_MAX);
    assert!(haul.left.iter().any(|left| left.what == "what comes after"), "{:?}", haul.left.first());
}

#[tokio::test]
async fn mistakes_are_told_with_their_places() {
    for (name, text, wanted) in [
        ("components.json", r#"{"data":[{"name":"A"}]}"#, "(data[0]): `id` is missing"),
        (
            "components.json",
            r#"{"data":[{"id":1,"name":"A","status":9}]}"#,
            "(data[0]): its `status` is 9, which is no status of a component",
        ),
        ("components.json", r#"{"data":{}}"#, "(data): a list is expected here, not a section of keys"),
        (
            "components.json",
            r#"[{"id":1,"name":{"a":1}}]"#,
            "([0].name): a text is expected here, not a section of keys",
        ),
        (
            "incidents.json",
            r#"{"data":[{"id":1,"name":"A","status":1}]}"#,
            "(data[0]): it does not say when it was created",
        ),
        (
            "incidents.json",
            r#"{"data":[{"id":1,"name":"A","created_at":"noon"}]}"#,
            "(data[0].created_at): `noon` is no moment",
        ),
        (
            "incidents.json",
            r#"{"data":[{"id":1,"name":"A","status":99999999999999999999,"created_at":"2026-01-01 00:00:00"}]}"#,
            "(data[0].status): `",
        ),
        ("incidents.json", "{\"data\":[", ":1:9: it is not JSON"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let error = refused("cachet", &[path.display().to_string()], None).await;
        let place = format!("{}{}{wanted}", path.display(), if wanted.starts_with(':') { "" } else { " " });
        assert!(error.starts_with(&place), "{error}");
    }
}
