//! Stands in for many watched services at one address: each has a path, a switch, and a list of arrivals.
//!
//! `/watch/N` is the service. `/control/set/FROM/UNTIL/STATUS` sets what services answer, and
//! `/control/alternate/FROM/UNTIL` makes each answer 200 and 503 in turn, so that every probe is a change.
//! `/control/arrivals/N` and `/control/firsts` tell when probes came, in microseconds since the Unix epoch.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

use crate::limits::{ANSWER_WAIT_MAX, ARRIVALS_MAX, HEAD_BYTES_MAX, TARGETS_MAX};
use crate::{clock, leash};

/// Stand in for watched services until the standard input closes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How many services
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(TARGETS_MAX)))]
    count: u32,
}

/// One service.
#[derive(Debug, Default)]
struct Target {
    status: Option<u16>,
    alternates: bool,
    first_us: Option<u64>,
    /// When a probe came and what it was answered.
    arrivals: VecDeque<(u64, u16)>,
}

type Targets = Rc<RefCell<Vec<Target>>>;

/// Serves until the standard input closes.
///
/// # Errors
/// When there is no free port.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let targets: Targets = Rc::new(RefCell::new((0..arguments.count).map(|_| Target::default()).collect()));
    println!("listening on http://{}", listener.local_addr()?);
    let serve = async move {
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                let targets = Rc::clone(&targets);
                tokio::task::spawn_local(async move {
                    // A client that goes away, or says nothing, is its own business.
                    let _ = tokio::time::timeout(ANSWER_WAIT_MAX, answer(stream, targets)).await;
                });
            }
        }
    };
    let local = LocalSet::new();
    tokio::select! {
        _ = leash::pulled() => Ok(()),
        () = local.run_until(serve) => Ok(()),
    }
}

async fn answer(mut stream: TcpStream, targets: Targets) -> anyhow::Result<()> {
    let mut head = Vec::with_capacity(1_024);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        anyhow::ensure!(stream.read_buf(&mut head).await? > 0, "no request");
        anyhow::ensure!(head.len() < HEAD_BYTES_MAX, "the request is too long");
    }
    let now_us = clock::unix_us();
    let text = String::from_utf8_lossy(&head);
    let path = text.split(' ').nth(1).unwrap_or_default();
    let (status, body) = respond(&mut targets.borrow_mut(), path, now_us);
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(())
}

fn respond(targets: &mut [Target], path: &str, now_us: u64) -> (u16, String) {
    let words: Vec<&str> = path.split('/').skip(1).collect();
    let number = |place: usize| words.get(place).and_then(|word| word.parse::<usize>().ok());
    let range = number(2).zip(number(3)).filter(|(from, until)| from <= until && *until <= targets.len());
    match (words.as_slice(), range) {
        (["watch", ..], _) => match number(1).and_then(|index| targets.get_mut(index)) {
            Some(target) => (target.arrive(now_us), "ok\n".to_owned()),
            None => (404, String::new()),
        },
        (["control", "set", _, _, status], Some((from, until))) => {
            for target in &mut targets[from..until] {
                (target.status, target.alternates) = (status.parse().ok(), false);
            }
            (200, json!({ "at_us": now_us }).to_string())
        }
        (["control", "alternate", _, _], Some((from, until))) => {
            for target in &mut targets[from..until] {
                target.alternates = true;
            }
            (200, json!({ "at_us": now_us }).to_string())
        }
        (["control", "arrivals", _], _) => match number(2).and_then(|index| targets.get(index)) {
            Some(target) => (200, json!(target.arrivals).to_string()),
            None => (404, String::new()),
        },
        (["control", "firsts"], _) => {
            let firsts: Vec<Value> = targets.iter().map(|target| json!(target.first_us)).collect();
            (200, Value::from(firsts).to_string())
        }
        _ => (404, String::new()),
    }
}

impl Target {
    fn arrive(&mut self, now_us: u64) -> u16 {
        let status = self.status.unwrap_or(200);
        if self.alternates {
            self.status = Some(if status == 200 { 503 } else { 200 });
        }
        self.first_us.get_or_insert(now_us);
        if self.arrivals.len() == ARRIVALS_MAX {
            self.arrivals.pop_front();
        }
        self.arrivals.push_back((now_us, status));
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<Target> {
        (0..3).map(|_| Target::default()).collect()
    }

    #[test]
    fn a_service_answers_as_it_is_set_and_the_others_do_not_change() {
        let mut targets = three();
        assert_eq!(respond(&mut targets, "/control/set/1/2/503", 0).0, 200);
        let statuses: Vec<u16> =
            (0..3).map(|index| respond(&mut targets, &format!("/watch/{index}"), 0).0).collect();
        assert_eq!(statuses, [200, 503, 200]);
    }

    #[test]
    fn an_alternating_service_changes_with_every_probe() {
        let mut targets = three();
        respond(&mut targets, "/control/alternate/0/1", 0);
        let statuses: Vec<u16> = (0..4).map(|_| respond(&mut targets, "/watch/0", 0).0).collect();
        assert_eq!(statuses, [200, 503, 200, 503]);
    }

    #[test]
    fn arrivals_are_told_with_what_was_answered() {
        let mut targets = three();
        respond(&mut targets, "/watch/2", 7);
        respond(&mut targets, "/watch/2", 9);
        assert_eq!(respond(&mut targets, "/control/arrivals/2", 9).1, "[[7,200],[9,200]]");
        assert_eq!(respond(&mut targets, "/control/firsts", 9).1, "[null,null,7]");
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in ["/", "/watch/3", "/watch/x", "/control/set/2/9/200", "/control/set/2/1/200"] {
            assert_eq!(respond(&mut three(), path, 0).0, 404, "{path}");
        }
    }
}
