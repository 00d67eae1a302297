//! `pharos hook test`: shows what a hook's rules would make of a body, and does nothing with it.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::config;
use crate::hooks::{Met, Outcome, take};
use crate::limits::HOOK_BODY_BYTES_MAX;

/// What `pharos hook` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show which rule each alert in a file meets, and what would come of it. Nothing is sent or changed.
    Test(Test),
}

#[derive(Debug, clap::Args)]
struct Test {
    /// The identifier of the hook.
    #[arg(value_name = "HOOK")]
    hook: String,
    /// A body as its sender would send it, in JSON.
    #[arg(value_name = "BODY")]
    body: PathBuf,
    /// The configuration file.
    #[arg(long, env = "PHAROS_CONFIG", value_name = "FILE")]
    config: PathBuf,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the configuration is not good, has no such hook, or the body is not what that is sent.
#[expect(clippy::print_stdout, reason = "this command's answer")]
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let Action::Test(test) = &arguments.action;
    let loaded = config::load(&test.config)?;
    let Some(hook) = loaded.hooks.find(&test.hook) else {
        let known: Vec<&str> = loaded.hooks.iter().map(|hook| hook.name.as_str()).collect();
        bail!("{} has no hook {:?}; it has {}", test.config.display(), test.hook, listed(&known));
    };
    let body =
        std::fs::read(&test.body).with_context(|| format!("{} cannot be read", test.body.display()))?;
    if body.len() > HOOK_BODY_BYTES_MAX {
        bail!("{} is too long: {} KiB at most are taken", test.body.display(), HOOK_BODY_BYTES_MAX / 1024);
    }
    let reading = (hook.kind.read)(&body)?;
    let components = &loaded.engine.definition.components;
    let is_known = |id: &pharos_model::ComponentId| components.iter().any(|component| component.id == *id);
    let taken = take(hook, &reading, crate::clock::wall(), &is_known)?;
    if test.json {
        println!("{}", serde_json::to_string_pretty(&taken.outcomes)?);
        return Ok(());
    }
    for outcome in &taken.outcomes {
        println!("{}", told(outcome));
    }
    if taken.left_out > 0 {
        println!("{} more were left out by the sender", taken.left_out);
    }
    Ok(())
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn told(outcome: &Outcome) -> String {
    let mut text = format!("{}: {}", outcome.alert, if outcome.over { "over" } else { "fires" });
    match outcome.rule {
        Some(rule) => _ = write!(text, ", meets rule {rule}"),
        None => text += ", meets no rule: nothing comes of it",
    }
    match outcome.met {
        Met::Ignored => text += ", which ignores it",
        Met::NoComponent => text += ", which names no component of the page: nothing comes of it",
        Met::Nothing | Met::Rule => {}
    }
    let components: Vec<&str> = outcome.components.iter().map(pharos_model::ComponentId::as_str).collect();
    if !components.is_empty() {
        let status =
            if outcome.over { Some("operational") } else { outcome.status.map(pharos_model::Status::as_str) };
        let status = status.map(|status| format!(" {status}")).unwrap_or_default();
        _ = write!(text, ";{status}: {}", components.join(", "));
    }
    if let Some(title) = &outcome.incident {
        _ = write!(text, "; incident: {title}");
    }
    if !outcome.unknown.is_empty() {
        let names: Vec<String> = outcome.unknown.iter().map(|name| format!("{name:?}")).collect();
        _ = write!(text, "; not on the page: {}", names.join(", "));
    }
    text
}
