//! Several places that look at one thing: real agents, each with an address of its own by which the target tells them apart.

use std::net::{IpAddr, Ipv4Addr};

use pharos_model::Status;
use pharos_test_servers::Postgres;
use pharos_tests::{Agent, EventStream, Operator, Pharos, Setup, Target, request, send, wait_for};
use serde_json::{Value, json};

use crate::{wait_for_page, wait_for_status};

const FRA: &str = "frankfurt-agent-token-0001";
const SIN: &str = "singapore-agent-token-0002";
/// Where the agents look from.
const FROM_FRA: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));
const FROM_SIN: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 4));

/// A page with one component that is looked at every second, as `vantages` says.
fn config(target: &Target, vantages: &str, more: &str) -> String {
    format!(
        "page: {{ name: Example }}
{more}
vantages:
  - {{ id: fra, name: Frankfurt, token: {FRA} }}
  - {{ id: sin, name: Singapore, token: {SIN} }}
components:
  - id: api
    name: Public API
    checks:
      - http: {{ url: \"http://{}/\" }}
        interval: 1s
        timeout: 900ms
        vantages: {vantages}
",
        target.address
    )
}

fn servers(pharos: &Pharos) -> Vec<String> {
    vec![format!("http://{}", pharos.address)]
}

fn incidents(pharos: &Pharos) -> anyhow::Result<usize> {
    Ok(EventStream::open(pharos.address, None)?.next_fact()?.snapshot()?.incidents.len())
}

fn wait_for_verdict(anna: &Operator, check: &str, verdict: &str) {
    wait_for(&format!("{check} to be held {verdict}"), || {
        let checks = anna.read("/checks").ok()?;
        let known = checks.as_array()?.iter().find(|known| known["id"] == check)?.clone();
        (known["verdict"] == verdict).then_some(())
    });
}

#[test]
fn a_failure_that_one_vantage_sees_is_no_outage_and_that_of_two_is_one() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&config(&target, "{ from: [here, fra, sin] }", "")).unwrap();
    let pharos = setup.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    let mut with_a_dead_one = vec!["http://127.0.0.1:1".to_owned()];
    with_a_dead_one.extend(servers(&pharos));
    let _fra = Agent::start(&with_a_dead_one, (setup.path(), FRA), FROM_FRA).unwrap();
    let mut sin = Agent::start(&servers(&pharos), (setup.path(), SIN), FROM_SIN).unwrap();
    for check in ["api/http", "api/http@fra", "api/http@sin"] {
        wait_for_verdict(&anna, check, "operational");
    }
    wait_for_status(&pharos, "api", Status::Operational);

    target.answer_to(FROM_FRA, 500);
    wait_for_verdict(&anna, "api/http@fra", "major_outage");
    wait_for_status(&pharos, "api", Status::Operational);
    assert_eq!(incidents(&pharos).unwrap(), 0);

    target.answer_to(FROM_SIN, 500);
    wait_for_status(&pharos, "api", Status::MajorOutage);
    assert_eq!(incidents(&pharos).unwrap(), 1);
    wait_for_page(&pharos, "Public API");
    let page = pharos.get("/components/api").unwrap().text();
    let rows = page.split_once("id=\"seen-from\"").unwrap().1;
    for text in ["Our own servers", "Frankfurt", "Singapore", "Operational", "Major outage"] {
        assert!(rows.contains(text), "{text}: {rows}");
    }

    target.answer_to(FROM_FRA, 200);
    wait_for_status(&pharos, "api", Status::Operational);
    assert!(sin.stop().unwrap().success());
    assert!(sin.log().contains("everything that was seen is handed in"), "{}", sin.log());
}

#[test]
fn what_an_agent_saw_while_it_was_cut_off_comes_in_late_with_its_own_times() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&config(&target, "{ from: [here, fra], down_when: 1 }", "")).unwrap();
    let pharos = setup.start().unwrap();
    let fra = Agent::start(&servers(&pharos), (setup.path(), FRA), FROM_FRA).unwrap();
    let anna = Operator::first(&pharos).unwrap();
    wait_for_verdict(&anna, "api/http@fra", "operational");
    let listened = pharos.address.to_string();
    pharos.kill().unwrap();
    target.answer_to(FROM_FRA, 500);
    let before = target.asked_from(FROM_FRA);
    wait_for("the agent to look while nobody answers", || {
        (target.asked_from(FROM_FRA) >= before + 5).then_some(())
    });
    target.answer_to(FROM_FRA, 200);
    fra.wait_for_log("no server takes what is seen");
    let pharos = setup.start_on(&listened).unwrap();

    // What the node did not see itself, the agent did.
    let failed_within = |gap: (jiff::Timestamp, jiff::Timestamp), looks: &[(jiff::Timestamp, String)]| {
        looks.iter().filter(|(at, status)| *at > gap.0 && *at < gap.1 && status == "major_outage").count()
    };
    wait_for("what was seen meanwhile", || {
        let own = looks(&anna, "api%2Fhttp")?;
        let pairs = own.windows(2).map(|pair| (pair[0].0, pair[1].0));
        let gap = pairs.max_by_key(|(from, until)| until.duration_since(*from))?;
        (failed_within(gap, &looks(&anna, "api%2Fhttp%40fra")?) >= 4).then_some(())
    });
    wait_for_status(&pharos, "api", Status::Operational);
    assert_eq!(incidents(&pharos).unwrap(), 0, "what was seen long ago is no outage of now");
    assert!(fra.log().contains("a server answers again"), "{}", fra.log());
}

