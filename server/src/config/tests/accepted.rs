//! What a good file becomes.

use jiff::tz::TimeZone;
use pharos_engine::{AutoIncident, Check, CheckId, Source};
use pharos_model::{ComponentId, FurtherPage, Policy, Role, Status};

use super::{TOKEN, parsed};
use crate::config::Loaded;

const SMALL: &str = r#"
page:
  name: Example
components:
  - id: api
    name: Public API
    checks:
      - tcp: { address: "192.0.2.1:53" }
"#;

fn check(loaded: &Loaded, id: &str) -> Check {
    loaded.engine.checks.iter().find(|check| check.id.0 == id).unwrap().clone()
}

#[test]
fn a_small_file_has_the_documented_defaults() {
    let loaded = parsed(SMALL).unwrap();
    let check = check(&loaded, "api/tcp");
    assert_eq!(check.source, Source::Probe { interval_ms: 60_000, timeout_ms: 10_000 });
    assert_eq!((check.down_after, check.up_after), (2, 2));
    assert_eq!((check.degraded_over_ms, check.on_failure), (None, Status::MajorOutage));
    assert_eq!(check.component, Some(ComponentId::new("api").unwrap()));
    let weights = loaded.engine.definition.page.weights;
    assert_eq!((weights.partial_bp, weights.coverage_floor_bp), (3_000, 9_500));
    assert_eq!(loaded.engine.time_zone, TimeZone::UTC);
    assert_eq!(loaded.engine.definition.page.time_zone, "UTC");
    let policy = loaded.engine.policy(&ComponentId::new("api").unwrap());
    assert_eq!((policy.auto, policy.resolve_after_ms), (AutoIncident::Publish, 300_000));
    assert_eq!(loaded.probes[&CheckId("api/tcp".into())].timeout_ms, 10_000);
    assert!(loaded.warnings.is_empty() && loaded.heartbeats.iter().next().is_none());
}

#[test]
fn every_key_has_its_effect() {
    let loaded = parsed(
        r#"
page:
  name: Example
  description: How we are doing
  notice: Only a test
  time_zone: europe/berlin
  uptime: { partial_outage_weight: 50%, coverage_floor: 99.5% }
groups:
  - { id: core, name: Core services }
components:
  - id: api
    name: Public API
    description: What apps talk to
    group: core
    incidents: { auto: off, resolve_after: 90s }
    checks:
      - name: port
        tcp: { address: "192.0.2.1:53" }
        interval: 30s
        timeout: 5s
        down_after: 3
        up_after: 1
        degraded_over: 800ms
        on_failure: partial_outage
"#,
    )
    .unwrap();
    let page = &loaded.engine.definition.page;
    assert_eq!((page.description.plain(), page.notice.plain()), ("How we are doing", "Only a test"));
    assert_eq!(page.time_zone, "Europe/Berlin");
    assert_eq!(loaded.engine.time_zone.iana_name(), Some("Europe/Berlin"));
    assert_eq!((page.weights.partial_bp, page.weights.coverage_floor_bp), (5_000, 9_950));
    let component = &loaded.engine.definition.components[0];
    assert_eq!(component.group.as_ref().map(ToString::to_string).as_deref(), Some("core"));
    assert_eq!(component.description.plain(), "What apps talk to");
    let policy = loaded.engine.policy(&component.id);
    assert_eq!((policy.auto, policy.resolve_after_ms), (AutoIncident::Off, 90_000));
    let check = check(&loaded, "api/port");
    assert_eq!(check.source, Source::Probe { interval_ms: 30_000, timeout_ms: 5_000 });
    assert_eq!((check.down_after, check.up_after), (3, 1));
    assert_eq!((check.degraded_over_ms, check.on_failure), (Some(800), Status::PartialOutage));
}

#[test]
fn a_short_interval_shortens_the_default_timeout() {
    let loaded =
        parsed(&SMALL.replace("\"192.0.2.1:53\" }", "\"192.0.2.1:53\" }\n        interval: 3s")).unwrap();
    let source = check(&loaded, "api/tcp").source;
    assert_eq!(source, Source::Probe { interval_ms: 3_000, timeout_ms: 3_000 });
}

