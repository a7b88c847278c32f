//! What no compiler checks about the sources.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        ["broker", "checkers", "harness", "scenarios"].iter().map(|room| root().join(room)).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// An unbiased `select!` draws from a counter of the whole process, even under madsim: one run would change the next.
#[test]
fn every_select_is_biased() {
    let mut seen = 0;
    for file in sources().into_iter().filter(|file| !file.ends_with("tests/sources.rs")) {
        let text = fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices("select! {") {
            seen += 1;
            let body = text[at..].trim_start_matches("select! {").trim_start();
            assert!(body.starts_with("biased;"), "{} has a select! that is not biased", file.display());
        }
    }
    assert!(seen > 0, "no select! was found: does this test still look in the right place?");
}

/// Whoever reads a file keeps all of it in mind: one that has grown longer is about two things.
#[test]
fn no_file_is_longer_than_400_lines() {
    let long = |file: &PathBuf| {
        let lines = fs::read_to_string(file).unwrap().lines().count();
        (lines > 400).then(|| format!("{}: {lines} lines", file.display()))
    };
    let files = sources();
    assert!(
        files.len() > 300,
        "{} files were found: does this test still look in the right place?",
        files.len()
    );
    assert_eq!(files.iter().filter_map(long).collect::<Vec<_>>(), Vec::<String>::new());
}

/// Modules are named by what they are about.
#[test]
fn no_file_has_a_name_that_says_nothing() {
    const NOTHING: &[&str] = &["util", "utils", "helper", "helpers", "common", "impl", "impls", "misc"];
    for file in sources() {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(!NOTHING.contains(&stem.as_str()), "{}", file.display());
    }
}
