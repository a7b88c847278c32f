//! The tour: every loss path of the catalogue in under a minute. What was tried, what was caught, what held, where the
//! evidence lies.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use comfy_table::Table;
use indicatif::{ProgressBar, ProgressStyle};

use super::evidence::{blame, evidence_of};
use super::interrupt::on_interrupt;
use super::run::cores;
use super::{Exit, LabError, this_program};
use crate::chaos::schedule::Schedule;
use crate::engine::Engine;
use crate::find::explain::Culprit;
use crate::find::sweep::{Row, Summary, Sweep};
use crate::lab::output::{self, again, say};
use crate::lab::store::Store;
use crate::run::{Keep, directed, draw, run};
use crate::scenario::{FOUND_WITHIN, Scenario, Variant};
use crate::seed::SEEDS_END;
use crate::stop::Stop;

/// How long a safe variant is swept.
const HOLD_FOR: Duration = Duration::from_secs(2);

/// What the tour saw of one scenario.
struct Stop_<'a> {
    scenario: &'a Scenario,
    caught: Option<Caught>,
    held: Option<Summary>,
}

/// What an unsafe variant showed.
struct Caught {
    /// By which it was found; by its witness without one.
    seed: Option<u64>,
    culprit: Culprit,
    sentence: String,
    evidence: PathBuf,
}

