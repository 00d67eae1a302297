//! Writing an archive: what is new in the journal, the accounts and the audit log, and last the manifest that vouches for it.

use std::sync::Arc;

use pharos_bucket::Tag;
use pharos_model::UnixMs;
use pharos_store::{Head, JournalRow, Store, Token, User};
use serde::{Deserialize, Serialize};

use crate::limits::{
    AUDIT_ENTRIES, MERGED_BYTES_MAX, MERGED_ENTRIES_MAX, SEGMENT_ENTRIES, SEGMENTS_MERGED,
    SNAPSHOT_EVERY_ENTRIES, SNAPSHOTS_KEPT,
};
use crate::manifest::{AuditPart, MANIFEST, Manifest, Segment, SnapshotAt};
use crate::seal::{hash, hex};
use crate::{Archive, ArchiveError, begin, lines};

/// Where segments lie.
const JOURNAL: &str = "journal";

/// Users and tokens as they are kept.
#[derive(Serialize, Deserialize)]
pub struct AccountsKept {
    /// All users.
    pub users: Vec<User>,
    /// All tokens.
    pub tokens: Vec<Token>,
}

/// Writes the archive of a store. There may be several of them: what one overwrites of another is refused.
pub struct Writer {
    archive: Archive,
    store: Arc<dyn Store>,
    manifest: Manifest,
    tag: Option<Tag>,
    term: u64,
    /// Hash of users and tokens as they were kept last.
    accounts: Option<String>,
}

impl Writer {
    /// Begins, or goes on where somebody ended.
    ///
    /// # Errors
    /// When the archive is not this journal's, or its place or the database fails.
    pub async fn begin(archive: Archive, store: Arc<dyn Store>, term: u64) -> Result<Self, ArchiveError> {
        let (manifest, tag) = begin::begun(&archive, &*store).await?;
        Ok(Self { archive, store, manifest, tag, term, accounts: None })
    }

    /// What is in the archive.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Writes everything that is new in the journal. `now` is when it begins: up to then it is all there is to tell.
    ///
    /// # Errors
    /// When somebody else writes there, or the archive's place or the database fails. What was written is not referred to then.
    pub async fn journal(&mut self, now: UnixMs) -> Result<(), ArchiveError> {
        let mut next = self.manifest.clone();
        let watched_at = self.store.last_watch().await?;
        loop {
            let rows = self.store.rows_after(next.seq, SEGMENT_ENTRIES).await?;
            if rows.is_empty() {
                break;
            }
            next.segments.push(self.segment(&rows, 0).await?);
            extend(&mut next, &rows);
        }
        self.merge_segments(&mut next).await?;
        next.covers = next.covers.max(now).max(next.at);
        next.watched_at = watched_at;
        self.replace(next).await
    }

    /// Writes users, tokens, the newest of the audit log, and a snapshot where one is due; and whether there is a history by now.
    ///
    /// # Errors
    /// As [`Writer::journal`].
    pub async fn rest(&mut self) -> Result<(), ArchiveError> {
        let mut next = self.manifest.clone();
        self.accounts(&mut next).await?;
        self.audit(&mut next).await?;
        self.snapshot(&mut next).await?;
        if !next.has_history {
            let history = self.archive.history().await?;
            next.has_history = history.is_some_and(|(history, _)| history.origin == next.origin);
        }
        if next == self.manifest { Ok(()) } else { self.replace(next).await }
    }

    async fn replace(&mut self, mut next: Manifest) -> Result<(), ArchiveError> {
        next.term = self.term;
        let tag = self.archive.put_document(MANIFEST, &next, self.tag.as_ref()).await?;
        (self.manifest, self.tag) = (next, Some(tag));
        Ok(())
    }

