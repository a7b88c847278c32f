//! No node asks which product it imitates: the values of policies are named where they are decided and where rows of them are put
//! together. Scenarios name the one value that they are about.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use broker::policy::Commit;
use harness::engine::Engine;
use harness::run::{Keep, draw, run};
use harness::{Cluster, Scenario, Variant};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let within = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(within).filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

/// What is compiled for users: without what is said in comments, and without tests.
fn shipped(source: &Path) -> String {
    let text = fs::read_to_string(source).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every value as it is written: the type of its axis, and its own name.
fn values(policies: &Path) -> Vec<String> {
    let mut values = Vec::new();
    for source in sources(policies) {
        for declared in shipped(&source).split("pub enum ").skip(1) {
            let (axis, rest) = declared.split_once(" {").unwrap();
            let body = rest.split_once("\n}").unwrap().0;
            let names = body
                .lines()
                .filter_map(|line| line.strip_prefix("    "))
                .filter(|line| !line.starts_with(['#', ' ']));
            let name = |line: &str| line.chars().take_while(|c| c.is_alphanumeric()).collect::<String>();
            values.extend(names.map(|line| format!("{axis}::{}", name(line))));
        }
    }
    values
}

#[test]
fn a_policy_value_is_named_only_where_it_decides_and_where_rows_are_put_together() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let (broker, harness) = (root.join("broker/src"), root.join("harness/src"));
    let values = values(&broker.join("policy"));
    for known in
        ["Ack::None", "Flush::Interval", "Election::NewestEntry", "Refill::Never", "Truncation::ByEpoch"]
    {
        assert!(values.iter().any(|value| value == known), "{known} is not among {values:?}");
    }
    // The list of defects quotes the lines that mutants were made of.
    let apart = |path: &Path| {
        path.components()
            .any(|part| ["policy", "mode", "tests", "defect"].iter().any(|name| part.as_os_str() == *name))
            || path.ends_with("tests.rs")
    };
    let mut named = Vec::new();
    for source in [sources(&broker), sources(&harness)].concat() {
        let within = source.strip_prefix(root).unwrap();
        if apart(within) {
            continue;
        }
        let text = shipped(&source);
        let found = values.iter().filter(|value| text.contains(value.as_str()));
        named.extend(found.map(|value| format!("{} names {value}", within.display())));
    }
    assert_eq!(named, [""; 0]);
}

#[test]
fn policies_that_do_not_go_together_are_refused_before_the_run_with_the_reason() {
    let cluster = Cluster::new().policies(|policies| policies.commit = Commit::CurrentTerm);
    let variant = Variant::holds("only", cluster);
    let scenario =
        Scenario::named("majority", harness::Path::Broker, "A majority of nobody.").variant(variant);
    let schedule = draw(&scenario, &scenario.variants[0], Engine::Direct, 1);
    let refused = run(&scenario, &scenario.variants[0], Engine::Direct, schedule, Keep::default());
    let reason = refused.err().unwrap().to_string();
    assert!(
        reason.contains("topic payments cannot be kept like that: its commit counts a majority"),
        "{reason}"
    );
}
