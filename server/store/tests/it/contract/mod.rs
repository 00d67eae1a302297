//! What every store promises, whatever database is behind it. Each behaviour is written once; `contract!` makes a test of
//! each for one place to keep data.

mod accounts;
mod copies;
mod desk;
mod lease;
mod samples;

use std::sync::Arc;

use pharos_engine::{Fact, Fold};
use pharos_model::{Change, Impact, Incident, IncidentId, IncidentSource, IncidentStatus, Status, UnixMs};
use pharos_store::{Margin, Store, StoreError};

use crate::{component, configured, day, status};

pub use accounts::*;
pub use copies::*;
pub use desk::*;
pub use lease::*;
pub use samples::*;

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

/// Where a store keeps its data: empty at first, and it stays when a store is closed.
pub trait Place: Send + Sync {
    type Store: Store + 'static;

    async fn empty() -> Self;
    async fn try_open(&self) -> Result<Self::Store, StoreError>;
    async fn open_to_fill(&self) -> Result<Self::Store, StoreError>;

    async fn open(&self) -> Self::Store {
        self.try_open().await.unwrap()
    }

    async fn close(&self, store: Self::Store) {
        store.close().await.unwrap();
    }
}

/// Makes a test of every behaviour for a place.
macro_rules! contract {
    ($place:ty) => {
        contract! { $place:
            places_are_gapless_and_public_entries_name_the_public_one_before
            time_that_goes_backwards_is_refused_and_harms_nobody_else
            an_append_of_too_many_facts_is_refused_whole
            what_was_decided_without_knowing_the_last_entry_is_refused
            many_writers_at_once_leave_no_gap
            entries_are_read_in_pieces_that_fit_together
            everybody_who_watches_is_told_of_the_last_place
            what_was_closed_is_there_when_it_is_opened_again
            loading_from_a_snapshot_row_gives_the_same_as_folding_everything
            an_older_snapshot_row_saved_late_changes_nothing
            spans_tile_time_by_the_same_rules_as_the_snapshot
            spans_are_found_by_the_time_they_touch
            of_more_spans_than_asked_for_the_newest_are_given
            incidents_are_found_by_time_by_component_and_by_name
            the_last_watch_is_remembered
            a_hidden_incident_is_told_of_no_more_until_it_is_told_of_again
            a_stated_span_keeps_what_was_measured_meanwhile
            incidents_are_read_page_by_page_without_a_gap
            maintenances_are_kept_as_they_last_were
            the_newest_observations_of_a_check_are_given
            what_goes_with_facts_is_written_with_them_or_not_at_all
            a_key_of_a_request_is_remembered_as_it_first_was
            of_two_changes_of_a_user_the_second_is_told
            changes_of_accounts_are_all_made_or_none
            of_two_admins_who_demote_each_other_one_stays
            nobody_signs_in_as_one_who_was_changed_meanwhile
            sessions_and_tokens_go_with_their_user
            sessions_end_in_their_time_and_others_on_demand
            the_audit_log_is_found_by_target_and_actor
            a_sample_of_one_slot_is_counted_once
            rolling_up_twice_counts_once_and_late_rounds_go_on_where_the_last_ended
            a_point_that_stands_for_several_minutes_is_made_of_all_their_looks
            a_point_tells_where_the_time_of_its_looks_went
            a_look_that_took_a_minute_to_fail_is_counted_in_its_own_minute
            what_no_component_is_behind_is_in_no_chart
            rollups_made_elsewhere_take_the_place_of_those_that_are_there
            minutes_and_hours_past_their_time_are_let_go_and_days_are_kept
            of_two_who_want_the_lease_one_gets_it_and_renews_it
            a_lease_that_was_not_renewed_is_taken_over_under_the_next_term
            what_a_leader_of_before_writes_is_refused
            of_two_leaders_with_the_same_term_only_the_one_with_the_nonce_writes
            a_lease_that_was_given_up_is_free_at_once
            a_lease_that_was_given_up_is_renewed_by_nothing_that_was_still_on_its_way
            without_a_fence_only_accounts_are_written_while_somebody_leads
            a_store_that_is_well_says_where_it_ends
            what_is_filled_with_a_copy_tells_the_same
            what_was_filled_goes_on
            what_was_filled_in_part_cannot_be_opened_and_is_begun_anew
            a_place_with_a_journal_is_not_filled
            a_store_that_is_not_being_filled_takes_no_pieces
            entries_that_do_not_follow_are_not_put_in
        }
    };
    ($place:ty: $($behaviour:ident)*) => {
        $(
            #[tokio::test]
            async fn $behaviour() {
                crate::contract::$behaviour::<$place>().await;
            }
        )*
    };
}
pub(crate) use contract;

