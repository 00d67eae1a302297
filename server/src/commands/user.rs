//! `pharos user`: makes the first users where no server runs yet.

use std::io::Read;
use std::sync::Arc;

use anyhow::{Context, bail};
use pharos_store::{Role, Store};

use crate::accounts::{Accounts, SCOPES, Scope, Secret, Setup};
use crate::clock;
use crate::operators::Author;
use crate::storage::Storage;

/// What `pharos user` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    storage: Storage,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a user. Without a password on standard input one is drawn and printed.
    Add {
        /// By which they sign in.
        name: String,
        /// What they may do: viewer, responder or admin.
        #[arg(long, default_value = "admin", value_parser = role)]
        role: Role,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Make a token for a user, for programs that begin with the server. Prints its secret, once.
    Token {
        /// Whose it is: it may do no more than they may.
        user: String,
        /// What it may do; may be given several times.
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scope)]
        scopes: Vec<Scope>,
        /// What it is for.
        #[arg(long, default_value = "command line")]
        name: String,
        /// For how many days it is good; for ever unless it is stated.
        #[arg(long)]
        days: Option<u32>,
    },
    /// List users.
    List,
}

fn scope(word: &str) -> Result<Scope, String> {
    let known: Vec<&str> = SCOPES.into_iter().map(Scope::as_str).collect();
    Scope::parse(word).ok_or_else(|| format!("there are {}", known.join(", ")))
}

fn role(word: &str) -> Result<Role, String> {
    let found = Role::ALL.into_iter().find(|role| role.as_str() == word);
    found.ok_or_else(|| "there are viewer, responder and admin".to_owned())
}

/// Does it.
///
/// # Errors
/// When the data directory is in use, or name or password is not good.
#[expect(clippy::print_stdout, reason = "this command's answer")]
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let store = arguments.storage.open().await;
    let store: Arc<dyn Store> =
        store.context("the journal cannot be opened; while the server runs, make users in its admin")?;
    let accounts = Accounts::new(Arc::clone(&store), Setup::default(), clock::wall);
    let author = Author { actor: "command line".to_owned(), address: String::new() };
    match arguments.command {
        Command::Add { name, role, password_stdin } => {
            let (password, drawn) = if password_stdin { (read()?, None) } else { drawn()? };
            accounts.add_user(&name, role, (Some(password), None), &author).await?;
            println!("{name} is {}", role.as_str());
            if let Some(drawn) = drawn {
                println!("password: {drawn}");
            }
        }
        Command::Token { user, scopes, name, days } => {
            let end = days.map(|days| clock::wall().plus_ms(u64::from(days) * 86_400_000));
            let fresh = accounts.add_token(&user, (&name, scopes, end), &author).await?;
            println!("{}", fresh.secret);
        }
        Command::List => {
            for user in store.users().await? {
                println!("{}\t{}", user.name, user.role.as_str());
            }
        }
    }
    store.close().await.context("the store could not be closed in order")
}

fn read() -> anyhow::Result<String> {
    const BYTES_MAX: u64 = 4_096;
    let mut text = String::new();
    std::io::stdin().take(BYTES_MAX).read_to_string(&mut text).context("the password cannot be read")?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        bail!("there is no password on standard input");
    }
    Ok(password)
}

fn drawn() -> anyhow::Result<(String, Option<String>)> {
    let secret = Secret::draw().context("the system has no randomness")?;
    let password: String = secret.expose().chars().take(24).collect();
    Ok((password.clone(), Some(password)))
}
