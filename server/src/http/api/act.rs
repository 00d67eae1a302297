//! Having a command carried out: once for each key, and answered when it can be read.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use pharos_engine::desk::{Command, Subject};

use super::access::Caller;
use super::problem::Problem;
use crate::http::Services;
use crate::known::Known;
use crate::limits::READ_BACK_TIMEOUT;
use crate::operators::{Done, Failure, OnceKey};

/// Keys whose requests are under way.
#[derive(Debug, Default)]
pub struct UnderWay(Mutex<HashSet<(String, String)>>);

/// A key's place among them, given back when dropped.
struct Place<'a>(&'a UnderWay, (String, String));

impl UnderWay {
    fn enter(&self, actor: &str, key: &str) -> Option<Place<'_>> {
        let entry = (actor.to_owned(), key.to_owned());
        let is_new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.clone());
        // Made only when it is ours: a place that is dropped gives the key back.
        is_new.then(|| Place(self, entry))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// What a command led to, and what is known with it.
pub struct Acted {
    /// What it was about.
    pub subject: Subject,
    /// What is known now, it included.
    pub known: Known,
}

/// Has a command carried out.
///
/// # Errors
/// When it is refused, cannot be written, or its key was used for another request.
pub async fn act(
    services: &Arc<Services>,
    caller: &Caller,
    command: Command,
    once: Option<OnceKey>,
) -> Result<Acted, Problem> {
    let author = caller.author();
    let place = match &once {
        None => None,
        Some(once) => {
            let busy = || {
                Problem::new("key_in_use", "a request with this key is under way").hint("wait for its answer")
            };
            let place = services.under_way.enter(&author.actor, &once.key).ok_or_else(busy)?;
            if let Some(subject) = before(services, &author.actor, once).await? {
                return Ok(Acted { subject, known: services.known.borrow().clone() });
            }
            Some(place)
        }
    };
    let done = services.operators.order(command, author, once).await?;
    drop(place);
    let known = read_back(services, &done).await;
    Ok(Acted { subject: done.subject, known })
}

/// What an earlier request with this key led to.
async fn before(services: &Services, actor: &str, once: &OnceKey) -> Result<Option<Subject>, Problem> {
    let Some(earlier) = services.store.once(actor, &once.key).await? else { return Ok(None) };
    if earlier.fingerprint != once.fingerprint {
        return Err(Failure::KeyInUse.into());
    }
    Ok(serde_json::from_str(&earlier.outcome).ok())
}

/// What is known once it holds what was done. A node that follows slowly answers with what it has.
async fn read_back(services: &Services, done: &Done) -> Known {
    let mut known = services.known.clone();
    let waited = tokio::time::timeout(READ_BACK_TIMEOUT, known.wait_for(|known| known.seq >= done.seq)).await;
    match waited {
        Ok(Ok(found)) => found.clone(),
        Ok(Err(_)) | Err(_) => services.known.borrow().clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_finds_a_key_taken_does_not_give_it_back() {
        let under_way = UnderWay::default();
        let place = under_way.enter("user:anna", "k");
        assert!(place.is_some() && under_way.enter("user:anna", "k").is_none());
        assert!(under_way.enter("user:anna", "k").is_none());
        assert!(under_way.enter("user:bert", "k").is_some());
        drop(place);
        assert!(under_way.enter("user:anna", "k").is_some());
    }
}