async fn append(store: &impl Store, at: i64, facts: Vec<Fact>) {
    store.append(UnixMs(at), facts).await.unwrap();
}

async fn folded(store: &impl Store) -> Fold {
    let mut fold = Fold::empty(store.origin());
    for entry in store.entries_after(0, 1_000).await.unwrap() {
        fold.apply(&entry).unwrap();
    }
    fold
}

pub async fn places_are_gapless_and_public_entries_name_the_public_one_before<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 1, vec![day(0), Fact::Blinded, configured(&["api"])]).await;
    let entries = store.entries_after(0, 10).await.unwrap();
    let places: Vec<_> = entries.iter().map(|entry| (entry.seq, entry.after)).collect();
    assert_eq!(places, [(1, Some(0)), (2, None), (3, Some(1))]);
}

pub async fn time_that_goes_backwards_is_refused_and_harms_nobody_else<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 10, vec![day(0)]).await;
    let (bad, good) = tokio::join!(
        store.append(UnixMs(5), vec![Fact::Blinded]),
        store.append(UnixMs(10), vec![Fact::Sighted])
    );
    assert!(matches!(bad, Err(StoreError::Backwards { at: UnixMs(5), head: UnixMs(10) })), "{bad:?}");
    assert_eq!(good.unwrap().head.seq, 2);
}

pub async fn an_append_of_too_many_facts_is_refused_whole<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let count = pharos_store::limits::FACTS_PER_APPEND_MAX + 1;
    let refused = store.append(UnixMs(1), vec![Fact::Blinded; count]).await;
    assert!(matches!(refused, Err(StoreError::TooMany { .. })), "{refused:?}");
    assert_eq!(store.head().await.unwrap().seq, 0);
}

pub async fn what_was_decided_without_knowing_the_last_entry_is_refused<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let decided_after = async |after: u64| {
        let margin = Margin { after: Some(after), ..Margin::default() };
        store.append_with(UnixMs(1), vec![Fact::Blinded], margin).await.map(|appended| appended.head.seq)
    };
    assert_eq!(decided_after(0).await.unwrap(), 1);
    append(&store, 1, vec![Fact::Sighted]).await;
    let refused = decided_after(1).await;
    assert!(matches!(refused, Err(StoreError::Overtaken { after: 1, seq: 2 })), "{refused:?}");
    assert_eq!(store.head().await.unwrap().seq, 2);
    assert_eq!(decided_after(2).await.unwrap(), 3);
}

pub async fn many_writers_at_once_leave_no_gap<P: Place>() {
    let place = P::empty().await;
    let store = Arc::new(place.open().await);
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for _ in 0..10 {
                    store.append(UnixMs(1), vec![Fact::Blinded, Fact::Sighted]).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let entries = store.entries_after(0, 1_000).await.unwrap();
    assert!(entries.iter().map(|entry| entry.seq).eq(1..=400));
}

pub async fn entries_are_read_in_pieces_that_fit_together<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 1, vec![Fact::Blinded; 7]).await;
    let mut seqs = Vec::new();
    while let entries @ [_, ..] = &store.entries_after(seqs.len() as u64, 3).await.unwrap()[..] {
        assert!(entries.len() <= 3);
        seqs.extend(entries.iter().map(|entry| entry.seq));
    }
    assert_eq!(seqs, [1, 2, 3, 4, 5, 6, 7]);
}

