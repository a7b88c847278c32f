//! `lab bench --find`: how many seeds, and how much time, the generator takes from cold to show what each unsafe variant must
//! show, and how much smaller than that it can be said.

use std::time::Duration;

use indicatif::ProgressBar;
use serde::Serialize;

use super::super::interrupt::on_interrupt;
use super::super::run::cpu_seconds;
use super::super::{Exit, LabError, print_json};
use crate::chaos::fault::FaultModel;
use crate::chaos::schedule::Expect;
use crate::engine::Engine;
use crate::find::shrink::Shrink;
use crate::find::sweep::Sweep;
use crate::lab::output::{self, say};
use crate::run::draw;
use crate::scenario::{Scenario, Variant};
use crate::stop::Stop;

/// So many disjoint ranges of seeds, each this long.
const RANGES: u64 = 20;
const RANGE: u64 = 2_000;

/// Of the ranges, so many must have it.
const ENOUGH: usize = 19;

/// So many runs each find may be shrunk for.
const SHRINK_WITHIN: u64 = 2_000;

/// A long schedule has so many steps.
const LONG: u64 = 30;

/// From so many ranges a long schedule is shrunk, to see how long that takes.
const LONG_RANGES: u64 = 5;

/// What it takes to find what one variant must show.
#[derive(Serialize)]
struct Found {
    scenario: &'static str,
    variant: &'static str,
    anomaly: String,
    /// In how many ranges it was found, of how many.
    ranges: usize,
    of: u64,
    seeds: Spread,
    core_seconds: Spread,
    steps: Spread,
    shrunk: Spread,
    witness: usize,
    /// Core-seconds to shrink a long schedule.
    long_core_seconds: Spread,
}

/// The middle, and what 19 of 20 stay below.
#[derive(Clone, Copy, Default, Serialize)]
struct Spread {
    median: f64,
    p95: f64,
}

/// One range.
struct Find {
    seeds: u64,
    core_seconds: f64,
    steps: usize,
    shrunk: usize,
}

/// Finds everything, again and again.
pub fn find(catalogue: &[Scenario], json: bool) -> Result<Exit, LabError> {
    let stop = on_interrupt();
    let unsafe_ones = || {
        let all = catalogue
            .iter()
            .flat_map(|scenario| scenario.variants.iter().map(move |variant| (scenario, variant)));
        all.filter_map(|(scenario, variant)| Some((scenario, variant, variant.expect?)))
    };
    let bar = ProgressBar::new(unsafe_ones().count() as u64 * RANGES);
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut found = Vec::new();
    for (scenario, variant, expect) in unsafe_ones() {
        let ranges = (0..RANGES).take_while(|_| !stop.stopped());
        let finds = ranges.map(|range| {
            bar.inc(1);
            in_range(scenario, variant, expect, range * RANGE, stop)
        });
        let finds: Vec<Option<Find>> = finds.collect::<Result<_, _>>()?;
        let long = (0..LONG_RANGES).take_while(|_| !stop.stopped());
        let long = long.map(|range| shrink_long(scenario, variant, expect, range * RANGE, stop));
        let long: Vec<Option<f64>> = long.collect::<Result<_, _>>()?;
        let finds = finds.into_iter().flatten().collect();
        found.push(summary(scenario, variant, expect, finds, long.into_iter().flatten().collect()));
    }
    bar.finish_and_clear();
    if json {
        print_json(&found)?;
    } else {
        print(&found);
    }
    Ok(match (stop.stopped(), found.iter().all(|found| found.ranges >= ENOUGH)) {
        (false, true) => Exit::Promised,
        _ => Exit::Inconclusive,
    })
}

