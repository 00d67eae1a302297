//! A way to a database that breaks as a drill says: held, slowed, cut, or cut just before or after a word such as COMMIT.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use pharos_engine::simulator::Random;
use pharos_model::UnixMs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock;

/// Most bytes that are passed on at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// How long the other side is waited for before its answer is lost.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// After how long a lost piece is sent again for the first time, which doubles each time, as Linux does it.
const AGAIN: Duration = Duration::from_millis(200);
/// The longest of these times.
const AGAIN_MAX: Duration = Duration::from_secs(10);
/// The chance of one in a hundred, in a million.
const PER_PERCENT: u64 = 10_000;
/// Pause before one who was refused may come again, so that nobody knocks without end.
const REFUSAL: Duration = Duration::from_millis(5);

/// One direction of all connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// Bytes are passed on.
    #[default]
    Open,
    /// Nothing is passed on, not even that a side went away, as where packets are dropped. What waits comes later.
    Held,
    /// Nothing is passed on, and on the connections of that time nothing is later either: as on a line that was cut, until TCP sends again
    /// what was lost, which may take longer than anybody waits.
    Lost,
    /// Each piece takes so long.
    Slow(Duration),
    /// So many of a hundred pieces are lost and sent again, as TCP does it: what comes behind waits.
    Lossy(u8),
}

/// What happens at the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It takes so long.
    Wait(Duration),
    /// The connection ends, and the database never hears the word.
    CutBefore,
    /// The database hears it and answers, and the answer is lost.
    CutAfter,
    /// The connection ends just behind the word: the database may hear it or not.
    CutMeanwhile,
    /// The connection stands still until [`Proxy::restore`], and the database hears the word then.
    Hold,
}

/// How the proxy is.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// To the database.
    there: Way,
    /// From the database.
    back: Way,
    /// Whether nobody is let in.
    refuses: bool,
    /// Connections of another life have ended.
    life: u64,
    /// How often all was restored.
    restored: u64,
}

impl State {
    fn loses(&self) -> bool {
        self.there == Way::Lost || self.back == Way::Lost
    }
}

/// What is decided each time the word is said.
type AtWord = Box<dyn FnMut() -> Fault + Send>;
/// The word, and what is decided at it.
type Watched = Mutex<Option<(&'static str, AtWord)>>;

/// Ports from which the database was reached, each with the moment since when.
type Carried = Mutex<Vec<(u16, UnixMs)>>;

/// A way to a database.
pub struct Proxy {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    state: watch::Sender<State>,
    watched: Arc<Watched>,
    carried: Arc<Carried>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// To whoever listens on a port of 127.0.0.1. It is not looked at before somebody comes.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn to(target: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port for a proxy")?;
        let port = listener.local_addr()?.port();
        let (state, states) = watch::channel(State::default());
        let watched = Arc::<Watched>::default();
        let words = Arc::clone(&watched);
        let carried = Arc::<Carried>::default();
        let ports = Arc::clone(&carried);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (states, words, ports) = (states.clone(), Arc::clone(&words), Arc::clone(&ports));
                tokio::spawn(async move {
                    // Whoever goes away is their own business.
                    let _gone = carry(client, target, states, (&words, &ports)).await;
                });
            }
        });
        Ok(Self { port, state, watched, carried, accepting })
    }

    /// The address of a database through it.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// From now on the two directions are like that, to the database and back.
    pub fn set(&self, there: Way, back: Way) {
        self.state.send_modify(|state| (state.there, state.back) = (there, back));
    }

    /// Ends all connections; whoever comes is turned away until [`Proxy::restore`].
    pub fn cut(&self) {
        self.state.send_modify(|state| (state.refuses, state.life) = (true, state.life + 1));
    }

    /// Ends all connections and lets them come again, as after a short cut of the line.
    pub fn hang_up(&self) {
        self.state.send_modify(|state| state.life += 1);
    }

    /// Everything is passed on again.
    pub fn restore(&self) {
        self.state.send_modify(|state| {
            *state = State { life: state.life, restored: state.restored + 1, ..State::default() };
        });
    }

    /// Since when it reached the database from a port, as of a moment; `None` where it had not.
    pub fn carried(&self, port: u16, by: UnixMs) -> Option<UnixMs> {
        let carried = self.carried.lock().unwrap_or_else(PoisonError::into_inner);
        carried.iter().filter(|(of, since)| *of == port && *since <= by).map(|(_, since)| *since).max()
    }

    /// From now on `decide` says what happens each time somebody says the word.
    pub fn at(&self, word: &'static str, decide: impl FnMut() -> Fault + Send + 'static) {
        *watched(&self.watched) = Some((word, Box::new(decide)));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

fn watched(words: &Watched) -> MutexGuard<'_, Option<(&'static str, AtWord)>> {
    words.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What happens to a piece that is on its way to the database.
fn fault_of(words: &Watched, said: &[u8]) -> Fault {
    match &mut *watched(words) {
        Some((word, decide)) if said.windows(word.len()).any(|window| window == word.as_bytes()) => decide(),
        _ => Fault::None,
    }
}

async fn carry(
    client: TcpStream,
    target: u16,
    mut states: watch::Receiver<State>,
    (words, ports): (&Watched, &Carried),
) -> std::io::Result<()> {
    let life = states.borrow().life;
    if states.borrow().refuses {
        tokio::time::sleep(REFUSAL).await;
        return Ok(());
    }
    if states.borrow().loses() {
        drop(states.wait_for(|state| state.life != life).await);
        return Ok(());
    }
    let since = clock::now();
    let server = TcpStream::connect(("127.0.0.1", target)).await?;
    let port = server.local_addr()?.port();
    ports.lock().unwrap_or_else(PoisonError::into_inner).push((port, since));
    let mut random = Random::new(u64::from(port), 0);
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut asked, mut answered) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    loop {
        let now = *states.borrow_and_update();
        if now.loses() {
            drop(states.wait_for(|state| state.life != life).await);
            return Ok(());
        }
        if now.life != life {
            return Ok(());
        }
        tokio::select! {
            count = from_client.read(&mut asked), if now.there != Way::Held => {
                let said = &asked[..count?];
                if said.is_empty() {
                    return Ok(());
                }
                slow_down(now.there, &mut random).await;
                match fault_of(words, said) {
                    Fault::None => to_server.write_all(said).await?,
                    Fault::Wait(long) => {
                        tokio::time::sleep(long).await;
                        to_server.write_all(said).await?;
                    }
                    Fault::Hold => {
                        drop(states.wait_for(|state| state.restored > now.restored).await);
                        to_server.write_all(said).await?;
                    }
                    Fault::CutBefore => return Ok(()),
                    Fault::CutMeanwhile => return to_server.write_all(said).await,
                    Fault::CutAfter => {
                        to_server.write_all(said).await?;
                        let _lost = tokio::time::timeout(ANSWER_MAX, from_server.read(&mut answered)).await;
                        return Ok(());
                    }
                }
            }
            count = from_server.read(&mut answered), if now.back != Way::Held => {
                let said = &answered[..count?];
                if said.is_empty() {
                    return Ok(());
                }
                slow_down(now.back, &mut random).await;
                to_client.write_all(said).await?;
            }
            changed = states.changed() => if changed.is_err() { return Ok(()) },
        }
    }
}

