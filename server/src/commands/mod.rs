//! The command line: one file for each command, one line for each in the list.

mod agent;
mod archive;
mod check;
mod completions;
mod demo;
mod hook;
mod import;
mod probe;
mod publish;
mod remote;
mod schema;
mod serve;
mod user;

use std::io::IsTerminal;

use clap::{Parser, Subcommand};

pub use remote::Failed;

/// A status page that shows failover truthfully and survives its own failures.
#[derive(Debug, Parser)]
#[command(name = "pharos", version, about, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Write the log as lines of JSON.
    #[arg(long, global = true, env = "PHAROS_LOG_JSON")]
    log_json: bool,
    /// What to log: error, warn or info, also by module as in `pharos_store=warn`. Only a debug build has debug and trace, too.
    #[arg(long, global = true, env = "PHAROS_LOG", default_value = "info", value_name = "FILTER")]
    log: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch what a configuration file names, and serve the page.
    Serve(serve::Arguments),
    /// Watch made-up services that fail on purpose, to see a page that is alive.
    Demo(demo::Arguments),
    /// Look from another place at what a page asks for, and hand in what was seen.
    Agent(agent::Arguments),
    /// Write the static copy of the page once, from what the journal says.
    Publish(publish::Arguments),
    /// Say whether a configuration file is good, and where it is not.
    Check(check::Arguments),
    /// Read a health document once, and show how its parts become components.
    Probe(probe::Arguments),
    /// Show what the rules of a hook make of what a sender sends.
    Hook(hook::Arguments),
    /// Print what a configuration file may hold, as a JSON Schema or as a reference for people.
    Schema(schema::Arguments),
    /// Open, update, resolve and list incidents on a server.
    Incident(remote::incident::Arguments),
    /// Begin, plan, end and list maintenance on a server.
    Maintenance(remote::maintenance::Arguments),
    /// State the status of components on a server.
    Component(remote::component::Arguments),
    /// Show who leads on a server's database, and how far each node has read.
    Nodes(remote::nodes::Arguments),
    /// Copy everything that there is to an archive, once. A server with `archive:` in its configuration does so all the time.
    Backup(archive::backup::Arguments),
    /// Read all of an archive, and say whether everything could be restored from it.
    Verify(archive::verify::Arguments),
    /// Fill an empty database with what an archive holds.
    Restore(archive::restore::Arguments),
    /// Make a page from what another status page or monitor says: a configuration file, and its past in an empty database.
    Import(import::Arguments),
    /// Hold a database against its own journal and against its archive, also beside a running server.
    Scrub(archive::scrub::Arguments),
    /// Have a server try whether its archive can be restored.
    Drill(remote::drill::Arguments),
    /// Print the whole configuration of a server as a file.
    Export(remote::configuration::Export),
    /// Make the components that a server's admin keeps like those of a file.
    Apply(remote::configuration::Apply),
    /// Make users where no server runs yet.
    User(user::Arguments),
    /// Print what a shell needs to complete this command line.
    Completions(completions::Arguments),
}

/// Runs the command.
///
/// # Errors
/// As the command says.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    start_log(&arguments)?;
    match arguments.command {
        Command::Serve(arguments) => Box::pin(serve::run(arguments)).await,
        Command::Demo(arguments) => Box::pin(demo::run(arguments)).await,
        Command::Agent(arguments) => agent::run(arguments).await,
        Command::Publish(arguments) => Box::pin(publish::run(arguments)).await,
        Command::Check(arguments) => check::run(&arguments),
        Command::Probe(arguments) => probe::run(arguments).await,
        Command::Hook(arguments) => hook::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Incident(arguments) => remote::incident::run(arguments).await,
        Command::Maintenance(arguments) => remote::maintenance::run(arguments).await,
        Command::Component(arguments) => remote::component::run(arguments).await,
        Command::Nodes(arguments) => remote::nodes::run(arguments).await,
        Command::Backup(arguments) => archive::backup::run(arguments).await,
        Command::Verify(arguments) => archive::verify::run(arguments).await,
        Command::Restore(arguments) => archive::restore::run(arguments).await,
        Command::Import(arguments) => Box::pin(import::run(arguments)).await,
        Command::Scrub(arguments) => archive::scrub::run(arguments).await,
        Command::Drill(arguments) => remote::drill::run(arguments).await,
        Command::Export(arguments) => remote::configuration::export(arguments).await,
        Command::Apply(arguments) => remote::configuration::apply(arguments).await,
        Command::User(arguments) => user::run(arguments).await,
        Command::Completions(arguments) => {
            completions::run(&arguments);
            Ok(())
        }
    }
}

fn start_log(arguments: &Arguments) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&arguments.log)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Colours are for people: a file, a journal or a container's log would keep them as signs that nobody can read.
    let log = if std::io::stderr().is_terminal() { log } else { log.with_ansi(false) };
    let started = if arguments.log_json { log.json().try_init() } else { log.try_init() };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))
}

/// Says where the node listens, for people and for programs that started it.
#[expect(clippy::print_stdout, reason = "the one line that a program which starts this one waits for")]
fn announce(address: std::net::SocketAddr) {
    println!("listening on http://{address}");
}
