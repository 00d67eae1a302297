//! Alertmanager of Prometheus, alone and with one receiver.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::{Place, Running, port};

/// A running Alertmanager.
#[derive(Debug)]
pub struct Alertmanager {
    _running: Running,
    _place: Place,
    port: u16,
}

impl Alertmanager {
    /// Starts one that tells `url` of groups by `alertname`, a second after something changed, and shows this token.
    #[must_use]
    pub fn start(url: &str, token: &str) -> Self {
        let (place, port) = (Place::new(), port());
        let config = format!(
            "route:
  receiver: pharos
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: pharos
    webhook_configs:
      - url: {url}
        send_resolved: true
        max_alerts: 200
        http_config:
          authorization: {{ credentials: {token} }}
"
        );
        place.write("alertmanager.yml", &config);
        let listen = format!("--web.listen-address=127.0.0.1:{port}");
        let arguments =
            ["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address=", &listen];
        let is_ready = || ask(port, "GET", "/-/ready", "").is_some_and(|answer| answer.contains(" 200 "));
        let running = place.serve("prometheus-alertmanager", &arguments, is_ready);
        Self { _running: running, _place: place, port }
    }

    /// Tells it of alerts, in JSON as its API takes them.
    pub fn tell(&self, alerts: &str) {
        let answer = ask(self.port, "POST", "/api/v2/alerts", alerts).unwrap_or_default();
        assert!(answer.contains(" 200 "), "{answer}");
    }
}

fn ask(port: u16, method: &str, path: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(crate::PATIENCE)).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
