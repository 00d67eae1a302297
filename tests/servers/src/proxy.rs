//! Reverse proxies, with a configuration of the test's own.

use std::net::{SocketAddr, TcpStream};

use crate::{Place, Running, port};

/// What stands before the part of nginx's configuration that is under test, so that it runs as anybody and in its folder.
const NGINX: &str = "pid nginx.pid;\nevents { worker_connections 512; }\nhttp {\naccess_log off;\n\
     client_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\nuwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\n\
     include tested.conf;\n}\n";
/// What stands before the Caddyfile that is under test.
const CADDY: &str = "{\n\tadmin off\n\tauto_https off\n\tstorage file_system kept\n}\n";

/// A running proxy.
#[derive(Debug)]
pub struct Proxy {
    _running: Running,
    _place: Place,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Proxy {
    /// nginx with this inside its `http` block, listening on `address`.
    #[must_use]
    pub fn nginx(configuration: &str, address: SocketAddr) -> Self {
        let place = nginx_place(configuration);
        let folder = place.path("").display().to_string();
        let arguments = [&nginx_arguments(&folder)[..], &["-g", "daemon off;"]].concat();
        let running = place.serve("nginx", &arguments, || TcpStream::connect(address).is_ok());
        Self { _running: running, _place: place, address }
    }

    /// Caddy with this Caddyfile, listening on `address`.
    #[must_use]
    pub fn caddy(configuration: &str, address: SocketAddr) -> Self {
        let place = Place::new();
        place.write("Caddyfile", &format!("{CADDY}{configuration}"));
        let arguments = ["run", "--config", "Caddyfile", "--adapter", "caddyfile"];
        let running = place.serve("caddy", &arguments, || TcpStream::connect(address).is_ok());
        Self { _running: running, _place: place, address }
    }
}

/// Whether nginx takes this inside its `http` block; fails with what it said.
pub fn nginx_accepts(configuration: &str) {
    let place = nginx_place(configuration);
    let folder = place.path("").display().to_string();
    place.run("nginx", &[&nginx_arguments(&folder)[..], &["-t"]].concat());
}

/// A certificate of its own for `name`, and its key, as they would be bought.
fn certificate(name: &str) -> (String, String) {
    let place = Place::new();
    let subject = format!("/CN={name}");
    let new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", &subject];
    place.run("openssl", &[&new[..], &["-keyout", "key.pem", "-out", "certificate.pem"]].concat());
    let read = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    (read("certificate.pem"), read("key.pem"))
}

/// An address on this machine that nobody listens on.
#[must_use]
pub fn free_address() -> SocketAddr {
    ([127, 0, 0, 1], port()).into()
}

fn nginx_place(configuration: &str) -> Place {
    let place = Place::new();
    let (certificate, key) = certificate("status.example.com");
    place.write("certificate.pem", &certificate);
    place.write("key.pem", &key);
    place.write("nginx.conf", NGINX);
    place.write("tested.conf", configuration);
    place
}

fn nginx_arguments(folder: &str) -> [&str; 6] {
    ["-p", folder, "-c", "nginx.conf", "-e", "stderr"]
}
