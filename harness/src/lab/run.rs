//! `lab run`

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::interrupt::on_interrupt;
use super::{Exit, LabError, names, print_json};
use crate::engine::Engine;
use crate::run::{Conclusion, Keep, Report, directed, draw, run as run_one};
use crate::scenario::{Scenario, Variant};
use crate::schedule::Schedule;
use crate::store::Store;
use crate::sweep::{Stop, Summary, Sweep};

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
    #[arg(long, conflicts_with_all = ["seeds", "for_", "witness"])]
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
    /// The engine: direct, turmoil, madsim or tokio.
    #[arg(long, default_value = "direct")]
    engine: String,
    /// How many threads [default: one for each core].
    #[arg(long)]
    jobs: Option<usize>,
    /// Print JSON, one line for each variant.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Result_<'a> {
    scenario: &'a str,
    variant: &'a str,
    engine: &'a str,
    runs: u64,
    valid: u64,
    invalid: u64,
    unknown: u64,
    vacuous: u64,
    acknowledged_share: f64,
    struck: u64,
    drained: u64,
    cpu_seconds: f64,
    anomalies: &'a BTreeMap<String, u64>,
    consequences: &'a BTreeMap<String, u64>,
    first_failure: Option<FirstFailure>,
}

#[derive(Clone, Serialize)]
struct FirstFailure {
    seed: u64,
    schedule: PathBuf,
}

/// Runs what was asked for.
pub fn run(catalogue: &[Scenario], store: &Store, args: &Args) -> Result<Exit, LabError> {
    let scenario = names::scenario(catalogue, &args.scenario)?;
    let engine = names::engine(&args.engine)?;
    let variants: Vec<&Variant> = match &args.variant {
        Some(name) => vec![names::variant(scenario, name)?],
        None => {
            scenario.variants.iter().filter(|variant| !args.witness || variant.witness.is_some()).collect()
        }
    };
    let stop = on_interrupt();
    let mut worst = Exit::Promised;
    for variant in variants {
        worst = worst.max(one_variant(scenario, variant, engine, store, stop, args)?);
    }
    Ok(worst)
}

fn one_variant(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    store: &Store,
    stop: &Stop,
    args: &Args,
) -> Result<Exit, LabError> {
    let jobs = args.jobs.unwrap_or_else(cores);
    let begun = cpu_seconds();
    let summary = if args.witness {
        witness(scenario, variant, engine)?
    } else {
        let seeds = args.seed.map(|seed| seed..seed + 1).or(args.seeds.clone());
        sweep(Sweep { scenario, variant, engine, jobs }, seeds, args.for_, stop, args.json)?
    };
    let cpu_seconds = cpu_seconds() - begun;
    let failure = summary.first_failure.map(|seed| {
        let schedule = first_schedule(scenario, variant, engine, seed, args.witness);
        keep_failure(scenario, variant, engine, schedule, store)
    });
    let failure = failure.transpose()?;
    let exit = judge(variant, &summary);
    if args.json {
        print_json(&as_json(scenario, variant, engine, &summary, cpu_seconds, failure.as_ref()))?;
    } else {
        print_summary(scenario, variant, engine, &summary, cpu_seconds, failure.as_ref(), exit);
    }
    Ok(exit)
}

fn witness(scenario: &Scenario, variant: &Variant, engine: Engine) -> Result<Summary, LabError> {
    let Some(witness) = &variant.witness else {
        return Err(LabError::Usage(format!("{} has no witness: it must hold", variant.name)));
    };
    let schedule = directed(scenario, variant, witness, engine);
    let report = run_one(scenario, variant, engine, schedule, Keep::default())?;
    let mut summary = Summary::default();
    summary.add(variant, &report);
    Ok(summary)
}

