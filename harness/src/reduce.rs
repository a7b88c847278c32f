//! Which faults an anomaly needs: leaves out one step after another, and keeps it out when the anomaly comes all the same.
//! What remains is one-minimal: none of it can be left out alone. Leaving a step out moves no draw of the others on `direct`,
//! so the remaining faults are to blame, not merely near in time.

use crate::engine::{Engine, EngineError};
use crate::run::{Keep, Report, run};
use crate::scenario::{Scenario, Variant};
use crate::schedule::{Expect, Schedule};

/// Runs the schedule with the fewest of its steps that still show `expect`; `None` when not even all of them do.
///
/// # Errors
///
/// [`EngineError`] when the engine cannot run the variant.
pub fn reduce(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    schedule: &Schedule,
    expect: Expect,
) -> Result<Option<Report>, EngineError> {
    let attempt = |schedule: Schedule| -> Result<Option<Report>, EngineError> {
        let report = run(scenario, variant, engine, schedule, Keep::default())?;
        let found = report.verdict.classes().contains(&(expect.anomaly, expect.path));
        Ok(found.then_some(report))
    };
    let Some(mut best) = attempt(schedule.clone())? else { return Ok(None) };
    let mut step = 0;
    while step < best.schedule.steps.len() {
        let mut without = best.schedule.clone();
        without.steps.remove(step);
        match attempt(without)? {
            Some(report) => best = report,
            None => step += 1,
        }
    }
    Ok(Some(best))
}
