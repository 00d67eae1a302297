//! The command line, as a process.

use std::io::Write;
use std::process::{Command, Output};

use pharos_tests::{Operator, Pharos, binary};
use serde_json::Value;

use super::{in_words, node};

fn pharos(node: &Pharos, token: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).env("PHAROS_TOKEN", token);
    command.env("PHAROS_SERVER", format!("http://{}", node.address)).output().unwrap()
}

fn token(anna: &Operator) -> String {
    anna.add_token("anna", &["read", "incidents", "maintenances", "components"], None).unwrap()
}

#[test]
fn an_incident_is_opened_updated_resolved_and_listed() {
    let (_setup, node, _target, anna) = node();
    let token = token(&anna);
    let run = |arguments: &[&str]| {
        let output = pharos(&node, &token, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", in_words(&output.stderr));
        in_words(&output.stdout)
    };
    let id = run(&[
        "incident",
        "open",
        "Checkout is slow",
        "-m",
        "We know of it.",
        "-c",
        "web=partial_outage",
        "--next",
        "30m",
    ]);
    assert!(id.ends_with("-checkout-is-slow"), "{id}");
    assert!(run(&["incident", "list"]).contains("Checkout is slow"));
    assert_eq!(
        run(&["incident", "update", &id, "-m", "Found", "--status", "identified"]),
        format!("{id} is identified")
    );
    assert_eq!(run(&["incident", "resolve", &id]), format!("{id} is resolved"));
    assert_eq!(run(&["incident", "list"]), "No incidents.");
    let all: Value = serde_json::from_str(&run(&["incident", "list", "--all", "--json"])).unwrap();
    assert_eq!(all["incidents"][0]["updates"].as_array().unwrap().len(), 3);
}

#[test]
fn a_pipeline_opens_and_closes_a_maintenance_in_two_lines() {
    let (_setup, node, _target, anna) = node();
    let token = token(&anna);
    let started = pharos(&node, &token, &["maintenance", "start", "Deploy 42", "-c", "web", "--for", "15m"]);
    let id = in_words(&started.stdout);
    assert_eq!(anna.read("/components/web").unwrap()["status"], "under_maintenance");
    let finished = pharos(&node, &token, &["maintenance", "finish", &id]);
    assert!(finished.status.success(), "{}", in_words(&finished.stderr));
    assert_eq!(anna.read(&format!("/maintenances/{id}")).unwrap()["status"], "completed");
}

#[test]
fn a_component_is_stated_and_cleared() {
    let (_setup, node, _target, anna) = node();
    let token = token(&anna);
    let arguments = ["component", "set", "web", "major_outage", "-r", "Nobody can pay", "--for", "2h"];
    assert_eq!(in_words(&pharos(&node, &token, &arguments).stdout), "web is major_outage");
    assert!(in_words(&pharos(&node, &token, &["component", "list"]).stdout).contains("major_outage"));
    assert!(pharos(&node, &token, &["component", "clear", "web"]).status.success());
}

#[test]
fn what_went_wrong_is_told_by_the_exit_code_and_in_words() {
    let (_setup, node, _target, anna) = node();
    let token = token(&anna);
    for (token, arguments, code, words) in [
        (token.as_str(), vec!["incident", "resolve", "nothing"], 4, "there is no"),
        (&token, vec!["incident", "open", "x", "-m", "y", "-c", "nobody"], 3, "the page has api, web"),
        (&token, vec!["component", "clear", "web"], 5, "nothing is stated"),
        ("pharos_wrong", vec!["incident", "list"], 6, "the token is not good"),
        ("", vec!["incident", "list"], 6, "set PHAROS_TOKEN"),
        (&token, vec!["incident", "list", "--server", "http://127.0.0.1:1"], 7, "does not answer"),
        (&token, vec!["incident", "open"], 2, "required"),
    ] {
        let output = pharos(&node, token, &arguments);
        let error = in_words(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(words), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_first_user_is_made_where_no_server_runs_and_refused_where_one_does() {
    let target = pharos_tests::Target::start().unwrap();
    let setup = pharos_tests::Setup::new(&super::config(&target)).unwrap();
    let add = || {
        let mut command = Command::new(binary());
        command.args(["user", "add", "anna", "--password-stdin", "--data"]).arg(setup.data());
        let mut child = command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"correct horse battery\n").unwrap();
        child.wait_with_output().unwrap()
    };
    assert!(add().status.success());
    let node = setup.start().unwrap();
    assert!(Operator::sign_in(&node, "anna").is_ok());
    let refused = add();
    assert!(
        !refused.status.success() && in_words(&refused.stderr).contains("make users in its admin"),
        "{}",
        in_words(&refused.stderr)
    );
}

#[test]
fn shells_are_given_their_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = Command::new(binary()).args(["completions", shell]).output().unwrap();
        assert!(output.status.success() && in_words(&output.stdout).contains("maintenance"), "{shell}");
    }
}