/// Walks through the catalogue.
pub fn tour(catalogue: &[Scenario], store: &Store) -> Result<Exit, LabError> {
    let begun = Instant::now();
    let stop = on_interrupt();
    let loss_paths: Vec<_> = catalogue.iter().filter(|scenario| scenario.is_loss_path()).collect();
    say!(
        "Can a message get lost? {} loss paths, each with a configuration that people really use",
        loss_paths.len()
    );
    say!("and one that holds, on the direct engine, under crashes, power cuts, partitions and pauses.\n");
    let bar = ProgressBar::new(loss_paths.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    let mut stops = Vec::new();
    for scenario in loss_paths {
        if stop.stopped() {
            break;
        }
        bar.set_message(scenario.name);
        stops.push(visit(scenario, store, stop)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    say!("{}\n", overview(&stops));
    stops.iter().for_each(tell);
    Ok(conclude(&stops, begun.elapsed()))
}

fn visit<'a>(scenario: &'a Scenario, store: &Store, stop: &Stop) -> Result<Stop_<'a>, LabError> {
    let engine = Engine::Direct;
    let unsafe_one = scenario.variants.iter().find(|variant| variant.expect.is_some());
    let safe_one = scenario.variants.iter().find(|variant| variant.expect.is_none());
    let caught =
        unsafe_one.map(|variant| catch(scenario, variant, engine, store, stop)).transpose()?.flatten();
    let held = safe_one.map(|variant| hold(scenario, variant, engine, stop)).transpose()?;
    Ok(Stop_ { scenario, caught, held })
}

/// Tries one seed after another until the variant shows what it must.
fn catch(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    store: &Store,
    stop: &Stop,
) -> Result<Option<Caught>, LabError> {
    let Some(expect) = variant.expect else {
        return Ok(None);
    };
    let row = Row { scenario, variant, engine };
    let shows = |schedule: &Schedule| -> Result<Option<String>, LabError> {
        let report = run(scenario, variant, engine, schedule.clone(), Keep::default())?;
        Ok(report.found(expect).next().map(|anomaly| anomaly.sentence.clone()))
    };
    // What chance seldom brings is not waited for.
    let by_chance = if variant.found_within > FOUND_WITHIN { 0 } else { FOUND_WITHIN };
    for seed in (0..by_chance).take_while(|_| !stop.stopped()) {
        let schedule = draw(scenario, variant, engine, seed);
        if let Some(sentence) = shows(&schedule)? {
            return caught(&row, Some(seed), schedule, sentence, store, stop).map(Some);
        }
    }
    let Some(witness) = variant.witness.as_ref().filter(|_| by_chance == 0) else {
        return Ok(None);
    };
    let schedule = directed(scenario, variant, witness, engine);
    let shown = shows(&schedule)?;
    shown.map(|sentence| caught(&row, None, schedule, sentence, store, stop)).transpose()
}

/// Keeps the evidence of what was caught, and finds out what it needs.
fn caught(
    row: &Row<'_>,
    seed: Option<u64>,
    schedule: Schedule,
    sentence: String,
    store: &Store,
    stop: &Stop,
) -> Result<Caught, LabError> {
    let schedule = evidence_of(row, schedule, store)?;
    let culprit = blame(row, &schedule, stop)?;
    let smallest = culprit.schedule().map(|_| schedule.with_file_name("shrunk.json"));
    Ok(Caught { seed, culprit, sentence, evidence: smallest.unwrap_or(schedule) })
}

/// Sweeps a safe variant for a while.
fn hold(scenario: &Scenario, variant: &Variant, engine: Engine, stop: &Stop) -> Result<Summary, LabError> {
    let until = Instant::now() + HOLD_FOR;
    let enough = Stop::new();
    let sweep = Sweep { scenario, variant, engine, jobs: cores() };
    let progress = |_: &_| {
        if stop.stopped() || until <= Instant::now() {
            enough.stop();
        }
    };
    Ok(sweep.seeds(0..SEEDS_END, &enough, &progress)?)
}

/// One line for each scenario: what it shows, from which seed, and for how long the safe variant held.
fn overview(stops: &[Stop_<'_>]) -> Table {
    let mut table = output::table();
    table.set_header(["loss path", "shows", "seed", "held"]);
    for stop in stops {
        let expect = stop.scenario.variants.iter().find_map(|variant| variant.expect);
        let shows = expect.map(|expect| expect.to_string()).unwrap_or_default();
        let seed = stop.caught.as_ref().map_or("NOT CAUGHT".to_owned(), |caught| {
            caught.seed.map_or("witness".to_owned(), |seed| seed.to_string())
        });
        let held = stop.held.as_ref().map_or(String::new(), |held| match held.invalid {
            0 => held.runs.to_string(),
            broken => format!("BROKE in {broken} of {}", held.runs),
        });
        table.add_row([stop.scenario.name.to_owned(), shows, seed, held]);
    }
    table
}

fn tell(stop: &Stop_<'_>) {
    say!("{}", stop.scenario.about);
    match &stop.caught {
        Some(caught) => {
            say!("  caught: {}", caught.sentence);
            caught.culprit.told().iter().for_each(|line| say!("  {line}"));
            say!("  again:  {}", again("replay", &caught.evidence));
        }
        None => say!("  NOT CAUGHT within {FOUND_WITHIN} seeds"),
    }
    if let Some(seed) = stop.held.as_ref().and_then(|held| held.first_failure) {
        say!("  BROKE:  {} run {} --variant safe --seed {seed}", this_program(), stop.scenario.name);
    }
}

fn conclude(stops: &[Stop_<'_>], elapsed: Duration) -> Exit {
    let runs: u64 = stops.iter().filter_map(|stop| stop.held.as_ref()).map(|held| held.runs).sum();
    let broken = stops.iter().filter(|stop| stop.held.as_ref().is_some_and(|held| held.invalid > 0)).count();
    let missed = stops.iter().filter(|stop| stop.caught.is_none()).count();
    say!(
        "\n{} of {} caught, {} of {} safe variants held over {runs} runs, in {:.0} s.",
        stops.len() - missed,
        stops.len(),
        stops.len() - broken,
        stops.len(),
        elapsed.as_secs_f64(),
    );
    say!(
        "Next: `{lab} list`, `{lab} run NAME --seeds 0..1000`, `{lab} list kafka` for what a product promises as it is set, and your own consumer: harness/examples/own_consumer.rs",
        lab = this_program(),
    );
    match (broken, missed) {
        (0, 0) => Exit::Promised,
        (0, _) => Exit::Inconclusive,
        _ => Exit::Violated,
    }
}
