//! A target to be watched: an HTTP server whose answer can be changed at any time.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A running target.
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<AtomicUsize>,
    guests: Guests,
}

/// Who came from elsewhere: how often each asked, and the status that is for it alone.
type Guests = Arc<Mutex<BTreeMap<IpAddr, (usize, Option<u16>)>>>;

/// What it answers.
#[derive(Clone)]
struct Answer {
    status: u16,
    /// Lines of the head, each with its end.
    head: String,
    body: String,
}

impl Target {
    /// Starts one that answers 200.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let plain = Answer { status: 200, head: String::new(), body: "ok".to_owned() };
        let (answer, asked) = (Arc::new(Mutex::new(plain)), Arc::new(AtomicUsize::new(0)));
        let (answers, counter) = (Arc::clone(&answer), Arc::clone(&asked));
        let guests = Guests::default();
        let known = Arc::clone(&guests);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut head = [0; 4096];
                // A client that goes away is its own business.
                let _ = stream.read(&mut head);
                counter.fetch_add(1, Ordering::SeqCst);
                let Answer { status, head, body } =
                    answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let from = stream.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |from| from.ip());
                let mut guests = known.lock().unwrap_or_else(PoisonError::into_inner);
                let (count, own) = guests.entry(from).or_default();
                *count += 1;
                let status = own.unwrap_or(status);
                drop(guests);
                let length = body.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} Status\r\n{head}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
            }
        });
        Ok(Self { address, answer, asked, guests })
    }

    /// From now on answers with this status.
    pub fn answer(&self, status: u16) {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).status = status;
    }

    /// From now on answers with this status to whoever asks from this address.
    pub fn answer_to(&self, from: IpAddr, status: u16) {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner).entry(from).or_default().1 = Some(status);
    }

    /// How often somebody asked from this address.
    pub fn asked_from(&self, from: IpAddr) -> usize {
        let guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        guests.get(&from).map_or(0, |(count, _)| *count)
    }

    /// From now on answers with this document in JSON.
    pub fn tell(&self, document: &str) {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        "content-type: application/json\r\n".clone_into(&mut answer.head);
        document.clone_into(&mut answer.body);
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}
