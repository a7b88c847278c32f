//! The rooms of this crate stand in a row: none imports from one behind it.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};

/// In the order of `lib.rs`.
const ROOMS: [&str; 9] = ["seed", "chaos", "engine", "system", "scenario", "mode", "run", "find", "lab"];

/// Files that every room may import from, and that import from none.
const BESIDE: [&str; 4] = ["nearest", "sabotage", "stop", "trace"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The names behind `crate::` in what is compiled for users: tests may look into any room.
fn imported(source: &Path) -> Vec<String> {
    let text = fs::read_to_string(source).unwrap();
    let shipped = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let behind = shipped.split("crate::").skip(1);
    behind.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()).collect()
}

#[test]
fn no_room_imports_from_one_behind_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let place = |name: &str| ROOMS.iter().position(|room| *room == name);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for source in sources(&src) {
        let within = source.strip_prefix(&src).unwrap().with_extension("");
        let names: Vec<&str> = within.iter().filter_map(|part| part.to_str()).collect();
        let test_only = names.iter().any(|name| ["tests", "signatures"].contains(name));
        if test_only || ["lib", "prelude"].contains(&names[0]) {
            continue;
        }
        let here = place(names[0]);
        assert!(here.is_some() || BESIDE.contains(&names[0]), "{} is in no room", within.display());
        for name in imported(&source).iter().filter(|name| !BESIDE.contains(&name.as_str())) {
            seen += 1;
            // What the crate gives its users at its root is not for itself: a room is named.
            if place(name).is_none() || place(name) > here {
                wrong.push(format!("{} imports from `{name}`", within.display()));
            }
        }
    }
    assert!(seen > 300, "only {seen} imports were seen");
    assert_eq!(wrong, [""; 0]);
}
