//! Why an anomaly came: the story of one of its records, and an experiment that takes the faults away one at a time.

mod blame;
mod culprit;
mod experiment;
mod lives;
mod story;
mod words;

use crate::run::Report;
use crate::scenario::{Scenario, Variant};
use crate::stop::Stop;
pub use blame::{BUDGET, Blame};
pub use culprit::{Alone, Culprit, Faults, Needed};
pub use experiment::{Experiment, Share, Trial};

pub use story::{Story, tell};
pub use words::words;

/// What a test says of a run that broke a promise: what was found, what that needs by experiment, and the schedule that shows it again.
///
/// ```
/// # use harness::{Cluster, Kind, Path, Scenario, Variant, engine::Engine, find::explain::why};
/// # use harness::run::{Keep, draw, run};
/// let scenario = Scenario::named("orders", Path::Broker, "Is an order ever lost?")
///     .variant(Variant::holds("safe", Cluster::new()));
/// let safe = &scenario.variants[0];
/// let report = run(&scenario, safe, Engine::Direct, draw(&scenario, safe, Engine::Direct, 7), Keep::default())?;
/// assert!(report.verdict.anomalies.is_empty(), "{}", why(&scenario, safe, &report));
/// # Ok::<(), harness::engine::EngineError>(())
/// ```
#[must_use]
pub fn why(scenario: &Scenario, variant: &Variant, report: &Report) -> String {
    let Some(expect) = report.reason_to_keep(variant) else {
        return format!("{}: {}", report.verdict.validity, report.verdict.unknown.join("; "));
    };
    let mut lines: Vec<String> =
        report.verdict.anomalies.iter().map(|anomaly| anomaly.sentence.clone()).collect();
    let blame = Blame { scenario, variant, expect, budget: BUDGET, stop: &Stop::new() };
    match blame.culprit(&report.schedule) {
        Ok(culprit) => {
            lines.extend(culprit.told());
            lines.push(culprit.schedule().unwrap_or(&report.schedule).to_json());
        }
        Err(error) => lines.push(format!("culprit: not determined; {error}")),
    }
    lines.join("\n")
}
