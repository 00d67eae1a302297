//! Those who open a stream, hear its beginning, and go again.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use pharos_measure::stream::{Connection, ask};

use super::program::{Shared, source};

/// What is said of a stream that heard what it came for.
pub const HEARD: &str = "heard the beginning";
/// How long one waits for the beginning.
const BEGINNING_MAX: Duration = Duration::from_secs(10);

/// So many come every second.
pub async fn come_and_go(shared: Rc<Shared>, a_second: u32) {
    let mut due = tokio::time::interval(Duration::from_secs(1) / a_second.max(1));
    for number in 0_u32.. {
        due.tick().await;
        let shared = Rc::clone(&shared);
        tokio::task::spawn_local(async move {
            let met = tokio::time::timeout(BEGINNING_MAX, come(&shared, number)).await;
            let said = match met {
                Ok(Ok(())) => HEARD.to_owned(),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no beginning".to_owned(),
            };
            shared.tally.borrow_mut().ended(said);
        });
    }
}

async fn come(shared: &Shared, number: u32) -> Result<()> {
    let node = *shared.orders.nodes.first().context("there is no node")?;
    let mut connection = Connection::new(ask(node, source(shared, number), None).await?);
    let mut is_heard = false;
    while !is_heard {
        connection.read(&shared.buffers, |_| is_heard = true).await?;
    }
    Ok(())
}
