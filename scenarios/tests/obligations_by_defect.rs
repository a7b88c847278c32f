//! The obligations that no value of a policy turns off, because a log without them would be none: each is a defect. A defect is on for a
//! whole process, so this is one test.

#![cfg(feature = "defects")]

use broker::Defect;
use harness::engine::Engine;
use harness::mode::Mode;
use harness::run::{Conclusion, Keep, draw, run};
use scenarios::mode;

/// Which obligation of which modes, and what turns it off.
const OFF: &[(&str, &[&str], Defect)] = &[
    ("O3", &["kafka-acks-all", "kafka-elr", "kafka-kraft"], Defect::EverybodyLeads),
    ("O5", &["quorum", "dledger", "nats-r3"], Defect::LineageUnchecked),
];

/// Within so many seeds.
const SEEDS: u64 = 400;

#[test]
fn every_mode_breaks_a_promise_without_any_one_obligation_and_none_with_all() {
    let mut wrong = Vec::new();
    for (obligation, modes, defect) in OFF {
        for name in *modes {
            let mode = mode::modes().into_iter().find(|mode| mode.name == *name).expect("it is in the list");
            let scenario = mode.scenario().expect("its product has these settings");
            let profile = scenario.find(Mode::RECOMMENDED).expect("every mode has it");
            let conclusion = |seed, defect| {
                Defect::turn_on(defect);
                let schedule = draw(&scenario, profile, Engine::Direct, seed);
                run(&scenario, profile, Engine::Direct, schedule, Keep::default())
                    .expect("it runs")
                    .conclusion
            };
            let Some(seed) = (0..SEEDS).find(|&seed| conclusion(seed, Some(*defect)) == Conclusion::Violated)
            else {
                wrong.push(format!("{name} without {obligation} breaks nothing"));
                continue;
            };
            let intact = conclusion(seed, None);
            if !matches!(intact, Conclusion::Held | Conclusion::Vacuous) {
                wrong.push(format!("{name} with {obligation}: seed {seed} is {intact:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
