//! Migrations only add, so that during an upgrade the version before goes on beside the new one on the same database.

/// The words a statement that only adds may begin with.
const ADDING: [&str; 6] =
    ["CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX ", "ALTER TABLE ", "INSERT INTO ", "SELECT 1"];

/// What is wrong with a file of migrations for those who know nothing of it.
fn narrows(text: &str) -> Option<String> {
    let plain: String = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .fold(String::new(), |all, line| all + " " + line);
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let made: Vec<&str> = words
        .split(';')
        .filter_map(|s| s.trim().strip_prefix("CREATE TABLE ")?.split([' ', '(']).next())
        .collect();
    words.split(';').map(str::trim).filter(|s| !s.is_empty()).find_map(|statement| {
        let refused = |why: &str| Some(format!("{why}: {statement}"));
        if !ADDING.iter().any(|word| statement.starts_with(word)) {
            return refused("it may take something away");
        }
        // What the version before does not know it cannot heed; in a table that is new it does not write.
        let table = ["ALTER TABLE ", "INSERT INTO "].iter().find_map(|word| statement.strip_prefix(word));
        let table = table
            .or_else(|| statement.strip_prefix("CREATE UNIQUE INDEX ")?.split_once(" ON ").map(|(_, on)| on));
        if table.and_then(|rest| rest.split([' ', '(']).next()).is_none_or(|table| made.contains(&table)) {
            return None;
        }
        let Some(changes) = statement.strip_prefix("ALTER TABLE ").and_then(|rest| rest.split_once(' '))
        else {
            return refused("it changes what a table that is there already may hold");
        };
        changes.1.split(", ").find_map(|change| {
            let adds = change.starts_with("ADD COLUMN ");
            if !adds
                || [" UNIQUE", " REFERENCES", " CHECK", " PRIMARY"].iter().any(|word| change.contains(word))
            {
                return refused("it changes more than to add a column");
            }
            if change.contains(" NOT NULL") && !change.contains(" DEFAULT ") {
                return refused("the version before leaves this column empty");
            }
            None
        })
    })
}

#[test]
fn migrations_only_add() {
    for database in ["postgres", "sqlite"] {
        let folder = format!("{}/migrations/{database}", env!("CARGO_MANIFEST_DIR"));
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let found = narrows(&std::fs::read_to_string(&path).unwrap());
            assert_eq!(found, None, "{}: the version before must go on beside it", path.display());
        }
    }
}

#[test]
fn what_takes_something_away_from_the_version_before_is_found() {
    for bad in [
        "DROP TABLE spans",
        "ALTER TABLE spans DROP COLUMN status",
        "ALTER TABLE spans RENAME TO stretches",
        "ALTER TABLE spans RENAME COLUMN status TO state",
        "ALTER TABLE spans ALTER COLUMN measured SET NOT NULL",
        "ALTER TABLE spans ALTER COLUMN id TYPE TEXT",
        "ALTER TABLE spans ADD COLUMN later TEXT NOT NULL",
        "ALTER TABLE spans ADD COLUMN one TEXT, ADD COLUMN two BIGINT NOT NULL",
        "ALTER TABLE spans ADD COLUMN later TEXT UNIQUE",
        "ALTER TABLE spans ADD CONSTRAINT forward CHECK (ends_at > starts_at)",
        "CREATE UNIQUE INDEX once_only ON spans (status)",
        "UPDATE spans SET status = 'unknown'",
        "DELETE FROM spans",
        "INSERT INTO spans VALUES (1)",
        "-- only a word\nTRUNCATE spans",
        "CREATE TABLE later (id BIGINT); DROP TABLE spans",
    ] {
        assert!(narrows(bad).is_some(), "{bad}");
    }
}

#[test]
fn what_the_version_before_need_not_know_is_let_through() {
    for good in [
        "CREATE TABLE later (id BIGINT PRIMARY KEY, of BIGINT NOT NULL CHECK (of > 0)); INSERT INTO later VALUES (1, 1)",
        "CREATE TABLE later (id BIGINT); CREATE UNIQUE INDEX later_once ON later (id);",
        "CREATE INDEX spans_by_status ON spans (status);",
        "-- Later; not before.\nALTER TABLE spans\n  ADD COLUMN one TEXT,\n  ADD COLUMN two BIGINT NOT NULL DEFAULT 0;",
    ] {
        assert_eq!(narrows(good), None, "{good}");
    }
}
