//! What some runs of one variant came to. Summaries of disjoint runs add up, in any order, to the summary of all.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use checkers::Waited;

use serde::{Deserialize, Serialize};

use super::costs::Costs;
use super::strikes::Strikes;
use crate::find::corpus::signature;
use crate::run::{Conclusion, Report, judged_faulted};
use crate::scenario::{Scenario, Variant};

/// What the runs came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Summary {
    /// Runs.
    pub runs: u64,
    /// Runs in which every promise was kept though faults did something to outstanding work.
    pub valid: u64,
    /// Runs in which a promise was broken.
    pub invalid: u64,
    /// Runs that could not be judged.
    pub unknown: u64,
    /// Runs in which every promise was kept, and no fault did anything to outstanding work.
    pub vacuous: u64,
    /// Runs in which a promise was broken that the variant makes.
    pub violated: u64,
    /// Runs in which a fault did something that fired while a record was unacknowledged, unreplicated or unsettled.
    pub struck: u64,
    /// Strikes that took data, or might have.
    pub data_strikes: u64,
    /// Strikes that would have taken the last sound copy of something, and were withheld.
    pub withheld: u64,
    /// Runs in which everything came to rest after healing.
    pub drained: u64,
    /// Business facts.
    pub intents: u64,
    /// Facts that a broker acknowledged.
    pub acknowledged: u64,
    /// Sends that failed for certain.
    #[serde(default)]
    pub refused: u64,
    /// Sends of which nobody learned whether they failed.
    #[serde(default)]
    pub unresolved: u64,
    /// What senders waited.
    #[serde(default)]
    pub costs: Costs,
    /// In how many runs each expected or surprising anomaly was found, by `kind/path`.
    pub anomalies: BTreeMap<String, u64>,
    /// In how many runs each foreseen consequence was found, by `kind/path`.
    pub consequences: BTreeMap<String, u64>,
    /// In how many runs each coverage item was seen.
    pub coverage: BTreeMap<String, u64>,
    /// How long was waited at most beside what is promised, by path and by what was lost, as `broker/leader`.
    #[serde(default)]
    pub waits: BTreeMap<String, Longest>,
    /// Steps of all runs but the long ones: what they cost, the same on every machine.
    #[serde(default)]
    pub steps: u64,
    /// Long runs: one fault, held until every wait without what it takes would have been too long.
    #[serde(default)]
    pub long: u64,
    /// Their steps.
    #[serde(default)]
    pub long_steps: u64,
    /// Runs in which a core was healed before everything was.
    #[serde(default)]
    pub core: u64,
    /// Runs in which there was no core to be healed: none of them counts as passed.
    #[serde(default)]
    pub coreless: u64,
    /// Runs in which a window was judged while something was lost.
    #[serde(default)]
    pub judged: u64,
    /// What faults came to, by kind.
    pub strikes: Strikes,
    /// The seeds that showed what the variant must show.
    pub finds: BTreeSet<u64>,
    /// The promises that were broken, by signature: scenario, anomaly, path and kind of the nearest fault.
    pub broken: BTreeMap<String, First>,
    /// The seed of the first run that broke a promise of the variant, else of the first that found what it expects.
    pub first_failure: Option<u64>,
    /// The first run that could not be judged.
    pub first_unknown: Option<Unjudged>,
}

/// The longest wait of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Longest {
    /// How often too long a wait would have been found.
    pub windows: u64,
    /// In thousandths of its bound.
    pub share: u64,
    /// In microseconds.
    pub micros: u64,
    /// The lowest seed with a wait of that share.
    pub seed: u64,
}

impl fmt::Display for Longest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Longest { windows, share, micros, seed } = self;
        write!(f, "{:.3} of what is allowed, {} ms, seed {seed}", *share as f64 / 1_000.0, micros / 1_000)?;
        write!(f, "; judged in {windows} windows")
    }
}

impl Longest {
    fn merge(self, other: Longest) -> Longest {
        let (longer, shorter) = match (self.share, other.seed).cmp(&(other.share, self.seed)) {
            Ordering::Less => (other, self),
            _ => (self, other),
        };
        let micros = longer.micros.max(shorter.micros);
        Longest { windows: longer.windows + shorter.windows, micros, ..longer }
    }
}

/// How often something came, and first from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct First {
    /// In so many runs.
    pub runs: u64,
    /// The lowest of their seeds.
    pub seed: u64,
}

/// A run that could not be judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Unjudged {
    /// Its seed.
    pub seed: u64,
    /// Why.
    pub reason: String,
}