    async fn segment(&self, rows: &[JournalRow], level: u8) -> Result<Segment, ArchiveError> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Err(self.archive.damaged(JOURNAL, "a segment without entries".to_owned()));
        };
        let name = format!("{:012}-{:012}", first.seq, last.seq);
        let object = self.archive.put(JOURNAL, &name, lines::of_journal(rows)).await?;
        Ok(Segment {
            object,
            first: first.seq,
            last: last.seq,
            from: first.at,
            until: last.at,
            chain: hex(&last.chain.0),
            level,
        })
    }

    /// Puts small segments together, so that their number grows with the logarithm of the journal's length. They are read from the
    /// database, because what is sealed cannot be opened here.
    async fn merge_segments(&self, next: &mut Manifest) -> Result<(), ArchiveError> {
        while let Some(run) = run_of(&next.segments, |segment| {
            (segment.level, segment.last - segment.first + 1, segment.object.bytes)
        }) {
            let merged = &next.segments[run.clone()];
            let (Some(first), Some(last)) = (merged.first(), merged.last()) else { break };
            let (first, last, level) = (first.first, last.last, last.level + 1);
            let mut rows = Vec::new();
            while rows.last().is_none_or(|row: &JournalRow| row.seq < last) {
                let after = rows.last().map_or(first - 1, |row| row.seq);
                let wanted = usize::try_from(last - after).unwrap_or(usize::MAX);
                let more = self.store.rows_after(after, wanted).await?;
                if more.is_empty() {
                    return Err(self.archive.damaged(JOURNAL, format!("entry {} is gone", after + 1)));
                }
                rows.extend(more);
            }
            let segment = self.segment(&rows, level).await?;
            next.segments.splice(run, [segment]);
        }
        Ok(())
    }

    async fn accounts(&mut self, next: &mut Manifest) -> Result<(), ArchiveError> {
        let users = self.store.users().await?;
        let mut tokens = self.store.tokens().await?;
        // When a token was last used is no reason to write everything again.
        for token in &mut tokens {
            token.used_at = None;
        }
        let kept = AccountsKept { users, tokens };
        let text = serde_json::to_string(&kept);
        let text = text.map_err(|error| self.archive.damaged("accounts", error.to_string()))?;
        let sum = hash(text.as_bytes());
        if self.accounts.as_ref() == Some(&sum) && next.accounts.is_some() {
            return Ok(());
        }
        next.accounts = Some(self.archive.put("accounts", "accounts", text).await?);
        self.accounts = Some(sum);
        Ok(())
    }

    async fn audit(&self, next: &mut Manifest) -> Result<(), ArchiveError> {
        loop {
            let last = next.audit.last().map_or(0, |part| part.last);
            let entries = self.store.audit_after(last, AUDIT_ENTRIES).await?;
            if entries.is_empty() {
                break;
            }
            next.audit.push(self.audit_part(&entries, 0).await?);
        }
        while let Some(run) =
            run_of(&next.audit, |part| (part.level, part.last - part.first + 1, part.object.bytes))
        {
            let (Some(first), Some(last)) = (next.audit[run.clone()].first(), next.audit[run.clone()].last())
            else {
                break;
            };
            let (first, last, level) = (first.first, last.last, last.level + 1);
            let mut entries: Vec<pharos_store::AuditEntry> = Vec::new();
            loop {
                let after = entries.last().map_or(first - 1, |entry| entry.id);
                let mut more = self.store.audit_after(after, AUDIT_ENTRIES).await?;
                more.retain(|entry| entry.id <= last);
                if more.is_empty() {
                    break;
                }
                entries.extend(more);
            }
            // Old refusals are forgotten by the database, and so a part may have become empty.
            if entries.is_empty() {
                next.audit.drain(run);
            } else {
                let part = self.audit_part(&entries, level).await?;
                next.audit.splice(run, [part]);
            }
        }
        Ok(())
    }

    async fn audit_part(
        &self,
        entries: &[pharos_store::AuditEntry],
        level: u8,
    ) -> Result<AuditPart, ArchiveError> {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Err(self.archive.damaged("audit", "a part without entries".to_owned()));
        };
        let name = format!("{:012}-{:012}", first.id, last.id);
        let text = serde_json::to_string(entries);
        let text = text.map_err(|error| self.archive.damaged("audit", error.to_string()))?;
        let object = self.archive.put("audit", &name, text).await?;
        Ok(AuditPart { object, first: first.id, last: last.id, level })
    }

    /// Keeps what the journal folds to, so that a restore can be compared with it.
    async fn snapshot(&self, next: &mut Manifest) -> Result<(), ArchiveError> {
        let due = next.snapshots.last().is_none_or(|last| last.seq + SNAPSHOT_EVERY_ENTRIES <= next.seq);
        if !due || next.seq == 0 || self.store.has_diverged() {
            return Ok(());
        }
        let fold = self.store.load().await?;
        // What is newer than the archive is of no use in it.
        if fold.seq > next.seq {
            return Ok(());
        }
        let text = serde_json::to_string(&fold);
        let text = text.map_err(|error| self.archive.damaged("snapshots", error.to_string()))?;
        let object = self.archive.put("snapshots", &format!("{:012}", fold.seq), text).await?;
        next.snapshots.push(SnapshotAt { object, seq: fold.seq });
        let many = next.snapshots.len().saturating_sub(SNAPSHOTS_KEPT);
        next.snapshots.drain(..many);
        Ok(())
    }
}

