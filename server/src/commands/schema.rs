//! `pharos schema`: prints what a configuration file may hold, for editors or for people.

use crate::config;

/// What `pharos schema` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print the reference for people, in Markdown, instead of the JSON Schema.
    #[arg(long)]
    markdown: bool,
}

/// Prints it.
///
/// # Errors
/// When it cannot be written as JSON.
#[expect(clippy::print_stdout, reason = "this command's answer")]
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.markdown {
        print!("{}", config::reference_markdown());
        return Ok(());
    }
    println!("{}", serde_json::to_string_pretty(&config::schema())?);
    Ok(())
}
