//! What the list of defects must keep to.

#![cfg(feature = "defects")]
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Defect, Source};

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    files
}

/// The name of the variant that follows each `defect!(` of a text.
fn sites(text: &str) -> impl Iterator<Item = String> {
    let name = |rest: &str| rest.trim_start().chars().take_while(char::is_ascii_alphanumeric).collect();
    text.split("defect!(").skip(1).map(name)
}

#[test]
fn every_defect_has_one_site_and_it_is_in_the_file_that_the_list_says() {
    let mut found = Vec::new();
    for (file, text) in
        sources().iter().filter(|(file, _)| !file.starts_with("defect") && !file.ends_with("defect.rs"))
    {
        found.extend(sites(text).map(|name| (name, file.to_string_lossy().into_owned())));
    }
    found.sort();
    let mut listed: Vec<(String, String)> =
        Defect::ALL.iter().map(|defect| (format!("{defect:?}"), defect.site().to_owned())).collect();
    listed.sort();
    assert_eq!(found, listed);
}

#[test]
fn names_are_the_kebab_case_of_their_variants_and_no_two_are_alike() {
    for defect in Defect::ALL {
        let mut kebab = String::new();
        for letter in format!("{defect:?}").chars() {
            if letter.is_ascii_uppercase() && !kebab.is_empty() {
                kebab.push('-');
            }
            kebab.push(letter.to_ascii_lowercase());
        }
        assert_eq!(defect.name(), kebab);
    }
    let names: BTreeSet<&str> = Defect::ALL.iter().map(|defect| defect.name()).collect();
    assert_eq!(names.len(), Defect::ALL.len());
}

#[test]
fn every_defect_says_what_it_breaks_and_where_it_comes_from() {
    for defect in Defect::ALL {
        assert!(!defect.breaks().is_empty(), "{}", defect.name());
        assert!(defect.about().ends_with('.'), "{}", defect.name());
        assert!(!defect.source().text().is_empty(), "{}", defect.name());
    }
    let mut origins: Vec<Source> = Defect::ALL.iter().map(|defect| defect.source()).collect();
    origins.sort_unstable_by_key(|source| source.text());
    origins.dedup();
    assert_eq!(origins.len(), Defect::ALL.len(), "two defects have the same origin");
}

/// The one that is on is of the whole process, so no other test of this crate turns one on.
#[test]
fn none_is_on_unless_it_is_turned_on() {
    assert!(Defect::ALL.iter().all(|defect| !defect.is_on()));
}
