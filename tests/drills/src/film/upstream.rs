//! The scripted members of redundant services: each answers as the script says, and notes what it told when.
//!
//! A member may take a while over its answer, and says what is true when it answers: a look spans time, and what it finds may have
//! become so at any moment of it. State and clock are read under one lock, so that the script knows to the millisecond which
//! answers came before a change and which after.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use pharos_model::UnixMs;

use crate::clock;
use crate::limits;

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It serves.
    Primary,
    /// It follows, and tells how far it lags.
    Standby,
    /// It answers that it does not work.
    Failing,
}

/// A lag that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: UnixMs,
    /// How far, in milliseconds.
    pub lag_ms: u64,
}

#[derive(Debug)]
struct Member {
    state: State,
    takes: Duration,
    told: Vec<Told>,
    /// When it answered.
    answered: Vec<UnixMs>,
}

/// All members of a film, at one address.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Where they listen; each has a path of its own, `/member/N`.
    pub address: SocketAddr,
    members: Arc<Mutex<Vec<Member>>>,
    /// By how much the lag that is told differs from the one that is noted, in milliseconds.
    lag_lie_ms: u64,
}

impl Upstream {
    /// Starts members that take so long over their answers.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start(takes: &[Duration], lag_lie_ms: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("no free port for the members")?;
        let member = |takes: &Duration| Member {
            state: State::Standby,
            takes: *takes,
            told: Vec::new(),
            answered: Vec::new(),
        };
        let members = Arc::new(Mutex::new(takes.iter().map(member).collect()));
        let address = listener.local_addr()?;
        let upstream = Self { address, members, lag_lie_ms };
        let serving = upstream.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let serving = serving.clone();
                // A client that goes away is its own business.
                thread::spawn(move || serving.answer(stream).unwrap_or_default());
            }
        });
        Ok(upstream)
    }

    fn members(&self) -> MutexGuard<'_, Vec<Member>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on members are these; returns when that became so.
    pub fn set(&self, states: &[(usize, State)]) -> UnixMs {
        let mut members = self.members();
        for (index, state) in states {
            members[*index].state = *state;
        }
        clock::now()
    }

    /// The lags that a member told, in order.
    pub fn told(&self, index: usize) -> Vec<Told> {
        self.members()[index].told.clone()
    }

    /// How long before and after a moment a member answered together: the interval that was kept around it, in milliseconds.
    pub fn interval_around(&self, index: usize, at: UnixMs) -> u64 {
        let members = self.members();
        let answered = &members[index].answered;
        let before = answered.iter().rfind(|answer| **answer <= at);
        let after = answered.iter().find(|answer| **answer > at);
        before.zip(after).map_or(0, |(before, after)| after.since_ms(*before))
    }

    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(limits::ANSWER_WAIT_MAX))?;
        let mut head = [0; 2_048];
        let count = stream.read(&mut head)?;
        let text = String::from_utf8_lossy(&head[..count]).into_owned();
        let index = text.split([' ', '/']).find_map(|word| word.parse::<usize>().ok()).unwrap_or(usize::MAX);
        let Some(takes) = self.members().get(index).map(|member| member.takes) else { return Ok(()) };
        thread::sleep(takes);
        let (status, body) = self.say(index);
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    }

    fn say(&self, index: usize) -> (u16, String) {
        let mut members = self.members();
        let member = &mut members[index];
        member.answered.push(clock::now());
        match member.state {
            State::Primary => (200, r#"{"status":"UP","role":"primary"}"#.to_owned()),
            State::Failing => (500, r#"{"status":"DOWN"}"#.to_owned()),
            State::Standby => {
                // Another lag at each look, so that each tells which look it was told at.
                let lag_ms = 100 + 7 * u64::try_from(member.told.len()).unwrap_or(0);
                member.told.push(Told { at: clock::now(), lag_ms });
                let lag_ms = lag_ms + self.lag_lie_ms;
                (200, format!(r#"{{"status":"UP","role":"standby","lag":{lag_ms}}}"#))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_measure::http;

    #[test]
    fn a_member_says_what_it_is_and_notes_the_lag_that_it_told() {
        let upstream = Upstream::start(&[Duration::ZERO; 2], 0).unwrap();
        let said = |index: usize| {
            let answer = http::get(&upstream.address.to_string(), &format!("/member/{index}"), &[]).unwrap();
            (answer.status, String::from_utf8(answer.body).unwrap())
        };
        upstream.set(&[(0, State::Primary), (1, State::Standby)]);
        assert_eq!(said(0), (200, r#"{"status":"UP","role":"primary"}"#.to_owned()));
        assert!(said(1).1.contains(r#""lag":100"#) && said(1).1.contains(r#""lag":107"#));
        upstream.set(&[(1, State::Failing)]);
        assert_eq!(said(1).0, 500);
        let told: Vec<u64> = upstream.told(1).iter().map(|told| told.lag_ms).collect();
        assert_eq!(told, [100, 107]);
    }
}
