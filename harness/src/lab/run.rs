//! `lab run`

use std::ops::Range;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::evidence::{blame, evidence, keep, keep_for_good, sentence};
use super::interrupt::on_interrupt;
use super::run_summary::{FirstFailure, RunSummary, judge};
use super::{Exit, LabError, names};
use crate::engine::Engine;
use crate::find::corpus::Kept;
use crate::find::sweep::{Row, Summary, Sweep};
use crate::lab::output::complain;
use crate::lab::store::Store;
use crate::run::{Conclusion, Keep, Report, directed, run as run_one};
use crate::scenario::{Scenario, Variant, Witness};
use crate::seed::SEEDS_END;
use crate::stop::Stop;

/// How many seeds a run takes when nothing else is said.
const SEEDS: Range<u64> = 0..100;

/// What to run.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The scenario; `lab list` names them all.
    scenario: String,
    /// The variant; all of them when not given, with one line of JSON for each.
    #[arg(long)]
    variant: Option<String>,
    /// One seed.
    #[arg(long, value_parser = clap::value_parser!(u64).range(..SEEDS_END), conflicts_with_all = ["seeds", "for_", "witness"])]
    seed: Option<u64>,
    /// A range of seeds, the end not included [default: 0..100].
    #[arg(long, value_name = "A..B", value_parser = names::seeds, conflicts_with_all = ["for_", "witness"])]
    seeds: Option<Range<u64>>,
    /// As many seeds as this time allows, for each variant: 30s, 2m.
    #[arg(long = "for", id = "for_", value_name = "TIME", value_parser = names::duration, conflicts_with = "witness")]
    for_: Option<Duration>,
    /// The hand-written schedule that always shows what the variant must show.
    #[arg(long)]
    witness: bool,
    /// The engine: direct, turmoil, madsim, or tokio, where brokers are real processes and every run follows the witness of
    /// the scenario, moved a little by the seed.
    #[arg(long, default_value = "direct")]
    engine: String,
    /// How many threads [default: one for each core].
    #[arg(long, value_parser = names::jobs)]
    jobs: Option<usize>,
    /// Shrink the first failure and keep it for good, unless one like it is kept there already.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = "scenarios/schedules")]
    keep: Option<PathBuf>,
    /// Print JSON, one line for each variant.
    #[arg(long)]
    json: bool,
}

/// Runs what was asked for.
pub fn run(catalogue: &[Scenario], store: &Store, args: &Args) -> Result<Exit, LabError> {
    let scenario = names::scenario(catalogue, &args.scenario)?;
    let engine = names::engine(&args.engine)?;
    engine.require()?;
    let variants: Vec<&Variant> = match &args.variant {
        Some(name) => vec![names::variant(scenario, name)?],
        None => {
            scenario.variants.iter().filter(|variant| !args.witness || variant.witness.is_some()).collect()
        }
    };
    let stop = on_interrupt();
    let mut exits = Vec::new();
    for variant in variants {
        exits.push(if stop.stopped() {
            complain!("never run: {} {} on {}", scenario.name, variant.name, engine.name());
            Exit::Inconclusive
        } else {
            one_variant(scenario, variant, engine, store, stop, args)?
        });
    }
    Ok(Exit::worst(exits.into_iter()).unwrap_or(Exit::Inconclusive))
}

fn one_variant(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    store: &Store,
    stop: &Stop,
    args: &Args,
) -> Result<Exit, LabError> {
    let begun = cpu_seconds();
    let summary = match (&variant.witness, args.witness) {
        (None, true) => {
            return Err(LabError::Usage(format!("{} has no witness: it must hold", variant.name)));
        }
        (Some(witness), true) => by_hand(scenario, variant, engine, witness, store)?,
        (_, false) => {
            let jobs = args.jobs.unwrap_or_else(cores);
            sweep(Sweep { scenario, variant, engine, jobs }, store, stop, args)?
        }
    };
    let cpu_seconds = cpu_seconds() - begun;
    let exit = judge(scenario, variant, &summary, 0);
    let failure = first_failure(&Row { scenario, variant, engine }, &summary, store, args.witness, stop)?;
    if let (Some(folder), Some(failure)) = (&args.keep, &failure) {
        match keep_for_good(&Row { scenario, variant, engine }, &failure.schedule, folder, stop)? {
            Some(Kept::New(file)) => complain!("kept: {}", file.display()),
            Some(Kept::Known(file)) => complain!("known: {}", file.display()),
            None => {}
        }
    }
    let told = RunSummary { scenario, variant, engine, summary: &summary, cpu_seconds, failure };
    if args.json {
        told.print_json()?;
    } else {
        told.print(exit);
    }
    Ok(exit)
}

/// Runs the schedule that was written by hand.
fn by_hand(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    witness: &Witness,
    store: &Store,
) -> Result<Summary, LabError> {
    let schedule = directed(scenario, variant, witness, engine);
    let report = run_one(scenario, variant, engine, schedule, Keep { history: true, ..Keep::default() })?;
    keep(variant, &report, store)?;
    let mut summary = Summary::default();
    summary.add(scenario, variant, &report);
    Ok(summary)
}

fn sweep(sweep: Sweep<'_>, store: &Store, stop: &Stop, args: &Args) -> Result<Summary, LabError> {
    let asked = args.seed.map(|seed| seed..seed + 1).or(args.seeds.clone());
    let seeds = asked.unwrap_or(if args.for_.is_some() { 0..SEEDS_END } else { SEEDS });
    let bar = if args.json { ProgressBar::hidden() } else { progress_bar(&sweep, &seeds) };
    let enough = Stop::new();
    let deadline = args.for_.map(|time| Instant::now() + time);
    let progress = |report: &Report| {
        bar.inc(1);
        if report.conclusion == Conclusion::Violated {
            bar.println(format!("seed {} broke a promise", report.schedule.seed));
        }
        if !sweep.engine.simulated()
            && let Err(error) = keep(sweep.variant, report, store)
        {
            complain!("error: {error}");
        }
        if stop.stopped() || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            enough.stop();
        }
    };
    let summary = sweep.seeds(seeds, &enough, &progress)?;
    bar.finish_and_clear();
    if stop.stopped() {
        complain!("interrupted: this is what {} runs came to", summary.runs);
    }
    Ok(summary)
}

fn progress_bar(sweep: &Sweep<'_>, seeds: &Range<u64>) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {per_sec}");
    let bar = ProgressBar::new(seeds.end - seeds.start);
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(format!("{} {} on {}", sweep.scenario.name, sweep.variant.name, sweep.engine.name()));
    bar
}

/// The run to look at first, with its evidence in the store.
fn first_failure(
    row: &Row<'_>,
    summary: &Summary,
    store: &Store,
    by_hand: bool,
    stop: &Stop,
) -> Result<Option<FirstFailure>, LabError> {
    let Row { scenario, variant, engine } = *row;
    let Some(seed) = summary.first_failure else { return Ok(None) };
    let schedule = match &variant.witness {
        Some(witness) if by_hand => {
            store.folder(&directed(scenario, variant, witness, engine)).join("schedule.json")
        }
        _ => evidence(row, seed, store)?,
    };
    let culprit = blame(row, &schedule, stop)?;
    let sentence = sentence(row, &schedule)?;
    Ok(Some(FirstFailure { seed, schedule, sentence, culprit }))
}

/// How many threads can run at once.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// CPU-seconds this process has used, over all threads.
pub fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