fn extend(manifest: &mut Manifest, rows: &[JournalRow]) {
    let Some(last) = rows.last() else { return };
    let Head { seq, chain } = Head { seq: last.seq, chain: last.chain };
    (manifest.seq, manifest.chain, manifest.at) = (seq, hex(&chain.0), last.at);
}

/// Which parts at the end are to be put together: the first of those of the last one's level that are as many as that takes, as far as
/// they stay small. Each is told by its level, its number of entries, and its bytes.
fn run_of<T>(parts: &[T], told: impl Fn(&T) -> (u8, u64, u64)) -> Option<std::ops::Range<usize>> {
    let (level, ..) = told(parts.last()?);
    let is_whole = |part: &T| {
        let (_, entries, bytes) = told(part);
        entries * 2 > MERGED_ENTRIES_MAX || bytes * 2 > MERGED_BYTES_MAX
    };
    let small = |part: &&T| told(part).0 == level && !is_whole(part);
    let count = parts.iter().rev().take_while(small).count();
    if count < SEGMENTS_MERGED {
        return None;
    }
    let start = parts.len() - count;
    let (mut entries, mut bytes, mut taken) = (0, 0, 0);
    for part in &parts[start..] {
        let (_, more, larger) = told(part);
        if entries + more > MERGED_ENTRIES_MAX || bytes + larger > MERGED_BYTES_MAX {
            break;
        }
        (entries, bytes, taken) = (entries + more, bytes + larger, taken + 1);
    }
    (taken > 1).then(|| start..start + taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(parts: &[(u8, u64, u64)]) -> Option<std::ops::Range<usize>> {
        run_of(parts, |part| *part)
    }

    #[test]
    fn as_many_small_parts_as_that_takes_are_put_together() {
        assert_eq!(run(&[]), None);
        assert_eq!(run(&[(0, 1, 100); 31]), None);
        assert_eq!(run(&[(0, 1, 100); 32]), Some(0..32));
        let mut parts = vec![(1, 32, 1_000); 3];
        parts.extend([(0, 1, 100); 32]);
        assert_eq!(run(&parts), Some(3..35));
    }

    #[test]
    fn what_is_put_together_stays_small_enough() {
        assert_eq!(run(&[(0, 5_000, 100_000); 32]), Some(0..20));
        assert_eq!(run(&[(0, 60_000, 100_000); 40]), None);
        assert_eq!(run(&[(0, 10, 5_000_000); 40]), None);
    }

    /// However long the journal is, the manifest stays short.
    #[test]
    fn a_million_entries_that_came_one_by_one_are_few_parts() {
        let mut parts: Vec<(u8, u64, u64)> = Vec::new();
        for _ in 0..1_000_000 {
            parts.push((0, 1, 60));
            while let Some(run) = run(&parts) {
                let level = parts[run.start].0 + 1;
                let merged =
                    parts[run.clone()].iter().fold((level, 0, 0), |(level, entries, bytes), part| {
                        (level, entries + part.1, bytes + part.2)
                    });
                parts.splice(run, [merged]);
            }
        }
        assert_eq!(parts.iter().map(|part| part.1).sum::<u64>(), 1_000_000);
        assert!(parts.len() < 160, "{}", parts.len());
    }
}
