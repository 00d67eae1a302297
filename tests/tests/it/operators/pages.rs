//! The admin's forms, as a browser without scripts sends them.

use pharos_tests::{Operator, wait_for};
use serde_json::json;

use super::{node, open};
use crate::wait_for_page;

/// What a form of a page must carry, and the revision it was made from.
fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    page.split_once(&mark)
        .unwrap_or_else(|| panic!("no {name} in {page}"))
        .1
        .split('"')
        .next()
        .unwrap()
        .to_owned()
}

fn send(operator: &Operator, path: &str, fields: &[(&str, &str)]) -> pharos_tests::Response {
    let page = operator.page(path).unwrap().text();
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect()
    };
    let form = fields.iter().fold(format!("form={}", hidden(&page, "form")), |form, (name, value)| {
        form + "&" + &encoded(name) + "=" + &encoded(value)
    });
    operator.form(path, &form).unwrap()
}

#[test]
fn an_incident_is_opened_with_a_form_and_led_to_its_end() {
    let (_setup, pharos, _target, anna) = node();
    let fields = [
        ("action", "open"),
        ("title", "Checkout <b>slow</b>"),
        ("body", "We *know*"),
        ("status", "investigating"),
        ("status.web", "major_outage"),
    ];
    let answer = send(&anna, "/admin/incidents/new", &fields);
    assert_eq!(answer.status, 303, "{}", answer.text());
    let path = answer.header("location").unwrap().split('?').next().unwrap().to_owned();
    let page = anna.page(&path).unwrap().text();
    assert!(page.contains("Checkout &lt;b&gt;slow&lt;/b&gt;") && page.contains("<em>know</em>"), "{page}");
    let revision = hidden(&page, "revision");
    let fields =
        [("action", "update"), ("revision", revision.as_str()), ("status", "resolved"), ("body", "Done")];
    assert_eq!(send(&anna, &path, &fields).status, 303);
    wait_for("the public page to tell that it is over", || {
        pharos.get(path.trim_start_matches("/admin")).ok()?.text().contains("Resolved").then_some(())
    });
}

#[test]
fn what_was_typed_is_there_again_when_it_is_refused() {
    let (_setup, _pharos, _target, anna) = node();
    let fields = [
        ("action", "open"),
        ("title", "A title"),
        ("body", ""),
        ("status", "investigating"),
        ("status.web", "major_outage"),
    ];
    let answer = send(&anna, "/admin/incidents/new", &fields);
    let page = answer.text();
    assert_eq!(answer.status, 422);
    assert!(page.contains("value=\"A title\"") && page.contains("`body` is empty"), "{page}");
    assert!(page.contains("<option value=\"major_outage\" selected"), "{page}");
}

#[test]
fn the_second_of_two_operators_sees_what_is_new_and_keeps_what_they_wrote() {
    let (_setup, pharos, _target, anna) = node();
    let id = open(&anna);
    anna.add_user("rita", "responder").unwrap();
    let rita = Operator::sign_in(&pharos, "rita").unwrap();
    let path = format!("/admin/incidents/{id}");
    let seen = hidden(&anna.page(&path).unwrap().text(), "revision");
    let say = |operator: &Operator, body: &str| {
        send(
            operator,
            &path,
            &[("action", "update"), ("revision", &seen), ("status", "identified"), ("body", body)],
        )
    };
    assert_eq!(say(&anna, "It is the database").status, 303);
    let second = say(&rita, "It is the network");
    let page = second.text();
    assert_eq!(second.status, 412);
    assert!(
        page.contains("Somebody changed it while you wrote") && page.contains("It is the database"),
        "{page}"
    );
    assert!(page.contains(">It is the network</textarea>"), "{page}");
    let again = hidden(&page, "revision");
    let fields = [
        ("action", "update"),
        ("revision", again.as_str()),
        ("status", "identified"),
        ("body", "It is the network"),
    ];
    assert_eq!(send(&rita, &path, &fields).status, 303);
}

#[test]
fn a_preview_without_scripts_shows_what_readers_will_see_and_does_nothing() {
    let (_setup, _pharos, _target, anna) = node();
    let fields = [
        ("action", "preview"),
        ("title", "T"),
        ("body", "**bold** <script>x</script>"),
        ("status", "investigating"),
    ];
    let page = send(&anna, "/admin/incidents/new", &fields).text();
    assert!(page.contains("<strong>bold</strong> &lt;script&gt;"), "{page}");
    assert_eq!(anna.read("/incidents").unwrap()["incidents"].as_array().unwrap().len(), 0);
}

