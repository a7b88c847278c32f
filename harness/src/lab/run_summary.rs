//! How the runs of one variant are told: as a line of JSON, or to people.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::strikes::{KindStruck, kinds_struck};
use super::{Exit, LabError, print_json};
use crate::chaos::coverage::Item;
use crate::engine::Engine;
use crate::find::explain::Culprit;
use crate::find::sweep::{Longest, Summary, Times, Unjudged};
use crate::lab::output::{again, say};
use crate::scenario::{Scenario, Variant};
use crate::seed::knob::Knobs;

/// After so many runs it is asked how many of them have judged a wait.
const WAITS_DUE: u64 = 100;

/// From so many runs on, the longest wait must have come to so many thousandths of what is allowed: the longest are rare.
const TIGHT: [(u64, u64); 2] = [(2_000, 250), (100_000, 500)];

/// What is told.
pub struct RunSummary<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The variant.
    pub variant: &'a Variant,
    /// The engine.
    pub engine: Engine,
    /// What the runs came to.
    pub summary: &'a Summary,
    /// What they cost.
    pub cpu_seconds: f64,
    /// The run to look at first.
    pub failure: Option<FirstFailure>,
}

#[derive(Serialize)]
struct Line<'a> {
    scenario: &'a str,
    variant: &'a str,
    engine: &'a str,
    runs: u64,
    valid: u64,
    invalid: u64,
    unknown: u64,
    vacuous: u64,
    acknowledged_share: f64,
    refused_share: f64,
    unresolved_share: f64,
    ack_latency_micros: Option<Times>,
    unavailable_micros: Option<Times>,
    struck: u64,
    data_strikes: u64,
    withheld: u64,
    drained: u64,
    cpu_seconds: f64,
    anomalies: &'a BTreeMap<String, u64>,
    consequences: &'a BTreeMap<String, u64>,
    coverage: Vec<Covered>,
    judged: u64,
    core: u64,
    coreless: u64,
    long: u64,
    steps: u64,
    long_steps: u64,
    waits: &'a BTreeMap<String, Longest>,
    faults: Vec<KindStruck>,
    first_failure: Option<&'a FirstFailure>,
    first_unknown: Option<&'a Unjudged>,
}

/// The first run that broke a promise, else the first that showed what the variant must show.
#[derive(Clone, Debug, Serialize)]
pub struct FirstFailure {
    /// Its seed.
    pub seed: u64,
    /// Where its schedule is kept.
    pub schedule: PathBuf,
    /// What happened in it.
    pub sentence: Option<String>,
    /// What it needs, found out by experiment.
    #[serde(flatten)]
    pub culprit: Culprit,
}

/// What was to be seen, and in how many runs it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// The item.
    pub item: String,
    /// In so many runs it was seen.
    pub hits: u64,
    /// After so many runs it must have been.
    pub due: u64,
    /// Whether it must have been by now, and was not.
    pub missed: bool,
}

/// What was to be seen over the runs of a variant.
pub fn covered(scenario: &Scenario, variant: &Variant, summary: &Summary) -> Vec<Covered> {
    let covered = |item: &Item| {
        let name = item.to_string();
        let hits = summary.coverage.get(&name).copied().unwrap_or_default();
        let missed = hits == 0 && summary.runs >= item.due();
        Covered { item: name, hits, due: item.due(), missed }
    };
    let items = scenario.coverage(variant).map(covered);
    items.chain(waits_judged(variant, summary)).collect()
}

/// Of a system that promises how long anybody waits, one run in twenty must have shown it while something was lost.
fn waits_judged(variant: &Variant, summary: &Summary) -> Option<Covered> {
    let promises = variant.expect.is_none() && variant.system.availability(&Knobs::new(), 0).is_some();
    let (hits, due) = (summary.judged, WAITS_DUE);
    let missed = summary.runs >= due && hits * 20 < summary.runs;
    promises.then(|| Covered { item: "a wait judged while something was lost".to_owned(), hits, due, missed })
}

/// Of a system that promises how long anybody waits, the longest wait after that many runs must come near to what is allowed:
/// a bound that nobody comes near would not find what is too slow.
fn too_loose(variant: &Variant, summary: &Summary) -> Option<String> {
    let longest = summary.waits.values().map(|wait| wait.share).max()?;
    let due = from_so_many(&TIGHT, summary.runs)?;
    (variant.expect.is_none() && longest < due).then(|| {
        let [share, due] = [longest, due].map(|thousandths| thousandths as f64 / 1_000.0);
        format!(
            "the longest wait was {share:.3} of what is allowed, and {due} is due: the bounds are too loose"
        )
    })
}

