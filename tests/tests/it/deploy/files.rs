//! The files as they are read: options, variables and paths that the binary really has.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use pharos_test_servers::{free_address, nginx_accepts};
use pharos_tests::{Setup, binary};
use serde_json::Value;

use super::{file, object, with, yaml};
use crate::clients::clients;

const FILES: [&str; 8] = [
    "systemd/pharos.service",
    "docker/Dockerfile",
    "docker/compose.yaml",
    "kubernetes/pharos.yaml",
    "nginx/pharos.conf",
    "nginx/below-a-path.conf",
    "caddy/Caddyfile",
    "caddy/below-a-path.Caddyfile",
];

/// The nodes of the compose file.
const NODES: [&str; 3] = ["node-a", "node-b", "node-c"];

/// What the binary says of a command.
fn help(command: &str) -> String {
    let output = Command::new(binary()).args([command, "--help"]).output().unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The words of a text that begin like this and go on with letters, digits and `more`.
fn words(text: &str, begin: &str, more: char) -> BTreeSet<String> {
    let rest = text.match_indices(begin).map(|(at, _)| &text[at + begin.len()..]);
    rest.map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != more).unwrap_or(rest.len());
        [begin, &rest[..end]].concat()
    })
    .collect()
}

/// Runs the binary's own idea of a command line with what an example gives it: each option must be one of the command's.
fn is_understood(command_line: &[String]) {
    let known = words(&help(&command_line[0]), "--", '-');
    for word in &command_line[1..] {
        let options = words(word, "--", '-');
        assert!(options.is_subset(&known), "{command_line:?}: {options:?} are none of {known:?}");
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// Lines of the unit file that set this.
fn unit(key: &str) -> Vec<String> {
    let text = file("systemd/pharos.service");
    text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=').map(str::to_owned)).collect()
}

#[test]
fn every_variable_that_the_examples_set_is_one_of_the_binarys() {
    let known = words(&help("serve"), "PHAROS_", '_');
    for name in FILES {
        let used = words(&file(name), "PHAROS_", '_');
        assert!(used.is_subset(&known), "{name}: {used:?} are none of {known:?}");
    }
}

#[test]
fn the_unit_starts_what_there_is_and_waits_for_what_it_is_told() {
    for key in ["ExecStartPre", "ExecStart", "ExecReload"] {
        for line in unit(key) {
            let mut words = line.split(' ').map(str::to_owned);
            match words.next().unwrap().as_str() {
                "/usr/local/bin/pharos" => is_understood(&words.collect::<Vec<_>>()),
                other => assert_eq!(other, "/bin/kill"),
            }
        }
    }
    assert_eq!(unit("Type"), ["notify"]);
    assert_eq!(unit("WatchdogSec"), ["60"]);
}

#[test]
fn the_nodes_of_the_compose_file_are_told_of_their_database_where_other_commands_look_too() {
    let compose = yaml(&file("docker/compose.yaml"));
    for name in NODES {
        let node = &compose["services"][name];
        let environment = &node["environment"];
        assert_eq!(environment["PHAROS_NODE_NAME"], name);
        assert!(
            environment["PHAROS_DATABASE"].as_str().unwrap().contains("@postgres:5432/"),
            "{environment}"
        );
        assert_eq!(environment["PHAROS_DATABASE_PASSWORD_FILE"], "/run/secrets/database-password");
        assert_eq!(node["command"], Value::Null);
        assert_eq!(node["depends_on"]["postgres"]["condition"], "service_healthy");
    }
    let check = texts(&compose["services"]["nginx"]["healthcheck"]["test"]);
    assert!(check.last().unwrap().ends_with("/readyz"), "{check:?}");
}

#[test]
fn the_proxy_in_the_compose_file_begins_while_a_node_is_not_there() {
    // It asks for no names, which only those who are there have, and nobody else is given the address of a node.
    let compose = yaml(&file("docker/compose.yaml"));
    let proxy = compose["configs"]["proxy"]["content"].as_str().unwrap();
    let servers = proxy.lines().filter_map(|line| line.trim().strip_prefix("server ")?.split(' ').next());
    let servers: Vec<&str> = servers.filter(|server| *server != "{").collect();
    let addresses = NODES.map(|name| &compose["services"][name]["networks"]["inside"]["ipv4_address"]);
    assert_eq!(servers, addresses.map(|address| format!("{}:8080", address.as_str().unwrap())));
    assert_eq!(compose["networks"]["inside"]["ipam"]["config"][0]["ip_range"], "172.30.80.128/25");
    for address in addresses {
        let address: Ipv4Addr = address.as_str().unwrap().parse().unwrap();
        assert!(address.octets().starts_with(&[172, 30, 80]) && address.octets()[3] < 128, "{address}");
    }
}

#[test]
fn what_is_put_beside_the_compose_file_reaches_neither_git_nor_the_image() {
    let compose = yaml(&file("docker/compose.yaml"));
    let node = &compose["services"]["node-a"];
    // A folder, because an editor puts a new file in the place of the old one.
    assert_eq!(texts(&node["volumes"]), ["./configuration:/etc/pharos:ro"]);
    assert_eq!(node["env_file"][0]["path"], "./environment");
    assert_eq!(compose["secrets"]["database-password"]["file"], "./database-password");
    let ignored = file("../.gitignore");
    for name in ["configuration", "environment", "database-password"] {
        assert!(ignored.lines().any(|line| line == format!("/deploy/docker/{name}")), "{name}: {ignored}");
    }
    assert!(file("docker/Dockerfile.dockerignore").lines().any(|line| line == "deploy"));
}

#[test]
fn the_proxy_in_the_compose_file_is_one_that_nginx_takes() {
    let compose = yaml(&file("docker/compose.yaml"));
    let proxy = compose["configs"]["proxy"]["content"].as_str().unwrap();
    let listens = |port: &str| format!("listen {port};");
    let proxy = with(
        proxy,
        &[
            ("$$", "$".to_owned()),
            ("172.30.80.", "127.0.0.".to_owned()),
            ("listen 80;", listens(&free_address().to_string())),
            ("listen 127.0.0.1:8081;", listens(&free_address().to_string())),
        ],
    );
    nginx_accepts(&proxy);
}

#[test]
fn kubernetes_asks_whether_the_process_lives_and_whether_the_page_can_be_served() {
    let spec = &object("Deployment")["spec"]["template"]["spec"];
    let container = &spec["containers"][0];
    for (probe, path) in
        [("startupProbe", "/readyz"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")]
    {
        assert_eq!(container[probe]["httpGet"]["path"], path, "{probe}");
        assert_eq!(container[probe]["httpGet"]["port"], container["ports"][0]["name"], "{probe}");
    }
    is_understood(&texts(&container["args"]));
    // Until nobody sends requests any more, until connections and tasks have ended, and some to spare.
    let sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().unwrap();
    assert!(spec["terminationGracePeriodSeconds"].as_u64().unwrap() >= sleep + 15);
}

#[test]
fn the_objects_of_the_kubernetes_manifest_mean_each_other() {
    let deployment = object("Deployment")["spec"].clone();
    let labels = &deployment["template"]["metadata"]["labels"];
    for selector in [
        &deployment["selector"]["matchLabels"],
        &object("Service")["spec"]["selector"],
        &object("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
    ] {
        assert_eq!(selector, labels);
    }
    let volumes = deployment["template"]["spec"]["volumes"].clone();
    assert_eq!(volumes[0]["configMap"]["name"], object("ConfigMap")["metadata"]["name"]);
    let mounts = &deployment["template"]["spec"]["containers"][0]["volumeMounts"];
    assert_eq!((&mounts[0]["name"], &mounts[1]["name"]), (&volumes[0]["name"], &volumes[1]["name"]));
    assert_eq!(deployment["replicas"], 3);
}

#[test]
fn the_oldest_kubernetes_that_is_named_knows_every_field_of_the_manifest() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/kubernetes/pharos.yaml");
    assert!(file("kubernetes/pharos.yaml").starts_with("# Three nodes on Kubernetes 1.31 or later."));
    let checked = Command::new(clients().join("python/bin/kubernetes-validate"))
        .args(["--strict", "--kubernetes-version", "1.31"])
        .arg(manifest)
        .output()
        .unwrap();
    let told =
        [checked.stdout, checked.stderr].map(|told| String::from_utf8_lossy(&told).into_owned()).concat();
    assert!(checked.status.success(), "{told}");
    assert_eq!(told.matches("passed for resource").count(), 4, "{told}");
}

#[test]
fn the_configuration_in_the_kubernetes_manifest_is_good() {
    let config = object("ConfigMap")["data"]["pharos.yaml"].as_str().unwrap().to_owned();
    let setup = Setup::new(&config).unwrap();
    let checked = Command::new(binary()).arg("check").arg(setup.config()).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn how_a_node_is_itself_is_asked_where_it_belongs() {
    // A balancer that asks /health takes the page from all nodes when their database fails.
    for name in FILES {
        let text = file(name);
        let asks = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        for line in asks.filter(|line| line.contains("/health") && !line.contains("https://api.example.com"))
        {
            let hides = [
                "return 404",
                "@inside path",
                "location ~ ^/(health|livez|",
                "location ~ ^/status/(health|livez|",
            ];
            assert!(hides.iter().any(|word| line.contains(word)), "{name}: {line}");
        }
    }
}
