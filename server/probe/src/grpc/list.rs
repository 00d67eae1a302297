//! The services that a gRPC server knows the health of, as `List` tells.

use super::message::statuses;
use super::{GrpcCheck, call};
use crate::budget::Budget;
use crate::limits::{GRPC_LIST_BYTES_MAX, PARTS_MAX};
use crate::outcome::{Look, Outcome, Part, Reason, ReasonKind, excerpt};
use crate::prober::Prober;

const LIST: &str = "/grpc.health.v1.Health/List";
/// What the numbers of a status are called.
const WORDS: [&str; 4] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/// Asks for the services with their statuses, within `timeout_ms`; `None` where the server does not list them.
///
/// # Errors
/// With why there is no answer that can be read.
pub async fn services(
    prober: &Prober,
    check: &GrpcCheck,
    timeout_ms: u64,
) -> Result<Option<Vec<Part>>, Reason> {
    let (budget, mut look) = (Budget::start(timeout_ms), Look::default());
    // An empty message: five bytes and nothing behind them.
    let question = (LIST, vec![0; 5], GRPC_LIST_BYTES_MAX);
    let answer = call::whole(prober, check, question, &budget, &mut look).await?;
    if answer.status.as_deref() != Some("0") {
        return Ok(None);
    }
    let found = statuses(&answer.message).map_err(|why| {
        Reason::new(ReasonKind::WrongAnswer, format!("gRPC: the list of services cannot be read: {why}"))
    })?;
    let named = found.into_iter().filter(|(name, _)| !name.is_empty()).take(PARTS_MAX);
    let mut services: Vec<Part> = named.map(part).collect();
    services.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Some(services))
}

fn part((name, status): (String, u64)) -> Part {
    let outcome = match status {
        1 => Outcome::Good,
        2 => Outcome::Down,
        _ => Outcome::Unknown,
    };
    let word = usize::try_from(status).ok().and_then(|status| WORDS.get(status));
    Part {
        path: excerpt(&name),
        word: word.map_or_else(|| status.to_string(), |word| (*word).to_owned()),
        outcome,
    }
}
