//! Where the journal is kept: in a folder, or in a database that several nodes may share.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use pharos_store::{Cut, PagesRead, PostgresAddress, PostgresStore, SqliteStore, Store};

/// The longest file with a password.
const PASSWORD_BYTES_MAX: usize = 4_096;

/// Where to keep the journal and the history.
#[derive(clap::Args)]
pub struct Storage {
    /// The directory in which the journal and the history are kept.
    #[arg(long, env = "PHAROS_DATA", default_value = "pharos-data", value_name = "DIR", global = true)]
    data: PathBuf,
    /// A PostgreSQL database to keep them in instead, as in postgres://user@first:5432,second:5432/pharos?sslmode=verify-full. Of several
    /// hosts the one that can be written to is used, also after a failover.
    #[arg(long, env = "PHAROS_DATABASE", hide_env_values = true, value_name = "ADDRESS", global = true)]
    database: Option<String>,
    /// The file with the database's password, so that it need not stand in the address.
    #[arg(long, env = "PHAROS_DATABASE_PASSWORD_FILE", value_name = "FILE", global = true)]
    database_password_file: Option<PathBuf>,
}

impl std::fmt::Debug for Storage {
    /// Without the address, which may hold a password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Storage").field("data", &self.data).finish_non_exhaustive()
    }
}

impl Storage {
    /// Opens it.
    ///
    /// # Errors
    /// When the address cannot be read, no host can be written to, or the directory is in use.
    pub async fn open(&self) -> anyhow::Result<Arc<dyn Store>> {
        Ok(match self.address()? {
            None => Arc::new(SqliteStore::open(&self.data).await?),
            Some(address) => Arc::new(PostgresStore::open(address).await?),
        })
    }

    /// Refuses a directory in which there is no database, before anything is made there.
    ///
    /// # Errors
    /// When there is none.
    pub fn must_be_there(&self) -> anyhow::Result<()> {
        if self.database.is_none() && !SqliteStore::is_there(&self.data) {
            bail!("there is no database in {}; name the directory of the server with --data", self.place());
        }
        Ok(())
    }

    /// Opens it only to read all of it, also while a server uses it.
    ///
    /// # Errors
    /// As [`Storage::open`], and when there is nothing yet.
    pub async fn open_to_copy(&self) -> anyhow::Result<Arc<dyn Store>> {
        Ok(match self.address()? {
            None => Arc::new(SqliteStore::open_to_copy(&self.data).await?),
            Some(address) => Arc::new(PostgresStore::open(address).await?),
        })
    }

    /// Opens it to be filled; it must be empty.
    ///
    /// # Errors
    /// As [`Storage::open`], and when it is not empty.
    pub async fn open_to_fill(&self) -> anyhow::Result<Arc<dyn Store>> {
        Ok(match self.address()? {
            None => Arc::new(SqliteStore::open_to_fill(&self.data).await?),
            Some(address) => Arc::new(PostgresStore::open_to_fill(address).await?),
        })
    }

    /// Reads every page of it, with a pause after each piece, also while a server uses it; `None` where pages have no sums of ours.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read_pages(&self, pause: Duration) -> anyhow::Result<Option<PagesRead>> {
        Ok(match self.address()? {
            None => SqliteStore::read_pages(&self.data, pause).await?,
            Some(_) => None,
        })
    }

    /// Makes it anew from what can be read of it, where pages are damaged, and returns of which tables rows were lost; `None` where none are.
    ///
    /// # Errors
    /// When the directory is in use, or the damage took too much.
    pub async fn rebuild(&self) -> anyhow::Result<Option<Vec<Cut>>> {
        Ok(match self.address()? {
            None => SqliteStore::rebuild(&self.data).await?,
            Some(_) => None,
        })
    }

    /// Gives its pages their sums, whatever is in them, and returns how many had another; `None` where all had none.
    ///
    /// # Errors
    /// When the directory is in use, or it is no folder.
    pub async fn seal(&self) -> anyhow::Result<Option<u32>> {
        match self.address()? {
            None => Ok(SqliteStore::seal(&self.data).await?),
            Some(_) => bail!("PostgreSQL looks after the sums of its pages itself (`data_checksums`)"),
        }
    }

    /// Where it is, for messages.
    pub fn place(&self) -> String {
        if self.database.is_some() { "the database".to_owned() } else { self.data.display().to_string() }
    }

    /// The database's address; nothing where it is a folder.
    fn address(&self) -> anyhow::Result<Option<PostgresAddress>> {
        let Some(database) = &self.database else {
            if self.database_password_file.is_some() {
                bail!("there is a file with the database's password, but no address; set --database");
            }
            return Ok(None);
        };
        let address = PostgresAddress::parse(database)?;
        Ok(Some(match self.password()? {
            Some(password) => address.password(&password),
            None => address,
        }))
    }

    fn password(&self) -> anyhow::Result<Option<String>> {
        let Some(file) = &self.database_password_file else { return Ok(None) };
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("the database's password cannot be read from {}", file.display()))?;
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() || password.len() > PASSWORD_BYTES_MAX {
            bail!("{} holds no password; write it on one line, and nothing else", file.display());
        }
        Ok(Some(password.to_owned()))
    }
}