fn sweep(
    sweep: Sweep<'_>,
    seeds: Option<Range<u64>>,
    time: Option<Duration>,
    stop: &Stop,
    quiet: bool,
) -> Result<Summary, LabError> {
    let seeds = seeds.unwrap_or(if time.is_some() { 0..u64::MAX } else { SEEDS });
    let bar = if quiet { ProgressBar::hidden() } else { progress_bar(&sweep, &seeds) };
    let timer = Stop::new();
    let deadline = time.map(|time| Instant::now() + time);
    let progress = |report: &Report| {
        bar.inc(1);
        if report.conclusion == Conclusion::Violated {
            bar.println(format!("seed {} broke a promise", report.schedule.seed));
        }
        if stop.stopped() || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            timer.stop();
        }
    };
    let summary = sweep.seeds(seeds, &timer, &progress)?;
    bar.finish_and_clear();
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

fn first_schedule(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    seed: u64,
    directly: bool,
) -> Schedule {
    match &variant.witness {
        Some(witness) if directly => directed(scenario, variant, witness, engine),
        _ => draw(scenario, variant, engine, seed),
    }
}

/// Runs a failure again with its history on, and keeps it with the reason for which it is kept.
fn keep_failure(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    schedule: Schedule,
    store: &Store,
) -> Result<FirstFailure, LabError> {
    let seed = schedule.seed;
    let keep = Keep { history: true, trace: false };
    let report = run_one(scenario, variant, engine, schedule, keep)?;
    let kept = Schedule { expect: report.reason_to_keep(variant), ..report.schedule.clone() };
    let schedule = store.keep(&kept, &report)?;
    Ok(FirstFailure { seed, schedule })
}

/// How a sweep is to be read.
pub fn judge(variant: &Variant, summary: &Summary) -> Exit {
    let found =
        variant.expect.is_none_or(|e| summary.anomalies.contains_key(&format!("{}/{}", e.anomaly, e.path)));
    if summary.violated > 0 {
        Exit::Violated
    } else if summary.unknown > 0 || summary.runs == summary.vacuous || !found {
        Exit::Inconclusive
    } else {
        Exit::Promised
    }
}

fn as_json<'a>(
    scenario: &'a Scenario,
    variant: &'a Variant,
    engine: Engine,
    summary: &'a Summary,
    cpu_seconds: f64,
    first_failure: Option<&FirstFailure>,
) -> Result_<'a> {
    Result_ {
        scenario: scenario.name,
        variant: variant.name,
        engine: engine.name(),
        runs: summary.runs,
        valid: summary.valid,
        invalid: summary.invalid,
        unknown: summary.unknown,
        vacuous: summary.vacuous,
        acknowledged_share: summary.acknowledged_share(),
        struck: summary.struck,
        drained: summary.drained,
        cpu_seconds,
        anomalies: &summary.anomalies,
        consequences: &summary.consequences,
        first_failure: first_failure.cloned(),
    }
}

fn print_summary(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    summary: &Summary,
    cpu_seconds: f64,
    failure: Option<&FirstFailure>,
    exit: Exit,
) {
    let again = failure.map(|failure| format!("cargo lab replay {}", failure.schedule.display()));
    if let (Some(again), Exit::Violated) = (&again, exit) {
        println!("{again}");
    }
    let outcome = match (exit, variant.expect) {
        (Exit::Violated, _) => "BROKE A PROMISE".to_owned(),
        (Exit::Promised, None) => "held".to_owned(),
        (Exit::Promised, Some(expect)) => format!("shows {expect}, as it must"),
        (_, Some(expect)) => format!("did not show {expect}"),
        (_, None) => "proved nothing".to_owned(),
    };
    println!("{} {} on {}: {outcome}", scenario.name, variant.name, engine.name());
    println!(
        "  {} runs in {cpu_seconds:.1} CPU-seconds: {} held, {} broken, {} vacuous, {} unknown; {:.0} % of intents acknowledged",
        summary.runs,
        summary.valid,
        summary.invalid,
        summary.vacuous,
        summary.unknown,
        summary.acknowledged_share() * 100.0,
    );
    let found = summary.anomalies.iter().map(|(class, runs)| (class, runs, ""));
    let followed =
        summary.consequences.iter().map(|(class, runs)| (class, runs, " (follows from the same cause)"));
    for (class, runs, note) in found.chain(followed) {
        println!("  {class} in {runs} runs{note}");
    }
    if let Some(again) = again {
        println!("  again: {again}");
    }
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
