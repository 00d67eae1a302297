//! The content of objects: lines of fields with tabs between them, so that a compressor and a pair of eyes can read them. What is JSON holds
//! neither tabs nor line breaks of its own; any other text is written as JSON.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use pharos_engine::CheckId;
use pharos_model::{ComponentId, Status, UnixMs};
use pharos_store::{Chain, Head, JournalRow, Resolution, RollupRow, STAGES, Sample, Sketch, StageSums};

fn number<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Fields of a line.
struct Fields<'a>(std::str::Split<'a, char>);

impl<'a> Fields<'a> {
    fn of(line: &'a str) -> Self {
        Self(line.split('\t'))
    }

    fn text(&mut self) -> Result<&'a str, String> {
        self.0.next().ok_or_else(|| "a field is missing".to_owned())
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T, String> {
        let text = self.text()?;
        text.parse().map_err(|_| format!("`{}` is no number", text.chars().take(40).collect::<String>()))
    }

    fn maybe<T: std::str::FromStr>(&mut self) -> Result<Option<T>, String> {
        let text = self.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| "a field is no number".to_owned())
    }

    fn end(mut self) -> Result<(), String> {
        if self.0.next().is_some() { Err("a line has too many fields".to_owned()) } else { Ok(()) }
    }
}

fn text_of(content: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(content).map_err(|_| "it is no text".to_owned())
}

/// Entries of the journal as lines.
pub fn of_journal(rows: &[JournalRow]) -> String {
    let mut text = String::with_capacity(rows.iter().map(|row| row.payload.len() + 64).sum());
    for row in rows {
        let (seq, after, at, term) = (row.seq, number(row.after), row.at.0, row.term);
        // Writing into a text cannot fail; the same below.
        let _ = writeln!(text, "{seq}\t{after}\t{at}\t{term}\t{}\t{}", row.kind, row.payload);
    }
    text
}

/// Entries of the journal from their lines; each must follow the one before, and the first `before`.
///
/// # Errors
/// In words, when one cannot be read or does not follow.
pub fn to_journal(content: &[u8], before: Head) -> Result<Vec<JournalRow>, String> {
    let mut rows = Vec::new();
    let mut head = before;
    for line in text_of(content)?.lines() {
        let mut fields = Fields::of(line);
        let (seq, after, at, term) =
            (fields.number()?, fields.maybe()?, UnixMs(fields.number()?), fields.number()?);
        let (kind, payload) = (fields.text()?.to_owned(), fields.text()?.to_owned());
        fields.end()?;
        if seq != head.seq + 1 {
            return Err(format!("entry {} is missing", head.seq + 1));
        }
        let chain = head.chain.after(seq, at, &kind, &payload);
        rows.push(JournalRow { seq, after, at, term, kind, payload, chain });
        head = Head { seq, chain };
    }
    Ok(rows)
}

/// Raw observations as lines, under a line for each check. They must be in the order of checks.
pub fn of_samples(samples: &[Sample]) -> String {
    let mut text = String::with_capacity(samples.len() * 56);
    let mut check = None;
    for sample in samples {
        let head = (&sample.check, &sample.component);
        if check != Some(head) {
            let component = sample.component.as_ref().map_or("", ComponentId::as_str);
            let _ = writeln!(text, "#\t{}\t{component}", json(&sample.check.0));
            check = Some(head);
        }
        let _ = write!(
            text,
            "{}\t{}\t{}\t{}",
            sample.scheduled_at.0,
            sample.at.0.wrapping_sub(sample.scheduled_at.0),
            sample.status.as_str(),
            number(sample.latency_us)
        );
        for us in sample.stages_us {
            let _ = write!(text, "\t{}", number(us));
        }
        let _ = writeln!(text, "\t{}", sample.reason.as_deref().map(json).unwrap_or_default());
    }
    text
}

/// Raw observations from their lines.
///
/// # Errors
/// In words, when one cannot be read.
pub fn to_samples(content: &[u8]) -> Result<Vec<Sample>, String> {
    let mut samples = Vec::new();
    let mut check: Option<(CheckId, Option<ComponentId>)> = None;
    for line in text_of(content)?.lines() {
        let mut fields = Fields::of(line);
        if line.starts_with("#\t") {
            fields.text()?;
            let name = from_json(fields.text()?)?;
            check = Some((CheckId(name), component(fields.text()?)?));
            fields.end()?;
            continue;
        }
        let Some((check, component)) = &check else { return Err("an observation is of no check".to_owned()) };
        let scheduled_at: i64 = fields.number()?;
        let after: i64 = fields.number()?;
        let word = fields.text()?;
        let status = Status::ALL.into_iter().find(|status| status.as_str() == word);
        let status = status.ok_or_else(|| "a status is none".to_owned())?;
        let latency_us = fields.maybe()?;
        let mut stages_us = [None; STAGES];
        for stage in &mut stages_us {
            *stage = fields.maybe()?;
        }
        let reason = fields.text()?;
        let reason = if reason.is_empty() { None } else { Some(from_json(reason)?) };
        fields.end()?;
        samples.push(Sample {
            check: check.clone(),
            component: component.clone(),
            scheduled_at: UnixMs(scheduled_at),
            at: UnixMs(scheduled_at.wrapping_add(after)),
            status,
            latency_us,
            stages_us,
            reason,
        });
    }
    Ok(samples)
}