#[test]
fn a_preview_keeps_the_box_that_leaves_the_checks_in_the_lead() {
    let (_setup, _pharos, target, anna) = node();
    target.answer(500);
    let id = wait_for("an incident of the checks", || {
        let all = anna.read("/incidents").ok()?;
        Some(all["incidents"].as_array()?.first()?["id"].as_str()?.to_owned())
    });
    let fields =
        [("action", "preview"), ("status", "investigating"), ("body", "Looking"), ("annotate", "on")];
    let page = send(&anna, &format!("/admin/incidents/{id}"), &fields).text();
    let ticked =
        page.split("<input").any(|field| field.contains("\"annotate\"") && field.contains("checked"));
    assert!(ticked, "{page}");
}

#[test]
fn saving_what_stands_over_an_incident_leaves_the_titles_in_other_languages() {
    let (_setup, _pharos, _target, anna) = node();
    let title = json!({ "en": "Checkout is slow", "de": "Die Kasse ist langsam" });
    let made = json!({ "title": title, "body": "We know of it.", "components": [{ "component": "web", "status": "partial_outage" }] });
    let made = anna.act("POST", "/incidents", &made).unwrap();
    let path = format!("/admin/incidents/{}", made["id"].as_str().unwrap());
    let page = anna.page(&path).unwrap().text();
    let (revision, was) = (hidden(&page, "revision"), hidden(&page, "title.was"));
    let fields = [
        ("action", "edit"),
        ("revision", revision.as_str()),
        ("title", was.as_str()),
        ("title.was", was.as_str()),
        ("component.web", "on"),
        ("pinned", "on"),
    ];
    let saved = send(&anna, &path, &fields);
    assert_eq!(saved.status, 303, "{}", saved.text());
    let after = anna.read(&format!("/incidents/{}", made["id"].as_str().unwrap())).unwrap();
    assert_eq!((&after["title"]["de"], &after["pinned"]), (&title["de"], &json!(true)), "{after}");
}

#[test]
fn what_was_typed_into_one_form_stands_in_no_other_when_it_is_refused() {
    let (_setup, _pharos, _target, anna) = node();
    let series = json!({ "title": "Backups", "components": ["web"], "cron": "0 2 * * TUE", "minutes": 30 });
    let made = anna.act("POST", "/series", &series).unwrap();
    let id = made["id"].as_str().unwrap();
    let fields = [
        ("action", "save_series"),
        ("id", id),
        ("revision", "0"),
        ("title", "Backups at night"),
        ("component.web", "on"),
        ("cron", "never"),
        ("minutes", "30"),
    ];
    let refused = send(&anna, "/admin/maintenances", &fields);
    let page = refused.text();
    assert_eq!(refused.status, 422, "{page}");
    assert_eq!(page.matches("value=\"Backups at night\"").count(), 1, "{page}");
    let form = page.split("<form").find(|form| form.contains("Backups at night")).unwrap();
    assert!(form.contains(id), "{form}");
}

#[test]
fn a_secret_is_shown_once_and_lets_its_holder_in() {
    let (_setup, pharos, _target, anna) = node();
    let fields = [("action", "add"), ("name", "deploy"), ("scope.read", "on"), ("days", "30")];
    let page = send(&anna, "/admin/tokens", &fields).text();
    let secret = page.split_once("<code>pharos_").unwrap().1.split('<').next().unwrap();
    let token = Operator::nobody(&pharos).with_token(&format!("pharos_{secret}"));
    assert_eq!(token.api("GET", "/me", None).unwrap().status, 200);
    assert!(!anna.page("/admin/tokens").unwrap().text().contains(secret));
}

#[test]
fn maintenance_and_announcements_are_made_with_forms() {
    let (_setup, pharos, _target, anna) = node();
    let plan = [
        ("action", "plan"),
        ("title", "Database upgrade"),
        ("component.web", "on"),
        ("scheduled_start", "2030-01-01T02:00"),
        ("scheduled_end", "2030-01-01T03:00"),
    ];
    assert_eq!(send(&anna, "/admin/maintenances", &plan).status, 303);
    let series = [
        ("action", "save_series"),
        ("title", "Backups"),
        ("component.api", "on"),
        ("cron", "0 2 * * *"),
        ("minutes", "30"),
    ];
    assert_eq!(send(&anna, "/admin/maintenances", &series).status, 303);
    let announce =
        [("action", "make"), ("title", "New address"), ("body", "From *Monday* on"), ("until", "")];
    assert_eq!(send(&anna, "/admin/announcements", &announce).status, 303);
    for text in ["Database upgrade", "Backups", "New address", "<em>Monday</em>"] {
        wait_for_page(&pharos, text);
    }
    let bad = [
        ("action", "save_series"),
        ("title", "Backups"),
        ("component.api", "on"),
        ("cron", "often"),
        ("minutes", "30"),
    ];
    let answer = send(&anna, "/admin/maintenances", &bad);
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("value=\"often\""));
}
