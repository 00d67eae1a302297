//! Signing in and out.

use std::io::{Read, Write};

use pharos_tests::Operator;
use serde_json::json;

use super::node;

fn attempt(operator: &Operator, name: &str, password: &str) -> (u16, String) {
    let answer = operator.form("/admin/sign-in", &format!("name={name}&password={password}&code=")).unwrap();
    (answer.status, answer.text())
}

#[test]
fn the_link_for_the_first_operator_works_once() {
    let (setup, pharos, _target, _anna) = node();
    let log = pharos.log();
    let code = log.split_once("/admin/setup?code=").unwrap().1[..43].to_owned();
    assert_eq!(pharos.get(&format!("/admin/setup?code={code}")).unwrap().status, 403);
    pharos.kill().unwrap();
    let pharos = setup.start().unwrap();
    assert!(!pharos.log().contains("/admin/setup"));
}

#[test]
fn whoever_is_wrong_hears_the_same_whatever_is_wrong() {
    let (_setup, pharos, _target, _anna) = node();
    let nobody = Operator::nobody(&pharos);
    let (wrong, text) = attempt(&nobody, "anna", "wrong+password");
    let (missing, other) = attempt(&nobody, "nobody", "wrong+password");
    assert_eq!((wrong, missing), (401, 401));
    assert_eq!(text.replace("anna", ""), other.replace("nobody", ""));
}

#[test]
fn whoever_guesses_is_slowed_and_the_rightful_is_let_in_where_they_are_known() {
    let (_setup, pharos, _target, _anna) = node();
    let nobody = Operator::nobody(&pharos);
    let answers: Vec<u16> = (0..15).map(|_| attempt(&nobody, "bert", "guess+guess").0).collect();
    assert!(answers.contains(&429), "{answers:?}");
    assert!(answers[..5].iter().all(|status| *status == 401), "{answers:?}");
}

#[test]
fn a_changed_password_ends_every_other_session() {
    let (_setup, pharos, _target, anna) = node();
    anna.add_user("rita", "responder").unwrap();
    let (one, other) =
        (Operator::sign_in(&pharos, "rita").unwrap(), Operator::sign_in(&pharos, "rita").unwrap());
    assert_eq!(one.api("GET", "/me", None).unwrap().status, 200);
    anna.act("PATCH", "/users/rita", &json!({ "password": "another horse battery" })).unwrap();
    for operator in [one, other] {
        assert_eq!(operator.api("GET", "/me", None).unwrap().status, 401);
    }
}

#[test]
fn who_signs_out_is_out() {
    let (_setup, _pharos, _target, anna) = node();
    let page = anna.page("/admin/me").unwrap().text();
    let form = page.split_once("name=\"form\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let answer = anna.form("/admin/sign-out", &format!("form={form}")).unwrap();
    assert_eq!(answer.status, 303);
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(anna.api("GET", "/me", None).unwrap().status, 401);
}

#[test]
fn the_last_admin_cannot_lock_everybody_out() {
    let (_setup, _pharos, _target, anna) = node();
    for body in [json!({ "role": "viewer" }), json!({ "disabled": true })] {
        let answer = anna.api("PATCH", "/users/anna", Some(&body)).unwrap();
        assert_eq!(answer.status, 409, "{}", answer.text());
    }
    assert_eq!(anna.api("DELETE", "/users/anna", None).unwrap().status, 409);
}

#[test]
fn nobody_signs_in_where_a_password_could_be_read_on_the_way() {
    let (_setup, pharos, _target, _anna) = node();
    let page = pharos_tests::get(pharos.address, "/admin/sign-in", &[]).unwrap().text();
    assert!(page.contains("name=\"password\""));
    let mut stream = std::net::TcpStream::connect(pharos.address).unwrap();
    stream
        .write_all(b"GET /admin/sign-in HTTP/1.1\r\nhost: status.example.com\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.contains("Signing in takes https") && !text.contains("name=\"password\""), "{text}");
}

#[test]
fn a_second_factor_takes_the_password_to_turn_it_on() {
    let (_setup, _pharos, _target, anna) = node();
    let page = anna.page("/admin/me").unwrap().text();
    let form = page.split_once("name=\"form\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let turn_on = |password: &str| {
        let fields = "action=second_factor_on&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&code=000000";
        let answer = anna.form("/admin/me", &format!("form={form}&{fields}&current={password}")).unwrap();
        assert_eq!(answer.status, 422);
        answer.text()
    };
    let without = turn_on("");
    assert!(without.contains("is not your password"), "{without}");
    // The secret stays, and the form asks again.
    assert!(without.contains("GEZDGNBVGY3TQOJQ") && without.contains("name=\"current\""), "{without}");
    assert!(turn_on(&pharos_tests::PASSWORD.replace(' ', "+")).contains("is not the one your device shows"));
}

#[test]
fn over_https_a_cookie_that_another_host_may_have_set_is_not_read() {
    let target = pharos_tests::Target::start().unwrap();
    let config = super::config(&target);
    let config = config
        .replace("page: { name: Example }", "page: { name: Example, url: \"https://status.example.com\" }");
    let setup = pharos_tests::Setup::new(&config).unwrap();
    let pharos = setup.start().unwrap();
    let anna = Operator::first(&pharos).unwrap();
    let own = anna.headers[0].1.clone();
    let secret = own.strip_prefix("__Host-pharos=").unwrap();
    assert_eq!(anna.api("GET", "/me", None).unwrap().status, 200);
    let mut planted = anna.clone();
    planted.headers[0].1 = format!("pharos={secret}");
    assert_eq!(planted.api("GET", "/me", None).unwrap().status, 401);
    assert_eq!(planted.page("/admin").unwrap().status, 303);
}