impl Summary {
    /// The share of intents that a broker acknowledged, from 0 to 1.
    #[must_use]
    pub fn acknowledged_share(&self) -> f64 {
        self.of_intents(self.acknowledged)
    }

    /// The share of sends that failed for certain, from 0 to 1.
    #[must_use]
    pub fn refused_share(&self) -> f64 {
        self.of_intents(self.refused)
    }

    /// The share of sends that ended with an unknown outcome, from 0 to 1.
    #[must_use]
    pub fn unresolved_share(&self) -> f64 {
        self.of_intents(self.unresolved)
    }

    fn of_intents(&self, count: u64) -> f64 {
        if self.intents == 0 { 0.0 } else { count as f64 / self.intents as f64 }
    }

    /// What long runs cost: how many there were, and how many times as many steps each took as another.
    #[must_use]
    pub fn long_runs(&self) -> Option<(u64, f64)> {
        let each = |steps: u64, runs: u64| steps as f64 / runs.max(1) as f64;
        let (long, other) = (each(self.long_steps, self.long), each(self.steps, self.runs - self.long));
        (self.long > 0).then_some((self.long, long / other.max(1.0)))
    }

    /// Adds one run.
    pub fn add(&mut self, scenario: &Scenario, variant: &Variant, report: &Report) {
        self.merge(Self::of(scenario, variant, report));
    }

    /// The summary of one run.
    #[must_use]
    pub fn of(scenario: &Scenario, variant: &Variant, report: &Report) -> Self {
        let (seed, conclusion) = (report.schedule.seed, report.conclusion);
        let came_to = |other| u64::from(conclusion == other);
        let seen = scenario.coverage(variant).filter(|item| item.is_in(&report.tally.seen));
        let mut summary = Summary {
            runs: 1,
            valid: came_to(Conclusion::Held),
            invalid: came_to(Conclusion::Found) + came_to(Conclusion::Violated),
            unknown: came_to(Conclusion::Unknown),
            vacuous: came_to(Conclusion::Vacuous),
            violated: came_to(Conclusion::Violated),
            struck: u64::from(report.tally.on_outstanding > 0),
            data_strikes: report.tally.budget.granted.into(),
            withheld: report.tally.budget.withheld.into(),
            drained: u64::from(report.drained),
            intents: report.intents,
            acknowledged: report.acknowledged,
            refused: report.refused,
            unresolved: report.unresolved,
            costs: Costs::of(&report.waited, report.intents > 0),
            coverage: seen.map(|item| (item.to_string(), 1)).collect(),
            steps: if report.long { 0 } else { report.steps },
            long: u64::from(report.long),
            long_steps: if report.long { report.steps } else { 0 },
            core: u64::from(report.core == Some(true)),
            coreless: u64::from(report.core == Some(false)),
            judged: u64::from(report.verdict.waits.iter().any(judged_faulted)),
            strikes: Strikes::of(report),
            ..Summary::default()
        };
        let waits = report.verdict.waits.iter();
        summary.waits = waits.map(|waited| longest(waited, seed)).collect();
        summary.note_anomalies(variant, report);
        match conclusion {
            Conclusion::Found => summary.first_failure = Some(seed),
            Conclusion::Violated => {
                summary.first_failure = Some(seed);
                let signature = report.reason_to_keep(variant).map(|reason| signature(report, reason));
                summary.broken.extend(signature.map(|signature| (signature, First { runs: 1, seed })));
            }
            Conclusion::Unknown => {
                let reason = report.verdict.unknown.first().cloned().unwrap_or_default();
                summary.first_unknown = Some(Unjudged { seed, reason });
            }
            Conclusion::Held | Conclusion::Vacuous => {}
        }
        summary
    }

    fn note_anomalies(&mut self, variant: &Variant, report: &Report) {
        for (kind, path) in report.verdict.classes() {
            let root = variant.expect.is_some_and(|expect| expect.anomaly == kind && expect.path == path);
            let follows = !root && variant.foresees(kind, path);
            let counts = if follows { &mut self.consequences } else { &mut self.anomalies };
            counts.insert(format!("{kind}/{path}"), 1);
            if root {
                self.finds.insert(report.schedule.seed);
            }
        }
    }

