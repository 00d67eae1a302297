//! `pharos completions`: what a shell needs to complete this command line.

use clap::CommandFactory;

/// What `pharos completions` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Which shell.
    shell: clap_complete::Shell,
}

/// Prints it.
pub fn run(arguments: &Arguments) {
    let mut command = super::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "pharos", &mut std::io::stdout());
}