/// What a table whose rows begin at a number of runs says of this many.
fn from_so_many<T: Copy>(table: &[(u64, T)], runs: u64) -> Option<T> {
    table.iter().rev().find(|(least, _)| runs >= *least).map(|(_, value)| *value)
}

/// Why runs of a variant prove too little, each in a sentence.
pub fn doubts(scenario: &Scenario, variant: &Variant, summary: &Summary) -> Vec<String> {
    let kinds = kinds_struck(scenario, variant, summary).into_iter().filter_map(|kind| kind.doubt);
    kinds.chain(too_loose(variant, summary)).collect()
}

/// How the runs of a variant are to be read. What an unsafe one must show is due within so many runs.
pub fn judge(scenario: &Scenario, variant: &Variant, summary: &Summary, find_within: u64) -> Exit {
    let missed = covered(scenario, variant, summary).iter().any(|item| item.missed)
        || !doubts(scenario, variant, summary).is_empty();
    let found = variant.expect.is_none() || !summary.finds.is_empty() || summary.runs < find_within;
    if summary.violated > 0 {
        Exit::Violated
    } else if unserved(variant, summary).is_some()
        || summary.unknown > 0
        || summary.runs == summary.vacuous
        || !found
        || missed
    {
        Exit::Inconclusive
    } else {
        Exit::Promised
    }
}

/// From so many runs on, at most such a share of the sends of a variant that must hold may be refused, and as many may end in doubt:
/// else it keeps its promises by making none. One run in which a log is down for most of its time can refuse most of its sends, so
/// the share over a few runs says less than the one over many.
const UNSERVED_MOST: [(u64, f64); 2] = [(0, 0.3), (100, 0.1)];

/// That too many sends came to nothing, in words.
pub fn unserved(variant: &Variant, summary: &Summary) -> Option<String> {
    let (refused, doubtful) = (summary.refused_share(), summary.unresolved_share());
    let most = from_so_many(&UNSERVED_MOST, summary.runs)?;
    let too_many = variant.expect.is_none() && refused.max(doubtful) > most;
    too_many.then(|| {
        format!("{:.1} % of sends were refused and {:.1} % ended in doubt", refused * 100.0, doubtful * 100.0)
    })
}