    /// Adds the runs of another summary; none may be in both.
    pub fn merge(&mut self, other: Summary) {
        self.first_failure = self.earlier_failure(&other);
        self.runs += other.runs;
        self.valid += other.valid;
        self.invalid += other.invalid;
        self.unknown += other.unknown;
        self.vacuous += other.vacuous;
        self.violated += other.violated;
        self.struck += other.struck;
        self.data_strikes += other.data_strikes;
        self.withheld += other.withheld;
        self.drained += other.drained;
        self.intents += other.intents;
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.unresolved += other.unresolved;
        self.costs.merge(other.costs);
        add(&mut self.anomalies, other.anomalies);
        add(&mut self.consequences, other.consequences);
        add(&mut self.coverage, other.coverage);
        self.steps += other.steps;
        self.long += other.long;
        self.long_steps += other.long_steps;
        self.core += other.core;
        self.coreless += other.coreless;
        self.judged += other.judged;
        for (kind, wait) in other.waits {
            let known = self.waits.remove(&kind);
            self.waits.insert(kind, known.map_or(wait, |known| known.merge(wait)));
        }
        self.strikes.merge(other.strikes);
        self.finds.extend(other.finds);
        for (signature, first) in other.broken {
            let known = self.broken.entry(signature).or_insert(First { runs: 0, ..first });
            *known = First { runs: known.runs + first.runs, seed: known.seed.min(first.seed) };
        }
        self.first_unknown = self.first_unknown.take().into_iter().chain(other.first_unknown).min();
    }

    /// A broken promise comes before what was to be expected.
    fn earlier_failure(&self, other: &Summary) -> Option<u64> {
        match (self.violated > 0, other.violated > 0) {
            (true, false) => self.first_failure,
            (false, true) => other.first_failure,
            _ => self.first_failure.into_iter().chain(other.first_failure).min(),
        }
    }
}

fn longest(waited: &Waited, seed: u64) -> (String, Longest) {
    let &Waited { path, lost, windows, longest, share } = waited;
    (format!("{path}/{lost}"), Longest { windows, share, micros: longest, seed })
}

fn add(counts: &mut BTreeMap<String, u64>, more: BTreeMap<String, u64>) {
    for (name, count) in more {
        *counts.entry(name).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::chaos::fault::FaultKind;

    /// A summary of one run, of one of the five kinds.
    fn one(seed: u64, kind: u8) -> Summary {
        let mut summary = Summary { runs: 1, ..Summary::default() };
        summary.coverage.insert(format!("item-{}", kind % 2), 1);
        summary.costs.latency.add(seed % 3);
        summary.strikes.set(FaultKind::ALL[usize::from(kind)], vec![1, 1, u64::from(kind % 2), 1]);
        let wait = Longest { windows: 1, share: u64::from(kind), micros: seed % 7, seed };
        summary.waits.insert("broker/leader".to_owned(), wait);
        match kind {
            0 => summary.valid = 1,
            1 => summary.vacuous = 1,
            2 => {
                summary.unknown = 1;
                summary.first_unknown = Some(Unjudged { seed, reason: "too long".to_owned() });
            }
            3 => {
                (summary.invalid, summary.first_failure, summary.finds) = (1, Some(seed), [seed].into());
                summary.anomalies.insert("expected".to_owned(), 1);
            }
            _ => {
                (summary.invalid, summary.violated, summary.first_failure) = (1, 1, Some(seed));
                summary.broken.insert("surprise".to_owned(), First { runs: 1, seed });
            }
        }
        summary
    }

    fn sum(parts: impl IntoIterator<Item = Summary>) -> Summary {
        let mut whole = Summary::default();
        parts.into_iter().for_each(|part| whole.merge(part));
        whole
    }

    proptest! {
        #[test]
        fn the_order_in_which_runs_are_added_does_not_matter(kinds in vec(0..5_u8, 0..40), cut in 0..40_usize) {
            let runs: Vec<Summary> = kinds.iter().zip(0..).map(|(&kind, seed)| one(seed, kind)).collect();
            let (left, right) = runs.split_at(cut.min(runs.len()));
            let halves = sum([sum(right.iter().cloned()), sum(left.iter().rev().cloned())]);
            prop_assert_eq!(&halves, &sum(runs.iter().cloned()));
            let text = serde_json::to_string(&halves).unwrap();
            prop_assert_eq!(serde_json::from_str::<Summary>(&text).unwrap(), halves);
        }

        #[test]
        fn the_first_failure_is_a_broken_promise_if_there_is_one(kinds in vec(0..5_u8, 1..40)) {
            let whole = sum(kinds.iter().zip(0..).map(|(&kind, seed)| one(seed, kind)));
            let first = |kind| kinds.iter().position(|&one| one == kind).map(|at| at as u64);
            prop_assert_eq!(whole.first_failure, first(4).or(first(3)));
        }
    }
}
