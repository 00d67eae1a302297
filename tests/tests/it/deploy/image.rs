//! What the image gives a node: no rights, a root that cannot be written to, and one folder that can.

use std::process::Command;

use pharos_model::Status;
use pharos_tests::{Operator, Pharos, Setup, Target, binary};
use serde_json::{Value, json};

use super::{file, object, yaml};
use crate::{one_component, wait_for_status};

/// What follows this word in the Dockerfile, on however many lines it stands.
fn instruction(word: &str) -> String {
    let text = file("docker/Dockerfile").replace("\\\n", "");
    let mut found = text.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
    found.next_back().unwrap_or_else(|| panic!("the Dockerfile has no {word}")).to_owned()
}

/// What the Dockerfile sets in the environment of the program.
fn environment() -> Vec<(String, String)> {
    let pairs = instruction("ENV");
    let pairs = pairs.split_whitespace().map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A value of the environment that the Dockerfile sets.
fn value(name: &str) -> String {
    environment().into_iter().find(|pair| pair.0 == name).unwrap().1
}

/// A node that is shut in as the compose file and the Kubernetes manifest do, with places of the test in place of the image's.
fn shut_in(setup: &Setup) -> Pharos {
    let data = setup.data();
    std::fs::create_dir(&data).unwrap();
    let mut command = Command::new("bwrap");
    command.args(["--die-with-parent", "--unshare-user", "--uid", "10001", "--gid", "10001"]);
    command.args(["--cap-drop", "ALL", "--ro-bind", "/", "/", "--bind"]).args([&data, &data]);
    command.arg(binary()).arg("serve");
    command.env_clear();
    for (name, value) in environment() {
        match value.as_str() {
            "/var/lib/pharos" => command.env(name, &data),
            "/etc/pharos/pharos.yaml" => command.env(name, setup.config()),
            "0.0.0.0:8080" => command.env(name, "127.0.0.1:0"),
            other => command.env(name, other),
        };
    }
    Pharos::spawn(command).unwrap()
}

#[test]
fn a_node_lives_and_tries_its_archive_where_it_may_write_to_one_folder_only() {
    let target = Target::start().unwrap();
    let page = one_component(&target);
    let setup = Setup::new(&page).unwrap();
    setup.configure(&format!("{page}archive: {{ to: \"{}/archive\" }}\n", setup.data().display())).unwrap();
    let node = shut_in(&setup);
    let anna = Operator::first(&node).unwrap();
    wait_for_status(&node, "api", Status::Operational);
    let drill = anna.act("POST", "/drills", &json!({})).unwrap();
    assert_eq!(drill["passed"], json!(true), "{}", node.log());
}

#[test]
fn the_folder_that_can_be_written_to_is_the_same_in_all_of_them() {
    let folder = instruction("VOLUME");
    assert_eq!((value("PHAROS_DATA"), value("TMPDIR")), (folder.clone(), folder.clone()));
    let spec = object("Deployment")["spec"]["template"]["spec"].clone();
    let container = &spec["containers"][0];
    let named = |list: &Value, name: &str| {
        list.as_array().unwrap().iter().find(|item| item["name"] == name).cloned().unwrap()
    };
    assert_eq!(named(&container["env"], "TMPDIR")["value"], *folder);
    assert_eq!(named(&container["volumeMounts"], "scratch")["mountPath"], *folder);
    assert_eq!(named(&spec["volumes"], "scratch")["emptyDir"], json!({}));
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], json!(true));
    assert_eq!(yaml(&file("docker/compose.yaml"))["services"]["node-a"]["read_only"], json!(true));
}

#[test]
fn whoever_the_image_runs_as_is_who_kubernetes_lets_read_the_password_and_ask_for_echoes() {
    let user = instruction("USER");
    let (user, group) = user.split_once(':').unwrap();
    let context = object("Deployment")["spec"]["template"]["spec"]["securityContext"].clone();
    let told = ["runAsUser", "runAsGroup", "fsGroup"].map(|key| context[key].to_string());
    assert_eq!(told, [user, group, group]);
    assert_eq!(context["sysctls"][0]["value"], format!("{group} {group}"));
}
