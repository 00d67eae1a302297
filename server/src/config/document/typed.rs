//! Makes a type from a tree and reports every mistake on the way, not only the first.

use serde::de::DeserializeOwned;

use super::super::error::Finding;
use super::super::limits::PROBLEMS_MAX;
use super::super::suggest::nearest;
use super::deserialize::FromNode;
use super::fault::{Explain, Fault, Kind, Step, finding};
use super::tree::{Node, Value};

/// Makes a `T` from `root`, or says what prevents it.
///
/// A value that is wrong is passed over and the whole is tried again, until no new mistake is found. `explain` tells
/// what the schema says of the value at a way of keys.
pub fn typed<T: DeserializeOwned>(root: &Node, explain: Explain<'_>) -> Result<T, Vec<Finding>> {
    let mut findings = Vec::new();
    // One round per finding, and one per section that is passed over because of what it lacks.
    for _ in 0..=2 * PROBLEMS_MAX {
        match T::deserialize(FromNode(root)) {
            Ok(value) if findings.is_empty() => return Ok(value),
            Ok(_) => break,
            Err(refusal) => {
                if !lacks_what_was_passed_over(&refusal.0, root) {
                    findings.push(finding(&refusal.0, root, explain));
                }
                if !pass_over(&refusal.0, root) {
                    break;
                }
            }
        }
    }
    Err(findings)
}

fn node_of<'n>(fault: &Fault, root: &'n Node) -> &'n Node {
    fault.way.iter().rev().fold(root, |node, step| match (step, &node.value) {
        (Step::Entry(index), Value::Section(entries)) => {
            entries.get(*index).map_or(node, |entry| &entry.node)
        }
        (Step::Item(index), Value::List(items)) => items.get(*index).unwrap_or(node),
        _ => node,
    })
}

/// Whether a key is missing only because its value was found wrong before, or its name misspelt.
fn lacks_what_was_passed_over(fault: &Fault, root: &Node) -> bool {
    let Kind::MissingKey(key) = fault.kind else { return false };
    match &node_of(fault, root).value {
        Value::Section(entries) => entries
            .iter()
            .filter(|entry| entry.node.skipped.get())
            .any(|entry| nearest(&entry.key, [key]).is_some()),
        _ => false,
    }
}

/// Passes over the value with the fault from now on; `false` when that is everything.
fn pass_over(fault: &Fault, root: &Node) -> bool {
    if fault.way.is_empty() {
        return false;
    }
    !node_of(fault, root).skipped.replace(true)
}
