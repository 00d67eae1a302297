//! nginx from Debian, serving given bytes with `gzip_static`: what the page is measured against.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::process::{self, Program};
use super::{http, limits};
use crate::command;

/// A running nginx.
pub struct Nginx {
    /// The master process.
    pub program: Program,
    /// Where it listens.
    pub address: String,
}

/// Starts nginx in `folder` with one page: its plain and its compressed bytes.
///
/// # Errors
/// When it does not come up.
pub fn start(folder: &Path, plain: &[u8], gzipped: &[u8]) -> Result<Nginx> {
    let root = folder.join("root");
    fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
    fs::write(root.join("index.html"), plain).context("cannot write the page for nginx")?;
    fs::write(root.join("index.html.gz"), gzipped).context("cannot write the page for nginx")?;
    let address = free_address()?;
    let file = folder.join("nginx.conf");
    fs::write(&file, configuration(folder, &address)).context("cannot write the configuration of nginx")?;
    let mut nginx = process::leashed(&program_path());
    nginx.arg("-c").arg(&file).arg("-p").arg(folder).arg("-e").arg(folder.join("error.log"));
    let mut program = Program::start(&mut nginx, folder.join("nginx.log"))?;
    let deadline = Instant::now() + limits::GREETING_WAIT_MAX;
    while http::get(&address, "/", &[]).is_err() {
        if Instant::now() > deadline || !program.is_running() {
            let log = fs::read_to_string(folder.join("error.log")).unwrap_or_default();
            bail!("nginx did not come up:\n{log}");
        }
        thread::sleep(limits::POLL_PAUSE);
    }
    Ok(Nginx { program, address })
}

/// Debian keeps it where only root's path leads.
fn program_path() -> PathBuf {
    let debian = PathBuf::from("/usr/sbin/nginx");
    if debian.is_file() { debian } else { PathBuf::from("nginx") }
}

/// nginx takes no port 0: a free one is found by taking it for a moment.
fn free_address() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("there is no free port")?;
    Ok(listener.local_addr().context("a listener has no address")?.to_string())
}

/// As Debian ships it where it matters: sendfile, no log, connections kept.
fn configuration(folder: &Path, address: &str) -> String {
    let is_root = command::output_of(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
    // Its workers would otherwise become a user that may not read the folder.
    let user = if is_root { "user root;" } else { "" };
    let folder = folder.display();
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = kinds.map(|kind| format!("  {kind}_temp_path {folder}/{kind};\n")).concat();
    format!(
        "daemon off; {user} worker_processes auto; pid {folder}/nginx.pid;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n\
         {temporary}  types {{ text/html html; }} access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;\n\
         \x20 keepalive_timeout 65; keepalive_requests 100000000;\n\
         \x20 server {{ listen {address}; root {folder}/root; gzip_static on; etag on;\n\
         \x20   location / {{ add_header Cache-Control no-cache; }} }}\n\
         }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_serves_compressed_files_and_stays_in_its_folder() {
        let text = configuration(Path::new("/srv/folder"), "127.0.0.1:9");
        assert!(text.contains("gzip_static on") && text.contains("listen 127.0.0.1:9;"));
        assert_eq!(text.matches("_temp_path /srv/folder/").count(), 5);
    }
}