/// Rollups as lines.
pub fn of_rollups(rows: &[RollupRow]) -> String {
    let mut text = String::with_capacity(rows.len() * 96);
    for row in rows {
        let _ = write!(
            text,
            "{}\t{}\t{}\t{}\t{}\t{}",
            row.component.as_str(),
            row.starts_at.0,
            row.looks,
            row.failed,
            STANDARD_NO_PAD.encode(row.sketch.to_bytes()),
            row.stages.looks
        );
        for us in row.stages.us {
            let _ = write!(text, "\t{us}");
        }
        text.push('\n');
    }
    text
}

/// Rollups of one width from their lines.
///
/// # Errors
/// In words, when one cannot be read.
pub fn to_rollups(content: &[u8], resolution: Resolution) -> Result<Vec<RollupRow>, String> {
    let mut rows = Vec::new();
    for line in text_of(content)?.lines() {
        let mut fields = Fields::of(line);
        let component = component(fields.text()?)?.ok_or_else(|| "a rollup is of no component".to_owned())?;
        let (starts_at, looks, failed) = (UnixMs(fields.number()?), fields.number()?, fields.number()?);
        let sketch = STANDARD_NO_PAD.decode(fields.text()?).ok();
        let sketch = sketch.as_deref().and_then(Sketch::from_bytes);
        let sketch = sketch.ok_or_else(|| "a latency sketch cannot be read".to_owned())?;
        let mut stages = StageSums { looks: fields.number()?, ..StageSums::default() };
        for us in &mut stages.us {
            *us = fields.number()?;
        }
        fields.end()?;
        rows.push(RollupRow { component, resolution, starts_at, looks, failed, sketch, stages });
    }
    Ok(rows)
}

fn component(text: &str) -> Result<Option<ComponentId>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    ComponentId::new(text).map(Some).map_err(|error| error.to_string())
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn from_json(text: &str) -> Result<String, String> {
    serde_json::from_str(text).map_err(|_| "a text is none".to_owned())
}

/// The end of entries that follow `before`.
pub fn end_of(rows: &[JournalRow], before: Head) -> Head {
    rows.last().map_or(before, |last| Head { seq: last.seq, chain: last.chain })
}

/// The end of an empty journal.
pub fn beginning() -> Head {
    Head { seq: 0, chain: Chain::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<JournalRow> {
        let mut head = beginning();
        let texts = ["\"blinded\"", r#"{"verdict":"a\tb\nc ü"}"#, "\"sighted\""];
        (1..)
            .zip(texts)
            .map(|(seq, payload)| {
                let (at, kind) = (UnixMs(i64::try_from(seq).unwrap() * 10), "kind");
                let chain = head.chain.after(seq, at, kind, payload);
                head = Head { seq, chain };
                let after = (seq == 2).then_some(0);
                JournalRow {
                    seq,
                    after,
                    at,
                    term: 3,
                    kind: kind.to_owned(),
                    payload: payload.to_owned(),
                    chain,
                }
            })
            .collect()
    }

    #[test]
    fn entries_come_back_byte_by_byte() {
        let rows = rows();
        assert_eq!(to_journal(of_journal(&rows).as_bytes(), beginning()).unwrap(), rows);
    }

    #[test]
    fn a_missing_entry_is_told() {
        let mut rows = rows();
        rows.remove(1);
        let error = to_journal(of_journal(&rows).as_bytes(), beginning()).unwrap_err();
        assert_eq!(error, "entry 2 is missing");
    }

    #[test]
    fn observations_come_back_whatever_their_reason_says() {
        let sample = |slot, reason: Option<&str>| Sample {
            check: CheckId("api/http@fra".to_owned()),
            component: ComponentId::new("api").ok(),
            scheduled_at: UnixMs(slot),
            at: UnixMs(slot + 17),
            status: Status::MajorOutage,
            latency_us: Some(1_234),
            stages_us: [Some(1), None, Some(3), None, Some(5)],
            reason: reason.map(str::to_owned),
        };
        let reference = Sample {
            check: CheckId("reference/dns".to_owned()),
            component: None,
            latency_us: None,
            ..sample(40, None)
        };
        let samples =
            vec![sample(10, Some("a\tb\n#\t\"c\"")), sample(20, None), sample(30, Some("")), reference];
        assert_eq!(to_samples(of_samples(&samples).as_bytes()).unwrap(), samples);
    }

    #[test]
    fn rollups_come_back() {
        let mut sketch = Sketch::default();
        (1..500).for_each(|us| sketch.add(us * 13));
        let stages = StageSums { looks: 9, us: [1, 2, 3, 4, 5] };
        let row = RollupRow {
            component: ComponentId::new("api").unwrap(),
            resolution: Resolution::Hour,
            starts_at: UnixMs(3_600_000),
            looks: 500,
            failed: 1,
            sketch,
            stages,
        };
        let rows = vec![row.clone(), RollupRow { starts_at: UnixMs(7_200_000), ..row }];
        assert_eq!(to_rollups(of_rollups(&rows).as_bytes(), Resolution::Hour).unwrap(), rows);
    }

    #[test]
    fn what_is_no_line_is_told() {
        for bad in ["1\t2", "x\t\t0\t0\tkind\t{}", "1\t\t0\t0\tkind\t{}\tmore"] {
            assert!(to_journal(bad.as_bytes(), beginning()).is_err(), "{bad}");
        }
        assert!(to_samples(b"10\t0\toperational").is_err());
        assert!(to_rollups(b"api\t0\t1\t0\t!!\t0", Resolution::Day).is_err());
        assert!(to_journal(&[0xff, 0xfe], beginning()).is_err());
    }
}