#[test]
fn a_reference_target_speaks_for_no_component() {
    let text = format!(
        "reference:\n  - tcp: {{ address: \"192.0.2.9:53\" }}\n  - tcp: {{ address: \"192.0.2.8:53\" }}\n{SMALL}"
    );
    let loaded = parsed(&text).unwrap();
    let references: Vec<&str> = loaded
        .engine
        .checks
        .iter()
        .filter(|check| check.component.is_none())
        .map(|check| check.id.0.as_str())
        .collect();
    assert_eq!(references, ["@reference/tcp-1", "@reference/tcp-2"]);
    assert!(references.iter().all(|id| loaded.probes.contains_key(&CheckId((*id).to_owned()))));
}

#[test]
fn a_heartbeat_is_found_by_the_token_from_the_environment() {
    let text =
        SMALL.replace("tcp: { address: \"192.0.2.1:53\" }", "push: { token: \"${TOKEN}\", period: 1d }");
    let loaded = parsed(&text).unwrap();
    let push = loaded.heartbeats.find(TOKEN).unwrap();
    assert_eq!((push.check.0.as_str(), push.period_ms, push.grace_ms), ("api/push", 86_400_000, 60_000));
    assert_eq!(
        check(&loaded, "api/push").source,
        Source::Heartbeat { period_ms: 86_400_000, grace_ms: 60_000 }
    );
    assert!(loaded.probes.is_empty());
}

#[test]
fn the_environment_may_stand_in_any_value_and_keep_its_type() {
    let text = SMALL.replace("Public API", "${NAME:-The API}") + "        down_after: ${COUNT:-7}\n";
    let loaded = parsed(&text).unwrap();
    assert_eq!(loaded.engine.definition.components[0].name.plain(), "The API");
    assert_eq!(check(&loaded, "api/tcp").down_after, 7);
}

#[test]
fn a_group_without_components_is_a_warning() {
    let loaded = parsed(&format!("groups:\n  - {{ id: core, name: Core }}\n{SMALL}")).unwrap();
    let [warning] = loaded.warnings.as_slice() else { panic!("{:?}", loaded.warnings) };
    assert_eq!(
        warning.text("pharos.yaml"),
        "pharos.yaml:2:11: no component stands in the group `core`\n  |\n2 |   - { id: core, name: Core }\n  |           \
         ^^^^\nhint: it is not shown on the page"
    );
}

