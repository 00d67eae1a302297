//! Which raw observations of some that were recorded are not there.

use pharos_engine::CheckId;
use pharos_model::UnixMs;

use super::{Connection, query_scalar};
use crate::StoreError;

/// Those of `keys`, by check and slot, of which there is no row. Each is looked up by itself: joined, they might cost a reading of all rows.
pub async fn missing(
    connection: &mut Connection,
    keys: &[(CheckId, UnixMs)],
) -> Result<Vec<(CheckId, UnixMs)>, StoreError> {
    let read = "SELECT k.place FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k (name, slot, place) \
                WHERE (SELECT s.at FROM samples s WHERE s.check_id = (SELECT c.id FROM checks c WHERE c.name = k.name) \
                AND s.scheduled_at = k.slot) IS NULL ORDER BY k.place";
    let names: Vec<&str> = keys.iter().map(|(check, _)| check.0.as_str()).collect();
    let slots: Vec<i64> = keys.iter().map(|(_, slot)| slot.0).collect();
    let places: Vec<i64> = query_scalar(read).bind(names).bind(slots).fetch_all(connection).await?;
    let key = |place: i64| keys.get(usize::try_from(place - 1).ok()?).cloned();
    Ok(places.into_iter().filter_map(key).collect())
}