/// What a check saw when, the oldest first.
fn looks(anna: &Operator, check: &str) -> Option<Vec<(jiff::Timestamp, String)>> {
    let found = anna.read(&format!("/checks/{check}/observations?limit=100")).ok()?;
    let look = |look: &Value| Some((look["at"].as_str()?.parse().ok()?, look["status"].as_str()?.to_owned()));
    let mut looks: Vec<_> = found.as_array()?.iter().filter_map(look).collect();
    looks.sort();
    Some(looks)
}

#[test]
fn what_a_blind_agent_sees_tells_nothing() {
    let (target, reference) = (Target::start().unwrap(), Target::start().unwrap());
    let references = format!(
        "reference:\n  - http: {{ url: \"http://{}/\" }}\n    interval: 1s\n    timeout: 900ms",
        reference.address
    );
    let setup = Setup::new(&config(&target, "{ from: [fra] }", &references)).unwrap();
    let pharos = setup.start().unwrap();
    let fra = Agent::start(&servers(&pharos), (setup.path(), FRA), FROM_FRA).unwrap();
    wait_for_status(&pharos, "api", Status::Operational);
    reference.answer_to(FROM_FRA, 500);
    fra.wait_for_log("blind");
    target.answer_to(FROM_FRA, 500);
    wait_for_status(&pharos, "api", Status::Unknown);
    assert_eq!(incidents(&pharos).unwrap(), 0);
    reference.answer_to(FROM_FRA, 200);
    wait_for_status(&pharos, "api", Status::MajorOutage);
}

#[test]
fn whoever_has_no_token_of_a_vantage_is_told_nothing_and_slowed_down() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&config(&target, "{ from: [here, fra] }", "")).unwrap();
    let pharos = setup.start().unwrap();
    let wrong = "guessed-agent-token-00000";
    let agent = Agent::start(&servers(&pharos), (setup.path(), wrong), FROM_FRA).unwrap();
    agent.wait_for_log("the token is not that of any vantage");
    assert!(!agent.log().contains(wrong) && !pharos.log().contains(wrong));
    let bearer = format!("Bearer {wrong}");
    let asked: Vec<u16> = (0..20)
        .map(|_| {
            request(pharos.address, "GET", "/agent/assignment", &[("authorization", &bearer)]).unwrap().status
        })
        .collect();
    assert!(asked[0] == 401 && asked.contains(&429), "{asked:?}");
    let good = format!("Bearer {FRA}");
    let answer = request(pharos.address, "GET", "/agent/assignment", &[("authorization", &good)]).unwrap();
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    assert!(answer.text().contains("api/http@fra") && !answer.text().contains("@sin"), "{}", answer.text());
    let tag = answer.header("etag").unwrap();
    let again = [("authorization", good.as_str()), ("if-none-match", tag)];
    assert_eq!(request(pharos.address, "GET", "/agent/assignment", &again).unwrap().status, 304);
}

#[test]
fn results_with_wrong_times_are_refused_one_by_one() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&config(&target, "{ from: [here, fra] }", "")).unwrap();
    let pharos = setup.start().unwrap();
    let good = format!("Bearer {FRA}");
    let result = |at: i64| {
        let seen = json!({
            "at": at,
            "status": "operational",
            "stages_us": [null, null, null, null, null],
            "queued_us": 0,
        });
        json!({ "check": "api/http@fra", "scheduled_at": at, "seen": seen })
    };
    let body = json!({ "results": [result(0), result(i64::MAX)] }).to_string();
    let headers = [("authorization", good.as_str()), ("content-type", "application/json")];
    let answer = send(pharos.address, "POST", "/agent/results", (&headers, Some(&body))).unwrap();
    let taken: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, taken["accepted"].as_u64()), (200, Some(0)));
    assert_eq!(taken["refused"].as_array().unwrap().len(), 2, "{taken}");
    let many: Vec<Value> = (0..501).map(result).collect();
    let body = json!({ "results": many }).to_string();
    let answer = send(pharos.address, "POST", "/agent/results", (&headers, Some(&body))).unwrap();
    assert_eq!(answer.status, 413);
    let answer = send(pharos.address, "POST", "/agent/results", (&headers, Some("{"))).unwrap();
    assert_eq!(answer.status, 400);
}

#[test]
fn what_an_agent_hands_in_at_a_node_that_follows_is_taken_by_the_one_that_leads() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&config(&target, "{ from: [fra] }", "")).unwrap();
    let server = Postgres::primary();
    let database = server.address(&server.database());
    let node = |name: &str| setup.start_with(&["--database", &database, "--node-name", name]).unwrap();
    let (leader, follower) = (node("leader"), node("follower"));
    let _fra = Agent::start(&servers(&follower), (setup.path(), FRA), FROM_FRA).unwrap();
    wait_for_status(&leader, "api", Status::Operational);
    target.answer(500);
    wait_for_status(&follower, "api", Status::MajorOutage);
    assert_eq!(incidents(&follower).unwrap(), 1);
}