#[test]
fn numbers_and_words_may_be_names() {
    for name in ["2024", "true", "0x10", "1.10", "No"] {
        let loaded = parsed(&SMALL.replace("Public API", name)).unwrap();
        assert_eq!(loaded.engine.definition.components[0].name.plain(), name);
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_no_matter() {
    let text = format!("\u{feff}{}", SMALL.replace('\n', "\r\n"));
    assert_eq!(parsed(&text).unwrap().engine.definition.page.name.plain(), "Example");
    let error = parsed(&text.replace("name: Public", "nam: Public")).unwrap_err().to_string();
    assert!(error.contains("pharos.yaml:6:5: unknown key `nam`\n  |\n6 |     nam: Public API\n"), "{error}");
}

#[test]
fn equal_files_have_equal_digests() {
    assert_eq!(parsed(SMALL).unwrap().digest, parsed(SMALL).unwrap().digest);
    assert_ne!(parsed(SMALL).unwrap().digest, parsed(&format!("{SMALL}\n")).unwrap().digest);
}

#[test]
fn how_the_page_looks_and_where_else_it_is_is_taken() {
    let text = SMALL.replace(
        "name: Example",
        r##"name: Example
  url: https://status.example.com/
  base_path: /status/
  language: de
  theme: { accent: "#0A6077", logo: logo.svg, logo_dark: logo.svg, stylesheet: status.css }
  links:
    header: [{ text: { de: Hilfe, en: Help }, url: /hilfe }]
    footer: [{ text: Impressum, url: "https://www.example.com/impressum" }]
  mirrors: ["https://status.example.net"]
  wires: { banner: statuspage, security_contact: "mailto:security@example.com", mcp: false }"##,
    );
    let loaded = parsed(&text).unwrap();
    let page = &loaded.engine.definition.page;
    assert_eq!(
        (page.language.as_str(), page.presentation.url.as_str(), page.presentation.base_path.as_str()),
        ("de", "https://status.example.com", "/status")
    );
    let presentation = &page.presentation;
    assert_eq!(presentation.accent, "#0a6077");
    assert_ne!((presentation.accent_dark.as_str(), presentation.accent_dark.len()), ("#0a6077", 0));
    let [link] = presentation.header_links.as_slice() else { panic!("{presentation:?}") };
    assert_eq!((link.text.plain(), link.text.of("en"), link.url.as_str()), ("Hilfe", "Help", "/hilfe"));
    assert_eq!(presentation.footer_links.len(), 1);
    assert_eq!(presentation.mirrors, ["https://status.example.net"]);
    assert!(presentation.is_banner_exact && presentation.is_mcp_off);
    assert_eq!(presentation.security_contact, "mailto:security@example.com");
    let media_type = |name: &str| loaded.brand.find(name).map(|file| file.media_type);
    assert_eq!(media_type(&presentation.logo), Some("image/svg+xml"));
    assert_eq!(media_type(&presentation.logo_dark), Some("image/svg+xml"));
    assert_eq!(media_type(&presentation.stylesheet), Some("text/css; charset=utf-8"));
}

#[test]
fn a_further_page_is_the_main_one_but_for_what_it_says_itself() {
    let text = r##"
page:
  name: Example
  description: How we are doing
  url: "http://status.example.com:8080"
  base_path: /status
  language: de
  theme: { accent: "#0a6077", logo: logo.svg }
  mirrors: ["https://status.example.net"]
groups: [{ id: core, name: Core }]
pages:
  - { id: partners, path: /partners/, name: Partner, components: [db, "group:core"] }
  - { id: shop, host: Shop.Example.com, name: Laden, notice: Umbau, components: [db-b], theme: { accent: "#7a0c2e" } }
components:
  - { id: db, name: DB, redundancy: { policy: any, members: [db-a, db-b] } }
  - { id: db-a, name: A, checks: [] }
  - { id: db-b, name: B, checks: [] }
  - { id: web, name: Web, group: core, checks: [] }
  - { id: mail, name: Mail, checks: [] }
"##;
    let loaded = parsed(text).unwrap();
    let [partners, shop] = loaded.engine.pages.as_slice() else { panic!("{:?}", loaded.engine.pages) };
    let ids = |page: &FurtherPage| page.components.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (ids(partners), partners.alone.len()),
        (vec!["db".into(), "db-a".into(), "db-b".into(), "web".into()], 0)
    );
    assert_eq!(
        (ids(shop), shop.alone.len(), shop.host.as_str()),
        (vec!["db-b".to_owned()], 1, "shop.example.com")
    );
    let main = &loaded.engine.definition.page;
    let (at, own) = (&partners.page.presentation, &shop.page.presentation);
    assert_eq!(
        (at.address(), own.address()),
        ("http://status.example.com:8080/status/partners".into(), "http://shop.example.com:8080".into())
    );
    assert_eq!((partners.page.name.plain(), &partners.page.description), ("Partner", &main.description));
    assert_eq!((shop.page.notice.plain(), shop.page.language.as_str()), ("Umbau", "de"));
    assert_eq!(
        (&at.logo, &at.mirrors, at.is_mcp_off),
        (&main.presentation.logo, &main.presentation.mirrors, true)
    );
    assert_eq!((own.accent.as_str(), own.logo.as_str(), own.mirrors.len()), ("#7a0c2e", "", 0));
}

#[test]
fn texts_may_be_given_in_several_languages() {
    let text = SMALL
        .replace("name: Example", "name: { en: Example, ja: 例 }")
        .replace("name: Public API", "name:\n      en: 1.10\n      de: Öffentliche API");
    let loaded = parsed(&text).unwrap();
    assert_eq!(loaded.engine.definition.page.name.of("ja"), "例");
    let name = &loaded.engine.definition.components[0].name;
    assert_eq!((name.of("de"), name.of("fr")), ("Öffentliche API", "1.10"));
}

#[test]
fn planned_work_is_in_the_zone_of_the_page_unless_it_says_otherwise() {
    let text = SMALL.replace("name: Example", "name: Example\n  time_zone: Europe/Berlin")
        + "maintenances:\n  - { id: db, title: Upgrade, components: [api, api], starts: 2026-12-01 22:00, \
           ends: \"2026-12-01T22:30:00Z\" }\n";
    let loaded = parsed(&text).unwrap();
    let [planned] = loaded.engine.maintenances.as_slice() else { panic!("{:?}", loaded.engine.maintenances) };
    let moment = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert_eq!(planned.scheduled_start.0, moment("2026-12-01T21:00:00Z"));
    assert_eq!(planned.scheduled_end.0, moment("2026-12-01T22:30:00Z"));
    assert_eq!(planned.components, [ComponentId::new("api").unwrap()]);
}

#[test]
fn each_part_of_a_document_is_a_check_of_the_component_it_speaks_for() {
    let loaded = parsed(
        "page: { name: Test }
components:
  - id: api
    name: API
    checks:
      - health: { url: 'http://127.0.0.1:1/health', parts: { database: db, 'shards/*': search } }
        interval: 15s
        down_after: 3
  - { id: db, name: Database, checks: [] }
  - { id: search, name: Search, checks: [] }
",
    )
    .unwrap();
    let part = check(&loaded, "api/health/database");
    assert_eq!(part.component.as_ref().map(ComponentId::as_str), Some("db"));
    assert_eq!((part.source, part.down_after), (Source::Part { interval_ms: 15_000, timeout_ms: 10_000 }, 3));
    assert_eq!(check(&loaded, "api/health/shards/*").component.unwrap().as_str(), "search");
}

#[test]
fn members_of_a_redundant_component_stand_below_it_and_open_no_incidents_of_their_own() {
    let loaded = parsed(
        "page: { name: Test }
components:
  - id: db
    name: Database
    redundancy:
      policy: primary_standby
      members: [db-a, db-b]
      roles: { db-a: primary, db-b: standby }
      switch_time: 1m
      objectives: { rto: 60s, rpo: 5s }
      visible_to: operators
  - { id: db-a, name: A, checks: [] }
  - { id: db-b, name: B, checks: [], incidents: { auto: publish } }
",
    )
    .unwrap();
    let id = |id: &str| ComponentId::new(id).unwrap();
    let rule = &loaded.engine.redundancy[&id("db")];
    assert_eq!((rule.policy, rule.switch_time_ms, rule.is_public), (Policy::PrimaryStandby, 60_000, false));
    assert_eq!((rule.rto_objective_ms, rule.rpo_objective_ms), (Some(60_000), Some(5_000)));
    let roles: Vec<_> = rule.members.iter().map(|member| (member.weight, member.role)).collect();
    assert_eq!(roles, [(1, Some(Role::Primary)), (1, Some(Role::Standby))]);
    let members: Vec<bool> =
        loaded.engine.definition.components.iter().map(|component| component.is_member).collect();
    assert_eq!(members, [false, true, true]);
    let auto = |component: &str| loaded.engine.policy(&id(component)).auto;
    assert_eq!((auto("db"), auto("db-a")), (AutoIncident::Publish, AutoIncident::Off));
    assert_eq!(auto("db-b"), AutoIncident::Publish);
}

#[test]
fn a_component_is_a_suppliers_word_where_nobody_else_tells_of_it() {
    let loaded = parsed(
        r#"
page: { name: Example }
components:
  - id: github
    name: GitHub
    checks:
      - supplier: { url: "https://www.githubstatus.com", name: " GitHub ", parts: { Actions: builds, Pages: site } }
  - { id: builds, name: Builds, checks: [] }
  - id: site
    name: Site
    checks:
      - tcp: { address: "192.0.2.1:53" }
  - id: both
    name: Both
    checks:
      - { name: a, supplier: { url: "https://a.example.com", name: A } }
      - { name: b, supplier: { url: "https://b.example.com", name: B, component: API } }
"#,
    )
    .unwrap();
    let named = loaded.engine.definition.components.iter();
    let suppliers: Vec<(&str, &str)> =
        named.filter_map(|one| Some((one.id.as_str(), one.supplier.as_ref()?.plain()))).collect();
    assert_eq!(suppliers, [("github", "GitHub"), ("builds", "GitHub")]);
    let part = check(&loaded, "github/supplier/Actions");
    assert!(matches!(part.source, Source::Part { .. }), "{part:?}");
}

#[test]
fn a_file_in_which_each_level_has_all_members_of_the_next_is_read_to_its_end() {
    use std::fmt::Write as _;

    const WIDTH: usize = 20;
    let mut file = String::from("page: { name: Example }\ncomponents:\n");
    for level in 0..8 {
        for place in 0..WIDTH {
            let looked_at = "checks: [{ tcp: { address: \"192.0.2.1:53\" } }]".to_owned();
            let members = || {
                let below: Vec<String> = (0..WIDTH).map(|below| format!("l{}-{below}", level - 1)).collect();
                format!("redundancy: {{ policy: any, members: [{}] }}", below.join(", "))
            };
            let made_of = if level == 0 { looked_at } else { members() };
            let _ = writeln!(file, "  - {{ id: l{level}-{place}, name: Example, {made_of} }}");
        }
    }
    assert_eq!(parsed(&file).unwrap().engine.redundancy.len(), 7 * WIDTH);
}