async fn slow_down(way: Way, random: &mut Random) {
    match way {
        Way::Slow(long) => tokio::time::sleep(long).await,
        Way::Lossy(percent) => {
            let mut wait = AGAIN;
            while wait <= AGAIN_MAX && random.chance(u64::from(percent) * PER_PERCENT) {
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
        }
        Way::Open | Way::Held | Way::Lost => {}
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// A database that answers each piece with itself.
    async fn echo() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut reader, mut writer) = stream.split();
                    let _ended = tokio::io::copy(&mut reader, &mut writer).await;
                });
            }
        });
        port
    }

    async fn ask(stream: &mut TcpStream, text: &str) -> std::io::Result<String> {
        stream.write_all(text.as_bytes()).await?;
        let mut answer = vec![0; 64];
        let count = stream.read(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer[..count]).into_owned())
    }

    #[tokio::test]
    async fn what_is_held_comes_later_and_what_is_cut_never() {
        let proxy = Proxy::to(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap();
        assert_eq!(ask(&mut stream, "one").await.unwrap(), "one");
        proxy.set(Way::Open, Way::Held);
        let held = tokio::time::timeout(Duration::from_millis(100), ask(&mut stream, "two")).await;
        assert!(held.is_err());
        proxy.restore();
        assert_eq!(ask(&mut stream, "").await.unwrap(), "two");
        proxy.cut();
        assert!(!ask(&mut stream, "three").await.is_ok_and(|answer| !answer.is_empty()));
        let mut refused = TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap();
        assert!(!ask(&mut refused, "four").await.is_ok_and(|answer| !answer.is_empty()));
        proxy.restore();
        let mut again = TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap();
        assert_eq!(ask(&mut again, "five").await.unwrap(), "five");
    }

    #[tokio::test]
    async fn what_is_lost_never_comes_and_only_a_new_connection_finds_the_line_again() {
        let proxy = Proxy::to(echo().await).await.unwrap();
        let mut before = TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap();
        assert_eq!(ask(&mut before, "one").await.unwrap(), "one");
        proxy.set(Way::Lost, Way::Lost);
        let mut meanwhile = TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap();
        for stream in [&mut before, &mut meanwhile] {
            let lost = tokio::time::timeout(Duration::from_millis(100), ask(stream, "two")).await;
            assert!(lost.is_err());
        }
        proxy.restore();
        let mut after = TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap();
        assert_eq!(ask(&mut after, "three").await.unwrap(), "three");
        for stream in [&mut before, &mut meanwhile] {
            let lost = tokio::time::timeout(Duration::from_millis(100), ask(stream, "")).await;
            assert!(lost.is_err());
        }
    }

    #[tokio::test]
    async fn a_word_meets_its_fault_and_others_do_not() {
        let proxy = Proxy::to(echo().await).await.unwrap();
        let mut faults = [Fault::Wait(Duration::from_millis(50)), Fault::CutAfter].into_iter();
        proxy.at("COMMIT", move || faults.next().unwrap_or(Fault::None));
        let mut stream = TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap();
        assert_eq!(ask(&mut stream, "BEGIN").await.unwrap(), "BEGIN");
        let started = Instant::now();
        assert_eq!(ask(&mut stream, "x COMMIT").await.unwrap(), "x COMMIT");
        assert!(started.elapsed() >= Duration::from_millis(50));
        assert!(!ask(&mut stream, "COMMIT").await.is_ok_and(|answer| !answer.is_empty()));
    }
}
