//! Services that tell of their health in a document.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::{Value, json};
use tokio::sync::watch::Receiver;

use super::State;

/// An answer: its status, its media type and its document.
type Answer = (u16, &'static str, Value);

/// Answers every request with the document of how it is.
pub fn serve(
    listener: &TcpListener,
    state: &Receiver<State>,
    document: fn(State) -> Answer,
) -> anyhow::Result<()> {
    for stream in listener.incoming() {
        let mut stream = stream?;
        // A client that goes away is its own business.
        let _ = stream.read(&mut [0; 4096]);
        let state = *state.borrow();
        let (status, media_type, document) = document(state);
        let body = if state == State::Failing { "oops".to_owned() } else { document.to_string() };
        let _ = write!(
            stream,
            "HTTP/1.1 {status} Status\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
    }
    Ok(())
}

/// As Spring Boot Actuator shows it: 503 where the whole is down.
pub fn actuator(state: State) -> Answer {
    let up = |is_up: bool| if is_up { "UP" } else { "DOWN" };
    let whole = up(matches!(state, State::Well | State::Limping));
    let document = json!({
        "status": whole,
        "components": {
            "db": { "status": up(state == State::Well), "details": { "database": "PostgreSQL", "validationQuery": "isValid()" } },
            "diskSpace": { "status": up(state != State::Down), "details": { "total": 1_000, "free": 500 } },
            "ping": { "status": "UP" },
        },
        "groups": ["liveness", "readiness"],
    });
    let status = match state {
        State::Failing => 500,
        _ if whole == "UP" => 200,
        _ => 503,
    };
    (status, "application/vnd.spring-boot.actuator.v3+json", document)
}

/// As the IETF's draft has it.
pub fn health_json(state: State) -> Answer {
    let (whole, part) = match state {
        State::Well => ("pass", "pass"),
        State::Limping => ("warn", "fail"),
        State::Down | State::Failing => ("fail", "fail"),
    };
    let document = json!({
        "status": whole,
        "version": "1",
        "checks": { "queue:depth": [{ "componentType": "datastore", "observedValue": 4, "status": part }] },
    });
    let status = match state {
        State::Well | State::Limping => 200,
        State::Down => 503,
        State::Failing => 500,
    };
    (status, "application/health+json", document)
}

/// A supplier's page.
pub fn statuspage(state: State) -> Answer {
    let (indicator, part) = match state {
        State::Well => ("none", "operational"),
        State::Limping => ("minor", "partial_outage"),
        State::Down | State::Failing => ("critical", "major_outage"),
    };
    let component = |id: &str, name: &str, status: &str| json!({ "id": id, "name": name, "status": status });
    let document = json!({
        "page": { "id": "k3w9bd0vtxqz", "name": "Example" },
        "components": [component("a", "Builds", part), component("b", "Git", "operational")],
        "incidents": [],
        "status": { "indicator": indicator, "description": "" },
    });
    (if state == State::Failing { 500 } else { 200 }, "application/json", document)
}
