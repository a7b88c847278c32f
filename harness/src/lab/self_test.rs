//! Whether the judge of this build finds what it must: one planted history for each of its checkers, judged by the checkers that
//! judge every run. A sweep over a judge that cannot see proves nothing.

use checkers::{Judge, Kind, Validity, Verdict, files};

use super::{Exit, LabError};
use crate::lab::output::say;
use crate::run::recorder::checkers;

macro_rules! planted {
    ($($name:literal,)+) => {
        /// Histories in which a promise is broken, or nothing can be known; each is named after it.
        const PLANTED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../checkers/tests/histories/lab/", $name, ".jsonl"))),)+];
    };
}

planted! {
    "invalid-lost-acked",
    "invalid-lost-intent",
    "invalid-lost-settlement-and-done-again",
    "invalid-lost-settlement-of-which-nothing-is-left",
    "invalid-lost-unprocessed",
    "invalid-duplicate-log",
    "invalid-duplicate-effect",
    "invalid-reorder-log",
    "invalid-reorder-delivery",
    "invalid-reorder-effect",
    "invalid-false-failure-of-a-send",
    "invalid-false-failure-of-an-effect",
    "invalid-misplaced-ack",
    "invalid-needless-doubt",
    "invalid-needless-shrink",
    "invalid-phantom",
    "invalid-dirty-read",
    "invalid-incomplete",
    "invalid-incomplete-a-voter-that-forgot-votes-again",
    "invalid-diverged",
    "invalid-diverged-while-the-run-went-on",
    "invalid-split-brain",
    "invalid-split-brain-two-leaders-of-one-epoch",
    "invalid-split-brain-two-members-of-one-generation",
    "invalid-epoch-regress",
    "invalid-watermark-regress",
    "invalid-stuck",
    "invalid-panicked",
    "unknown-nothing-was-attempted",
}

/// Judges every planted history; what is not found is said.
pub fn self_test() -> Result<Exit, LabError> {
    let blind = unseen(|| Judge::with(checkers()))?;
    for name in &blind {
        say!("::error title=blind judge::the checkers of this build do not find the planted {name}");
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
        if !is_seen(name, &judge.finish(&names)) {
            unseen.push(*name);
        }
    }
    Ok(unseen)
}

/// Whether a verdict is what the history is named after: unknown, or the anomaly with the longest name that it begins with.
fn is_seen(name: &str, verdict: &Verdict) -> bool {
    let Some(planted) = name.strip_prefix("invalid-") else {
        return verdict.validity == Validity::Unknown;
    };
    let named = Kind::ALL.iter().copied().filter(|kind| planted.starts_with(kind.name()));
    let planted = named.max_by_key(|kind| kind.name().len());
    verdict.anomalies.iter().any(|anomaly| Some(anomaly.kind) == planted)
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