/// The first find of a range, shrunk.
fn in_range(
    scenario: &Scenario,
    variant: &Variant,
    expect: Expect,
    from: u64,
    stop: &Stop,
) -> Result<Option<Find>, LabError> {
    let engine = Engine::Direct;
    let sweep = Sweep { scenario, variant, engine, jobs: 1 };
    let begun = cpu_seconds();
    for seed in (from..from + RANGE).take_while(|_| !stop.stopped()) {
        if sweep.one(seed)?.shows(expect) {
            let (seeds, core_seconds) = (seed - from + 1, cpu_seconds() - begun);
            let schedule = draw(scenario, variant, engine, seed);
            let budget = SHRINK_WITHIN;
            let shrink = Shrink { scenario, variant, engine, expect, budget, stop, progress: &|_, _| {} };
            let shrunk = shrink.shrink(&schedule)?.map_or(0, |shrunk| shrunk.report.schedule.steps.len());
            return Ok(Some(Find { seeds, core_seconds, steps: schedule.steps.len(), shrunk }));
        }
    }
    Ok(None)
}

/// How many core-seconds it takes to shrink the first long schedule of a range that shows it.
fn shrink_long(
    scenario: &Scenario,
    variant: &Variant,
    expect: Expect,
    from: u64,
    stop: &Stop,
) -> Result<Option<f64>, LabError> {
    let engine = Engine::Direct;
    let faults = FaultModel { most: LONG, ..scenario.faults.clone() };
    let scenario = &Scenario { faults, ..scenario.clone() };
    let schedules = (from..from + RANGE).map(|seed| draw(scenario, variant, engine, seed));
    for schedule in schedules.filter(|schedule| schedule.steps.len() as u64 == LONG) {
        let begun = cpu_seconds();
        let budget = 10 * SHRINK_WITHIN;
        let shrink = Shrink { scenario, variant, engine, expect, budget, stop, progress: &|_, _| {} };
        if shrink.shrink(&schedule)?.is_some() {
            return Ok(Some(cpu_seconds() - begun));
        }
    }
    Ok(None)
}

fn summary(
    scenario: &Scenario,
    variant: &Variant,
    expect: Expect,
    finds: Vec<Find>,
    long: Vec<f64>,
) -> Found {
    let spread = |of: &dyn Fn(&Find) -> f64| Spread::of(finds.iter().map(of).collect());
    Found {
        scenario: scenario.name,
        variant: variant.name,
        anomaly: expect.to_string(),
        ranges: finds.len(),
        of: RANGES,
        seeds: spread(&|find| find.seeds as f64),
        core_seconds: spread(&|find| find.core_seconds),
        steps: spread(&|find| find.steps as f64),
        shrunk: spread(&|find| find.shrunk as f64),
        witness: variant.witness.as_ref().map_or(0, |witness| witness.steps.len()),
        long_core_seconds: Spread::of(long),
    }
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share: usize| values.get((values.len() * share / 100).min(values.len().saturating_sub(1)));
        Spread { median: at(50).copied().unwrap_or_default(), p95: at(95).copied().unwrap_or_default() }
    }
}

fn print(found: &[Found]) {
    let mut table = output::table();
    let header =
        ["scenario", "shows", "in ranges", "seeds", "core-seconds", "steps", "shrunk", "witness", "30 steps"];
    table.set_header(header);
    for of in found {
        table.add_row([
            of.scenario.to_owned(),
            of.anomaly.clone(),
            format!("{} of {}", of.ranges, of.of),
            format!("{:.0}, {:.0}", of.seeds.median, of.seeds.p95),
            format!("{:.3}, {:.3}", of.core_seconds.median, of.core_seconds.p95),
            format!("{:.0}, {:.0}", of.steps.median, of.steps.p95),
            format!("{:.0}, {:.0}", of.shrunk.median, of.shrunk.p95),
            of.witness.to_string(),
            format!("{:.2}, {:.2}", of.long_core_seconds.median, of.long_core_seconds.p95),
        ]);
    }
    say!(
        "{table}\nMedian and 95th percentile over {RANGES} disjoint ranges of {RANGE} seeds, on direct. The last column: core-seconds to \
         shrink a schedule of {LONG} steps, from {LONG_RANGES} ranges."
    );
}
