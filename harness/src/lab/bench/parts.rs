//! What generation and coverage take of a reference run, and what a second thread costs the first.

use serde::Serialize;

use super::super::LabError;
use super::super::run::cpu_seconds;
use super::reference_run;
use crate::chaos::coverage::{Item, Outstanding};
use crate::chaos::fault::FaultKind;
use crate::engine::Engine;
use crate::find::sweep::Sweep;
use crate::lab::output::say;
use crate::run::{Keep, draw};
use crate::scenario::Scenario;
use crate::stop::Stop;

/// So many runs in a turn; turns alternate, so that all meet the same machine.
const TURN: u64 = 40;

/// The shares.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Parts {
    /// Drawing a schedule, as a share of running one.
    pub generation: f64,
    /// Listening for every mark and counting every item there could be, as a share of a run that has none.
    pub coverage: f64,
    /// CPU-seconds per run with two threads, over the same with one.
    pub two_jobs: f64,
}

/// Measures for about so many CPU-seconds.
pub fn measure(scenario: &Scenario, seconds: f64) -> Result<Parts, LabError> {
    let everything = everything_must_be_seen(scenario);
    let (mut plain, mut drawn, mut covered, mut one_job, mut two_jobs) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let begun = cpu_seconds();
    while cpu_seconds() - begun < seconds {
        for seed in 0..TURN {
            plain += timed(|| reference_run(scenario, Engine::Direct, seed, Keep::default()).map(drop))?;
            covered += timed(|| reference_run(&everything, Engine::Direct, seed, Keep::default()).map(drop))?;
        }
        drawn += timed(|| {
            (0..TURN).for_each(|seed| drop(draw(scenario, &scenario.variants[0], Engine::Direct, seed)));
            Ok(())
        })?;
        one_job += sweep(scenario, 1)?;
        two_jobs += sweep(scenario, 2)?;
    }
    Ok(Parts { generation: drawn / plain, coverage: covered / plain - 1.0, two_jobs: two_jobs / one_job })
}

fn everything_must_be_seen(scenario: &Scenario) -> Scenario {
    let work = [Outstanding::Unacknowledged, Outstanding::Unreplicated, Outstanding::Unsettled];
    let strikes = FaultKind::ALL.iter().flat_map(|&fault| work.map(|on| Item::strike(fault, on, u64::MAX)));
    let events = broker::EventKind::all().map(|event| Item::event(event.name(), u64::MAX));
    Scenario { must_see: events.chain(strikes).collect(), ..scenario.clone() }
}

fn sweep(scenario: &Scenario, jobs: usize) -> Result<f64, LabError> {
    let sweep = Sweep { scenario, variant: &scenario.variants[0], engine: Engine::Direct, jobs };
    timed(|| Ok(sweep.seeds(0..TURN, &Stop::new(), &|_| {}).map(drop)?))
}

fn timed(work: impl FnOnce() -> Result<(), LabError>) -> Result<f64, LabError> {
    let begun = cpu_seconds();
    work()?;
    Ok(cpu_seconds() - begun)
}

/// Prints the shares.
pub fn print(parts: &Parts) {
    say!(
        "Of a reference run on direct, drawing a schedule takes {:.1} %, and counting every item of coverage {:.1} %.",
        100.0 * parts.generation,
        100.0 * parts.coverage
    );
    say!("Two jobs take {:.2} times the CPU of one for each run.", parts.two_jobs);
}
