//! Lengths of time as others write them: `30s`, `1h30m`, `1.5h`, `500ms`, `2d`, `1w`.

/// The length in milliseconds, as Go and Prometheus write it. `None` where it is none.
pub fn duration_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    let (mut rest, mut total) = (text, 0_f64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|at| *at > 0)?;
        let number: f64 = rest[..digits].parse().ok()?;
        let tail = &rest[digits..];
        let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let factor = match &tail[..letters] {
            "ns" => 0.000_001,
            "us" | "µs" => 0.001,
            "ms" => 1.0,
            "s" => 1_000.0,
            "m" => 60_000.0,
            "h" => 3_600_000.0,
            "d" => 86_400_000.0,
            "w" => 604_800_000.0,
            "y" => 31_536_000_000.0,
            _ => return None,
        };
        total += number * factor;
        rest = &tail[letters..];
    }
    // Beyond ten years nothing here has a meaning.
    if text.is_empty() || !(0.0..=315_360_000_000.0).contains(&total) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "held between 0 and 2^39 above"
    )]
    Some(total.round() as u64)
}

/// A length as the configuration file has it.
pub fn written(ms: u64) -> String {
    for (unit, width) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] {
        if ms >= width && ms.is_multiple_of(width) {
            return format!("{}{unit}", ms / width);
        }
    }
    format!("{ms}ms")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_go_and_prometheus_write_them() {
        for (text, ms) in [
            ("30s", 30_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1_500),
            ("500ms", 500),
            ("1w", 604_800_000),
            ("0s", 0),
        ] {
            assert_eq!(duration_ms(text), Some(ms), "{text}");
        }
        for text in ["", "30", "s", "1x", "-1s", "1..5s", "99999y"] {
            assert_eq!(duration_ms(text), None, "{text}");
        }
    }

    #[test]
    fn lengths_are_written_in_the_widest_unit_that_fits() {
        for (ms, text) in [(500, "500ms"), (90_000, "90s"), (120_000, "2m"), (86_400_000, "1d"), (0, "0ms")] {
            assert_eq!(written(ms), text);
        }
    }
}
