//! `HISTORY.md` says what the readers say.

#![cfg(feature = "files")]

#[test]
fn the_manual_is_what_the_tables_of_the_readers_say() {
    let written = include_str!("../HISTORY.md");
    let made = checkers::manual();
    let differs = written.lines().zip(made.lines()).position(|(written, made)| written != made);
    let line = differs.unwrap_or_else(|| written.lines().count().min(made.lines().count())) + 1;
    assert!(
        written == made,
        "checkers/HISTORY.md differs from what the readers say, from line {line} on. Make it anew: cargo lab check --fields > checkers/HISTORY.md"
    );
}