pub async fn everybody_who_watches_is_told_of_the_last_place<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let mut told = store.watch();
    append(&store, 1, vec![Fact::Blinded, Fact::Sighted]).await;
    assert_eq!(*told.wait_for(|seq| *seq > 0).await.unwrap(), 2);
}

pub async fn what_was_closed_is_there_when_it_is_opened_again<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 1, vec![day(0), configured(&["api"])]).await;
    let (origin, head, fold) = (store.origin(), store.head().await.unwrap(), store.load().await.unwrap());
    place.close(store).await;
    let store = place.open().await;
    assert_eq!((store.origin(), store.head().await.unwrap()), (origin, head));
    assert_eq!(store.load().await.unwrap(), fold);
    assert_eq!(*store.watch().borrow(), 2);
}

pub async fn loading_from_a_snapshot_row_gives_the_same_as_folding_everything<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 0, vec![day(0), configured(&["api", "web"])]).await;
    append(&store, 50, vec![status("api", Status::Operational, 40)]).await;
    store.save_fold(&store.load().await.unwrap()).await.unwrap();
    append(&store, 90, vec![status("api", Status::MajorOutage, 80), status("web", Status::Operational, 90)])
        .await;
    assert_eq!(store.load().await.unwrap(), folded(&store).await);
}

pub async fn an_older_snapshot_row_saved_late_changes_nothing<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 0, vec![day(0), configured(&["api"])]).await;
    let older = store.load().await.unwrap();
    append(&store, 50, vec![status("api", Status::Operational, 40)]).await;
    let newer = store.load().await.unwrap();
    store.save_fold(&newer).await.unwrap();
    store.save_fold(&older).await.unwrap();
    assert_eq!(store.load().await.unwrap(), newer);
}

pub async fn spans_tile_time_by_the_same_rules_as_the_snapshot<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 0, vec![day(0), configured(&["api"])]).await;
    append(&store, 50, vec![status("api", Status::Operational, 40)]).await;
    // Dated before the span it ends: clamped by both.
    append(&store, 60, vec![status("api", Status::MajorOutage, 10)]).await;
    let gap = Fact::Public(Change::Unwatched { from: UnixMs(70), until: UnixMs(90) });
    append(&store, 90, vec![gap, status("api", Status::Operational, 95)]).await;
    let fold = store.load().await.unwrap();
    let tally = fold.board.components[0].day_tally(&fold.board.days, 0, UnixMs(200));
    let spans = store.spans(&component("api"), UnixMs(0), UnixMs(200), 10).await.unwrap();
    for status in Status::ALL {
        let length = |span: &pharos_model::Span| span.ends_at.unwrap_or(UnixMs(200)).since_ms(span.starts_at);
        let ms: u64 = spans.iter().filter(|span| span.status == status).map(length).sum();
        assert_eq!(ms, tally.of(status), "{status:?} in {spans:?}");
    }
    assert!(spans.windows(2).all(|pair| pair[0].ends_at == Some(pair[1].starts_at)), "{spans:?}");
}

pub async fn spans_are_found_by_the_time_they_touch<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 0, vec![day(0), configured(&["api"])]).await;
    append(&store, 100, vec![status("api", Status::Operational, 100)]).await;
    append(&store, 200, vec![status("api", Status::MajorOutage, 200)]).await;
    let starts = async |from, until| {
        let spans = store.spans(&component("api"), UnixMs(from), UnixMs(until), 10).await.unwrap();
        spans.iter().map(|span| span.starts_at.0).collect::<Vec<_>>()
    };
    // A span ends just before its end and begins at its start.
    assert_eq!(starts(100, 200).await, [100]);
    assert_eq!(starts(99, 101).await, [0, 100]);
    assert_eq!(starts(500, 600).await, [200]);
    assert_eq!(store.spans(&component("web"), UnixMs(0), UnixMs(600), 10).await.unwrap(), []);
}