impl RunSummary<'_> {
    /// Prints one line of JSON.
    ///
    /// # Errors
    ///
    /// [`LabError::Io`].
    pub fn print_json(&self) -> Result<(), LabError> {
        let summary = self.summary;
        print_json(&Line {
            scenario: self.scenario.name,
            variant: self.variant.name,
            engine: self.engine.name(),
            runs: summary.runs,
            valid: summary.valid,
            invalid: summary.invalid,
            unknown: summary.unknown,
            vacuous: summary.vacuous,
            acknowledged_share: summary.acknowledged_share(),
            refused_share: summary.refused_share(),
            unresolved_share: summary.unresolved_share(),
            ack_latency_micros: summary.costs.latency.times(),
            unavailable_micros: summary.costs.unavailable.times(),
            struck: summary.struck,
            data_strikes: summary.data_strikes,
            withheld: summary.withheld,
            drained: summary.drained,
            cpu_seconds: self.cpu_seconds,
            anomalies: &summary.anomalies,
            consequences: &summary.consequences,
            coverage: covered(self.scenario, self.variant, summary),
            judged: summary.judged,
            core: summary.core,
            coreless: summary.coreless,
            long: summary.long,
            steps: summary.steps,
            long_steps: summary.long_steps,
            waits: &summary.waits,
            faults: kinds_struck(self.scenario, self.variant, summary),
            first_failure: self.failure.as_ref(),
            first_unknown: summary.first_unknown.as_ref(),
        })
    }

    /// Prints it for people.
    pub fn print(&self, exit: Exit) {
        let again = self.failure.as_ref().map(|failure| again("replay", &failure.schedule));
        if let (Some(again), Exit::Violated) = (&again, exit) {
            say!("{again}");
        }
        let (scenario, variant, engine) = (self.scenario.name, self.variant.name, self.engine.name());
        say!("{scenario} {variant} on {engine}: {}", self.outcome(exit));
        self.print_counts();
        self.print_seen();
        self.print_failure();
        if let Some(again) = again {
            say!("  again: {again}");
        }
    }

    fn print_counts(&self) {
        let summary = self.summary;
        say!(
            "  {} runs in {:.1} CPU-seconds: {} held, {} broken, {} vacuous, {} unknown; of intents {:.1} % acknowledged, {:.1} % refused, {:.1} % in doubt",
            summary.runs,
            self.cpu_seconds,
            summary.valid,
            summary.invalid,
            summary.vacuous,
            summary.unknown,
            summary.acknowledged_share() * 100.0,
            summary.refused_share() * 100.0,
            summary.unresolved_share() * 100.0,
        );
        say!("  costs: {}; {:.1} % refused", summary.costs, summary.refused_share() * 100.0);
        if summary.data_strikes + summary.withheld > 0 {
            say!(
                "  {} strikes took data; {} more were withheld: they would have taken the last sound copy of a log",
                summary.data_strikes,
                summary.withheld
            );
        }
        let found = summary.anomalies.iter().map(|(class, runs)| (class, runs, ""));
        let follows = match self.variant.expect {
            Some(_) => " (follows from the same cause)",
            None => " (it does not promise to keep that out)",
        };
        let followed = summary.consequences.iter().map(|(class, runs)| (class, runs, follows));
        for (class, runs, note) in found.chain(followed) {
            say!("  {class} in {runs} runs{note}");
        }
    }

    /// What the runs met, and what they should have met.
    fn print_seen(&self) {
        let summary = self.summary;
        let seen = covered(self.scenario, self.variant, summary);
        let told: Vec<String> = seen.iter().map(|item| format!("{} in {}", item.item, item.hits)).collect();
        if !told.is_empty() {
            say!("  seen: {}", told.join(", "));
        }
        if summary.core + summary.coreless > 0 {
            let (core, none) = (summary.core, summary.coreless);
            say!("  a core healed before everything in {core} runs, and none to be healed in {none}");
        }
        if let Some((long, times)) = summary.long_runs() {
            say!("  {long} long runs, each of {times:.1} times the steps of another");
        }
        for (kind, wait) in &summary.waits {
            say!("  longest wait, {kind}: {wait}");
        }
        for item in seen.iter().filter(|item| item.missed) {
            say!("  NEVER SEEN: {}, which was due within {} runs", item.item, item.due);
        }
        for doubt in doubts(self.scenario, self.variant, summary) {
            say!("  DID TOO LITTLE: {doubt}");
        }
    }

    fn print_failure(&self) {
        if let Some(unjudged) = &self.summary.first_unknown {
            say!("  unknown: seed {}: {}", unjudged.seed, unjudged.reason);
        }
        if let Some(failure) = &self.failure {
            let told = failure.sentence.iter().map(|sentence| format!("seed {}: {sentence}", failure.seed));
            told.chain(failure.culprit.told()).for_each(|line| say!("  {line}"));
        }
    }

    fn outcome(&self, exit: Exit) -> String {
        match (exit, self.variant.expect) {
            (Exit::Violated, _) => "BROKE A PROMISE".to_owned(),
            (Exit::Promised, None) => "held".to_owned(),
            (Exit::Promised, Some(expect)) => format!("shows {expect}, as it must"),
            (_, Some(expect)) => format!("did not show {expect}"),
            (_, None) => "proved nothing".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use checkers::Path;

    use super::*;
    use crate::Cluster;

    #[test]
    fn what_was_due_and_never_seen_makes_a_green_sweep_inconclusive() {
        let scenario = Scenario::named("orders", Path::Broker, "").must_see(Item::event("retry-send", 10));
        let variant = Variant::holds("safe", Cluster::new());
        let seen = |runs: u64, hits: u64| {
            let coverage = [("retry-send".to_owned(), hits)].into();
            judge(&scenario, &variant, &Summary { runs, valid: runs, coverage, ..Summary::default() }, 0)
        };
        assert_eq!(seen(9, 0), Exit::Promised, "it is not due yet");
        assert_eq!(seen(10, 0), Exit::Inconclusive);
        assert_eq!(seen(10, 1), Exit::Promised);
    }

    #[test]
    fn a_variant_that_serves_hardly_anybody_proves_nothing() {
        let scenario = Scenario::named("orders", Path::Broker, "");
        let safe = Variant::holds("safe", Cluster::new());
        let served = |runs, refused, unresolved| {
            let summary = Summary {
                runs,
                valid: runs,
                judged: runs,
                intents: 100,
                refused,
                unresolved,
                ..Summary::default()
            };
            judge(&scenario, &safe, &summary, 0)
        };
        assert_eq!(served(100, 10, 10), Exit::Promised);
        assert_eq!(served(100, 11, 0), Exit::Inconclusive);
        assert_eq!(served(100, 0, 11), Exit::Inconclusive);
        assert_eq!(served(99, 30, 30), Exit::Promised, "a few runs may be bad ones");
        assert_eq!(served(99, 31, 0), Exit::Inconclusive);
    }
}
