//! Bugs of one line: none in a normal build, and found in one that has them.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::path::Path;
use std::process::{Command, Output};

fn lab(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lab")).args(arguments).output().unwrap()
}

/// The names of all defects, out of the source: in a normal build there is nothing else to ask.
fn names() -> Vec<String> {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("../broker/src/defect/table.rs");
    let list = std::fs::read_to_string(list).unwrap();
    let name = |line: &str| {
        let (before, _) = line.split_once("\" in \"")?;
        Some(before.rsplit_once(" = \"")?.1.to_owned())
    };
    list.lines().filter_map(name).collect()
}

#[cfg(not(feature = "defects"))]
mod normal {
    use super::*;

    #[test]
    fn no_name_of_a_defect_is_in_the_program() {
        let program = std::fs::read(env!("CARGO_BIN_EXE_lab")).unwrap();
        let holds = |text: &str| program.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(
            holds("leader-only-ack-crash"),
            "not even the name of a scenario: does this look at the program?"
        );
        let names = names();
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            assert!(!holds(&name), "{name}");
        }
    }

    #[test]
    fn a_search_for_defects_says_which_build_it_needs() {
        let output = lab(&["bench", "--defects"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("cargo defects"));
    }
}

#[cfg(feature = "defects")]
mod planted {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_record_that_counts_as_done_when_it_is_refused_is_found_as_lost_and_without_it_nothing_is() {
        let output = lab(&["bench", "--defects", "--only", "refused-is-done", "--budget", "20s", "--json"]);
        assert_eq!(output.status.code(), Some(0));
        let page: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(page["none"]["clean"], true);
        let [found] = page["defects"].as_array().unwrap().as_slice() else { panic!("{page}") };
        assert_eq!((&found["name"], &found["found"]), (&"refused-is-done".into(), &true.into()));
        assert_eq!((&found["anomaly"], &found["path"]), (&"lost-unprocessed".into(), &"consumer".into()));
        assert!(found["seeds"].as_u64() > Some(0) && found["steps"].as_u64() > Some(0), "{page}");
    }

    #[test]
    fn a_misspelt_defect_is_answered_with_the_nearest_one() {
        let output = lab(&["bench", "--defects", "--only", "refused-is-don"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `refused-is-done`?"));
    }

    #[test]
    fn the_names_in_the_source_are_those_of_the_list() {
        let listed: Vec<&str> = broker::Defect::ALL.iter().map(|defect| defect.name()).collect();
        assert_eq!(names(), listed);
    }
}