pub async fn of_more_spans_than_asked_for_the_newest_are_given<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 0, vec![day(0), configured(&["api", "web"])]).await;
    append(&store, 100, vec![status("api", Status::Operational, 100)]).await;
    // A span of no length, at whose moment the next one begins.
    append(
        &store,
        200,
        vec![status("api", Status::MajorOutage, 200), status("api", Status::Operational, 200)],
    )
    .await;
    append(&store, 300, vec![status("api", Status::Unknown, 300)]).await;
    let starts = async |from, until, limit| {
        let spans = store.spans(&component("api"), UnixMs(from), UnixMs(until), limit).await.unwrap();
        spans.iter().map(|span| span.starts_at.0).collect::<Vec<_>>()
    };
    assert_eq!(starts(0, 999, 2).await, [200, 300]);
    assert_eq!(starts(250, 260, 2).await, [200]);
    assert_eq!(starts(200, 999, 9).await, [200, 300]);
    assert_eq!(starts(-100, 150, 9).await, [0, 100]);
}

fn incident(id: &str, concerns: &str, began_at: i64) -> Incident {
    Incident {
        id: IncidentId::new(id).unwrap(),
        title: format!("{concerns} is not available").into(),
        source: IncidentSource::Automatic,
        status: IncidentStatus::Investigating,
        impact: Impact::Major,
        components: vec![component(concerns)],
        began_at: UnixMs(began_at),
        resolved_at: None,
        updates: Vec::new(),
        pinned: false,
        taken_over: false,
        impact_stated: false,
        root: None,
        revision: 0,
        edited_at: None,
    }
}

pub async fn incidents_are_found_by_time_by_component_and_by_name<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    let opened = |incident: &Incident| Fact::Public(Change::IncidentOpened(incident.clone()));
    let all = [incident("i-1", "api", 100), incident("i-2", "web", 200), incident("i-3", "api", 300)];
    append(&store, 0, vec![day(0), configured(&["api", "web"])]).await;
    append(&store, 400, all.iter().map(opened).collect()).await;
    let ids = |incidents: Vec<Incident>| -> Vec<String> {
        incidents.iter().map(|incident| incident.id.as_str().to_owned()).collect()
    };
    let between = store.incidents_between(UnixMs(100), UnixMs(300), 10).await.unwrap();
    assert_eq!(ids(between), ["i-2", "i-1"]);
    assert_eq!(ids(store.incidents_between(UnixMs(0), UnixMs(999), 1).await.unwrap()), ["i-3"]);
    let of_api = async |until, limit| {
        store.incidents_of_component(&component("api"), UnixMs(until), limit).await.unwrap()
    };
    assert_eq!(ids(of_api(999, 10).await), ["i-3", "i-1"]);
    assert_eq!(ids(of_api(300, 10).await), ["i-1"]);
    assert_eq!(ids(of_api(999, 1).await), ["i-3"]);
    assert_eq!(store.incident(&all[1].id).await.unwrap().as_ref(), Some(&all[1]));
    assert_eq!(store.incident(&IncidentId::new("i-9").unwrap()).await.unwrap(), None);
}

pub async fn the_last_watch_is_remembered<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    assert_eq!(store.last_watch().await.unwrap(), None);
    store.renew_watch(UnixMs(7)).await.unwrap();
    store.renew_watch(UnixMs(9)).await.unwrap();
    place.close(store).await;
    assert_eq!(place.open().await.last_watch().await.unwrap(), Some(UnixMs(9)));
}

pub async fn a_store_that_is_well_says_where_it_ends<P: Place>() {
    let place = P::empty().await;
    let store = place.open().await;
    append(&store, 1, vec![Fact::Blinded]).await;
    let health = store.check().await.unwrap();
    assert_eq!(health.head, store.head().await.unwrap());
    assert!(health.size_bytes > 0);
}
