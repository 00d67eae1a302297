//! Writing jobs within a transaction that is open.

use super::samples::Checks;
use super::{Connection, accounts, append, fill, journal, lease, mend, rollup, samples};
use crate::journal::Journal;
use crate::limits::SAMPLES_PER_BATCH_MAX;
use crate::writer::{Answer, Job, settle};
use crate::{Margin, StoreError};

/// What jobs are written with.
pub struct Desk<'a> {
    /// Within a transaction.
    pub connection: &'a mut Connection,
    /// The journal's end.
    pub journal: &'a mut Journal,
    /// The numbers of checks.
    pub checks: &'a mut Checks,
    /// The leader's term.
    pub term: u64,
}

/// Writes one job. A request that is refused is answered at once and harms no other; an error is the database's and
/// ends the whole transaction.
pub async fn write(desk: Desk<'_>, job: Job, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
    let Desk { connection, journal, checks, term } = desk;
    match job {
        Job::Append { at, facts, margin, reply } => {
            let seq = journal.head.seq;
            let accepted = match margin.after.filter(|after| *after != seq) {
                Some(after) => Err(StoreError::Overtaken { after, seq }),
                None => journal.accepts(at, facts.len()),
            };
            if let Err(refused) = accepted {
                let _gone = reply.send(Err(refused));
                return Ok(());
            }
            let written = append::append(connection, journal, term, (at, facts)).await;
            let kept = match &written {
                Ok(appended) if *margin != Margin::default() => {
                    accounts::keep_margin(connection, &margin, appended.head.seq).await
                }
                _ => Ok(()),
            };
            settle(written.and_then(|appended| kept.map(|()| appended)), reply, answers)
        }
        Job::Accounts { changes, audit, reply } => {
            match accounts::change(connection, &changes, &audit).await {
                Ok(Err(conflict)) => {
                    let _gone = reply.send(Err(conflict));
                    Ok(())
                }
                Ok(Ok(())) => settle(Ok(()), reply, answers),
                Err(error) => settle(Err(error), reply, answers),
            }
        }
        Job::Record { samples, reply } => {
            let (count, max) = (samples.len(), SAMPLES_PER_BATCH_MAX);
            if count > max {
                let _gone = reply.send(Err(StoreError::TooMany { what: "samples", count, max }));
                return Ok(());
            }
            settle(samples::record(connection, checks, &samples).await, reply, answers)
        }
        Job::SaveFold { seq, body, reply } => {
            settle(journal::save_fold(connection, seq, &body).await, reply, answers)
        }
        Job::RenewWatch { at, reply } => settle(journal::renew_watch(connection, at).await, reply, answers),
        Job::RollUp { now, reply } => settle(rollup::roll_up(connection, now).await, reply, answers),
        Job::ImportRollups { rows, reply } => settle(rollup::import(connection, &rows).await, reply, answers),
        Job::Retain { now, retention, reply } => {
            settle(samples::retain(connection, now, retention).await, reply, answers)
        }
        Job::Acquire { holder, nonce, ttl, reply } => {
            settle(lease::acquire(connection, &holder, nonce, ttl).await, reply, answers)
        }
        Job::Release { nonce, reply } => settle(lease::release(connection, nonce).await, reply, answers),
        Job::Fill { piece, reply } => {
            settle(fill::fill(connection, journal, checks, *piece).await, reply, answers)
        }
        Job::Mend { mend, reply } => settle(mend::mend(connection, checks, *mend).await, reply, answers),
        Job::Close(_) => Ok(()),
    }
}
