//! How figures and times are laid out for a reader: plain tables, and durations in words.

use std::time::Duration;

/// A duration as a reader wants it: `0.4 s`, `12.9 s`, `3 min 07 s`.
pub fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

/// Lays rows out under a heading. The first and the last column start on the left, the others end on the right.
pub fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let columns = heading.len();
    let mut widths: Vec<usize> = heading.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| -> String {
        let laid: Vec<String> = cells
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, &width))| {
                if column == 0 || column + 1 == columns {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            })
            .collect();
        laid.join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(&mut heading.iter().copied());
    for row in rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_change_to_minutes_at_sixty() {
        assert_eq!(seconds(Duration::from_millis(400)), "0.4 s");
        assert_eq!(seconds(Duration::from_millis(59_040)), "59.0 s");
        assert_eq!(seconds(Duration::from_secs(187)), "3 min 07 s");
    }

    #[test]
    fn table_aligns_numbers_to_the_right() {
        let rows = vec![
            vec!["boot.js".to_owned(), "7".to_owned(), "within".to_owned()],
            vec!["a".to_owned(), "1234".to_owned(), "over".to_owned()],
        ];
        assert_eq!(
            table(&["what", "raw", "verdict"], &rows),
            "what      raw  verdict\nboot.js     7  within\na        1234  over\n"
        );
    }
}
