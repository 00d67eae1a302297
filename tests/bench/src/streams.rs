//! Opens many event streams, notes when every frame arrives on each, and says at the end what was heard.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Instant;

use pharos_measure::stream::{Buffers, Connection, ask};
use tokio::sync::{Semaphore, watch};
use tokio::task::LocalSet;

use crate::limits::{OPEN_WAIT_MAX, OPENING_MAX, STREAMS_MAX};
use crate::tally::Tally;
use crate::{clock, leash};

/// Open many event streams, and say what they heard once the standard input closes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where the server listens
    #[arg(long)]
    address: SocketAddr,
    /// How many streams to open
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(STREAMS_MAX)))]
    count: u32,
    /// Number of addresses to open them from, starting at 127.0.0.1: ports are short at one address
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=200))]
    sources: u8,
}

/// What all streams share.
struct Shared {
    tally: RefCell<Tally>,
    buffers: Buffers,
    opening: Semaphore,
    /// Streams that opened, or failed to.
    settled: watch::Sender<(u32, u32)>,
    /// Streams that ended or broke after they had opened.
    broken: RefCell<u32>,
}

/// Opens them, says so in one line of JSON, waits, and says what was heard in another.
///
/// # Errors
/// When the first line cannot be said: no stream opened.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let pulled = leash::pulled();
    let started = Instant::now();
    let (settled, mut progress) = watch::channel((0, 0));
    let shared = Rc::new(Shared {
        tally: RefCell::new(Tally::new(arguments.count as usize)),
        buffers: Buffers::default(),
        opening: Semaphore::new(OPENING_MAX),
        settled,
        broken: RefCell::default(),
    });
    let local = LocalSet::new();
    for number in 0..arguments.count {
        let source = Ipv4Addr::from(u32::from(Ipv4Addr::LOCALHOST) + number % u32::from(arguments.sources));
        local.spawn_local(listen(Rc::clone(&shared), arguments.address, source, number as usize));
    }
    let keeper = Rc::clone(&shared);
    local
        .run_until(async move {
            let count = arguments.count;
            let (open, failed) = *progress.wait_for(|(open, failed)| open + failed >= count).await?;
            let seconds = started.elapsed().as_secs_f64();
            println!("{}", serde_json::json!({ "open": open, "failed": failed, "seconds": seconds }));
            anyhow::ensure!(open > 0, "none of {count} streams could be opened at {}", arguments.address);
            // An end of the pipe and a line mean the same: enough.
            let _ = pulled.await;
            let mut said = serde_json::to_value(keeper.tally.borrow().outcome())?;
            said["failed"] = failed.into();
            said["broken"] = (*keeper.broken.borrow()).into();
            println!("{said}");
            Ok(())
        })
        .await
}

async fn listen(shared: Rc<Shared>, server: SocketAddr, source: Ipv4Addr, number: usize) {
    let opened = {
        // The semaphore is never closed.
        let _place = shared.opening.acquire().await;
        tokio::time::timeout(OPEN_WAIT_MAX, open(&shared, server, source, number)).await
    };
    let Ok(Ok(mut connection)) = opened else {
        shared.settled.send_modify(|(_, failed)| *failed += 1);
        return;
    };
    shared.settled.send_modify(|(open, _)| *open += 1);
    while read(&shared, &mut connection, number).await.is_ok() {}
    *shared.broken.borrow_mut() += 1;
}

/// Opens a stream and reads up to its first reset.
async fn open(
    shared: &Shared,
    server: SocketAddr,
    source: Ipv4Addr,
    number: usize,
) -> anyhow::Result<Connection> {
    let mut connection = Connection::new(ask(server, source, None).await?);
    while !shared.tally.borrow().is_open(number) {
        read(shared, &mut connection, number).await?;
    }
    Ok(connection)
}

/// Waits for bytes and notes the frames that they complete.
async fn read(shared: &Shared, connection: &mut Connection, number: usize) -> anyhow::Result<()> {
    connection
        .read(&shared.buffers, |frame| shared.tally.borrow_mut().note(number, &frame, clock::unix_us()))
        .await
}
