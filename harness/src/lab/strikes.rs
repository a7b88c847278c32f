//! Which kinds of faults did something over the runs of a variant. What strikes nothing proves nothing: a partition that cuts
//! nothing, or a kind that no seed ever draws, leaves every promise kept.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::chaos::fault::{FaultKind, FaultModel};
use crate::chaos::nemesis::aimed;
use crate::find::sweep::Summary;
use crate::run::promised;
use crate::scenario::{Scenario, Variant};

/// After so many runs every promised kind must have been drawn.
const DRAWN_WITHIN: u64 = 1_000;

/// So many runs must have drawn a kind before it is judged by what it did.
const ENOUGH: u64 = 200;

/// Of the runs that drew a kind, one in so many must have seen it do something.
const ONE_IN: u64 = 20;

/// What the faults of a kind came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindStruck {
    /// The kind.
    pub fault: &'static str,
    /// Runs whose schedule has one.
    pub drawn: u64,
    /// Runs in which the moment of one came.
    pub fired: u64,
    /// Runs in which one did something.
    pub struck: u64,
    /// Runs in which one did this, by the kind of harm.
    pub harms: BTreeMap<&'static str, u64>,
    /// Why that is too little, in words.
    pub doubt: Option<String>,
}

/// Every kind that a variant promises to survive and that its system can notice.
pub fn kinds_struck(scenario: &Scenario, variant: &Variant, summary: &Summary) -> Vec<KindStruck> {
    let model = promised(scenario, variant);
    let least = variant.system.knobs().into_iter().map(|knob| (knob.name.to_owned(), *knob.drawn.start()));
    let cast = variant.system.cast(&least.collect());
    let kinds = aimed(&model, &cast).into_iter();
    kinds.map(|kind| kind_struck(kind, &model, summary)).collect()
}

fn kind_struck(kind: FaultKind, model: &FaultModel, summary: &Summary) -> KindStruck {
    let strikes = &summary.strikes;
    let mut struck = KindStruck {
        fault: kind.name(),
        drawn: strikes.drawn(kind),
        fired: strikes.fired(kind),
        struck: strikes.struck(kind),
        harms: model.harms(kind).map(|harm| (harm.name(), strikes.harm(kind, harm))).collect(),
        doubt: None,
    };
    struck.doubt = struck.doubt(summary.runs);
    struck
}

impl KindStruck {
    fn doubt(&self, runs: u64) -> Option<String> {
        let KindStruck { fault, drawn, struck, harms, .. } = self;
        if *drawn == 0 {
            return (runs >= DRAWN_WITHIN).then(|| format!("{fault} was never drawn in {runs} runs"));
        }
        if *drawn < ENOUGH {
            return None;
        }
        if struck * ONE_IN < *drawn {
            let percent = 100 / ONE_IN;
            return Some(format!(
                "{fault} did something in {struck} of {drawn} runs that drew it, and {percent} % are due"
            ));
        }
        let never = harms.iter().find(|(_, runs)| **runs == 0);
        never.map(|(harm, _)| format!("{fault}: no {harm} in {drawn} runs that drew it"))
    }
}

#[cfg(test)]
mod tests {
    use checkers::Path;

    use super::*;
    use crate::Cluster;
    use crate::find::sweep::Strikes;

    /// What is doubted where so many runs drew a kind and it did so much.
    fn doubt(kind: FaultKind, runs: u64, numbers: Vec<u64>) -> Option<String> {
        let model = FaultModel { kinds: vec![kind], ..FaultModel::default() };
        let scenario = Scenario::named("orders", Path::Broker, "").faults(model);
        let variant = Variant::holds("safe", Cluster::new());
        let mut strikes = Strikes::default();
        strikes.set(kind, numbers);
        let summary = Summary { runs, strikes, ..Summary::default() };
        let kinds = kinds_struck(&scenario, &variant, &summary);
        assert_eq!(kinds.len(), 1);
        kinds[0].doubt.clone()
    }

    #[test]
    fn a_kind_that_did_nothing_is_a_doubt_once_enough_runs_drew_it() {
        let paused = |drawn, struck| doubt(FaultKind::Pause, 2_000, vec![drawn, drawn, struck, struck]);
        assert_eq!(paused(199, 0), None, "too few to say");
        assert_eq!(
            paused(200, 9).unwrap(),
            "pause did something in 9 of 200 runs that drew it, and 5 % are due"
        );
        assert_eq!(paused(200, 10), None);
    }

    #[test]
    fn every_kind_of_harm_that_a_fault_does_must_be_seen() {
        let killed = |told| doubt(FaultKind::Crash, 2_000, vec![300, 300, 300, 300, told]);
        assert_eq!(
            killed(0).unwrap(),
            "crash: no connections closed with their process in 300 runs that drew it"
        );
        assert_eq!(killed(1), None);
    }

    #[test]
    fn a_promised_kind_that_no_seed_draws_is_a_doubt() {
        assert_eq!(doubt(FaultKind::Stall, 999, Vec::new()), None);
        assert_eq!(doubt(FaultKind::Stall, 1_000, Vec::new()).unwrap(), "stall was never drawn in 1000 runs");
    }

    #[test]
    fn what_no_node_of_a_system_can_notice_is_neither_drawn_nor_asked_for() {
        let scenario = Scenario::named("orders", Path::Broker, "");
        let variant = Variant::holds("safe", Cluster::new());
        let kinds = kinds_struck(&scenario, &variant, &Summary::default());
        assert!(kinds.iter().any(|kind| kind.fault == "clock-drift"));
        assert!(kinds.iter().all(|kind| !["clock-jump", "clock-offset"].contains(&kind.fault)));
    }
}
