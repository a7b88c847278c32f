//! Whether the judge of this build finds what it must: one planted history for each of its checkers, judged by the checkers that
//! judge every run. A sweep over a judge that cannot see proves nothing.

use checkers::{Judge, Kind, files};

use super::{Exit, LabError};
use crate::recorder::checkers;

macro_rules! planted {
    ($($name:literal,)+) => {
        /// Histories in which a promise is broken; each is named after it.
        const PLANTED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../checkers/tests/histories/lab/invalid-", $name, ".jsonl"))),)+];
    };
}

planted! {
    "lost-acked",
    "lost-intent",
    "lost-settlement-and-done-again",
    "lost-settlement-of-which-nothing-is-left",
    "lost-unprocessed",
    "duplicate-log",
    "duplicate-effect",
    "reorder-log",
    "reorder-delivery",
    "reorder-effect",
    "false-failure-of-a-send",
    "false-failure-of-an-effect",
    "phantom",
    "dirty-read",
    "diverged",
    "diverged-while-the-run-went-on",
    "split-brain",
    "split-brain-two-leaders-of-one-epoch",
    "split-brain-two-members-of-one-generation",
    "epoch-regress",
    "watermark-regress",
    "stuck",
    "panicked",
}

/// Judges every planted history; what is not found is said.
pub fn self_test() -> Result<Exit, LabError> {
    let blind = unseen(|| Judge::with(checkers()))?;
    for name in &blind {
        println!("::error title=blind judge::the checkers of this build do not find the planted {name}");
    }
    Ok(if blind.is_empty() { Exit::Promised } else { Exit::Inconclusive })
}

/// The planted histories in which this judge does not find what was planted.
fn unseen(judge: impl Fn() -> Judge) -> Result<Vec<&'static str>, LabError> {
    let mut unseen = Vec::new();
    for (name, text) in PLANTED {
        let (names, entries) = files::read(text.as_bytes()).map_err(|error| LabError::Io {
            what: format!("the planted history {name}"),
            error: std::io::Error::other(error),
        })?;
        let mut judge = judge();
        entries.iter().for_each(|entry| judge.see(entry));
        let found = judge.finish(&names).anomalies;
        if !found.iter().any(|anomaly| Some(anomaly.kind) == planted_kind(name)) {
            unseen.push(*name);
        }
    }
    Ok(unseen)
}

/// The anomaly after which a history is named: the longest that its name begins with.
fn planted_kind(name: &str) -> Option<Kind> {
    let named = Kind::ALL.iter().copied().filter(|kind| name.starts_with(kind.name()));
    named.max_by_key(|kind| kind.name().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_judge_of_every_run_finds_what_was_planted() {
        assert!(unseen(|| Judge::with(checkers())).unwrap().is_empty());
    }

    #[test]
    fn a_judge_without_one_of_its_checkers_misses_something() {
        let names: Vec<&str> = checkers().iter().map(|checker| checker.name()).collect();
        let others = |left_out: &str| {
            let others = checkers().into_iter().filter(|checker| checker.name() != left_out);
            Judge::with(others.collect())
        };
        let missed = names.iter().filter(|name| unseen(|| others(name)).unwrap().is_empty());
        assert_eq!(missed.collect::<Vec<_>>(), Vec::<&&str>::new(), "nobody would notice that it is gone");
    }
}
