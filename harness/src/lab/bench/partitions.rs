//! What a frame costs where a topic has many partitions: a step should cost what it touches, not what there is.

use serde::Serialize;

use super::super::LabError;
use super::{Meter, reference, reference_run};
use crate::engine::Engine;
use crate::lab::output::say;
use crate::run::Keep;

/// So many partitions, the first of which the others are compared with.
const COUNTS: [u16; 3] = [reference::PARTITIONS, 64, 256];

/// What a frame of the reference run on direct costs with so many partitions.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    partitions: u16,
    frames_per_run: f64,
    microseconds_per_frame: f64,
    /// The same in frames of the reference run as it is.
    times_reference: f64,
}

/// Measures each number of partitions for about so many CPU-seconds, in turns, so that all meet the same machine.
pub fn measure(seconds: f64) -> Result<Vec<Cost>, LabError> {
    let mut meters = COUNTS.map(|partitions| (reference::with_partitions(partitions), Meter::default()));
    while meters.iter().any(|(_, meter)| meter.seconds < seconds) {
        for (scenario, meter) in &mut meters {
            meter.turn(|meter| {
                let report = reference_run(scenario, Engine::Direct, meter.runs, Keep::default())?;
                meter.add(report.frames, report.steps);
                Ok(())
            })?;
        }
    }
    let microseconds = |meter: &Meter| 1e6 * meter.seconds / meter.frames as f64;
    let reference = microseconds(&meters[0].1);
    let cost = |(partitions, (_, meter)): (u16, &(_, Meter))| Cost {
        partitions,
        frames_per_run: meter.frames as f64 / meter.runs as f64,
        microseconds_per_frame: microseconds(meter),
        times_reference: microseconds(meter) / reference,
    };
    Ok(COUNTS.into_iter().zip(&meters).map(cost).collect())
}

/// Prints them.
pub fn print(costs: &[Cost]) {
    for cost in costs {
        say!(
            "With {} partitions a run on direct has {:.0} frames, and one costs {:.2} us: {:.2} times what it costs with {}.",
            cost.partitions,
            cost.frames_per_run,
            cost.microseconds_per_frame,
            cost.times_reference,
            COUNTS[0],
        );
    }
}
