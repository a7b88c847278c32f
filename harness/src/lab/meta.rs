//! `lab meta`: nothing else means anything unless a seed is a run. Every scenario's seeds run in this process and in another
//! one; traces and histories must be equal to the byte.

use std::io;
use std::ops::Range;
use std::process::{Command, Stdio};

use super::{Exit, LabError, names};
use crate::engine::Engine;
use crate::lab::output::say;
use crate::run::{Keep, Report, draw, run};
use crate::scenario::{Scenario, Variant};

/// What to compare.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The engine: direct, turmoil or madsim [default: every simulator of this build].
    #[arg(long)]
    pub engine: Option<String>,
    /// A range of seeds, the end not included.
    #[arg(long, value_name = "A..B", value_parser = names::seeds, default_value = "0..3")]
    pub seeds: Range<u64>,
}

/// What the other process runs.
#[derive(Debug, clap::Args)]
pub struct TraceArgs {
    /// The engine.
    #[arg(long)]
    engine: String,
    /// The seeds.
    #[arg(long, value_parser = names::seeds)]
    seeds: Range<u64>,
    /// One scenario only, with every line.
    #[arg(long, requires = "variant")]
    scenario: Option<String>,
    /// Its variant.
    #[arg(long)]
    variant: Option<String>,
}

/// Compares.
pub fn meta(catalogue: &[Scenario], args: &Args) -> Result<Exit, LabError> {
    for engine in names::simulators(args.engine.as_deref())? {
        if !engine.simulated() {
            return Err(LabError::Usage(format!(
                "{} is not a simulator: its runs are not repeatable",
                engine.name()
            )));
        }
        let theirs = other_process(engine, &args.seeds, None)?;
        let mut theirs = theirs.lines();
        for (scenario, variant, seed) in runs(catalogue, &args.seeds) {
            let ours = summary(scenario, variant, &one(scenario, variant, engine, seed, Keep::default())?)?;
            let theirs = theirs.next().unwrap_or("(nothing)");
            if ours != theirs {
                return difference(scenario, variant, engine, seed, &ours, theirs);
            }
        }
        say!(
            "{}: every run of seeds {}..{} is the same in two processes",
            engine.name(),
            args.seeds.start,
            args.seeds.end
        );
    }
    Ok(Exit::Promised)
}

/// Prints what the comparing process compares with.
pub fn trace(catalogue: &[Scenario], args: &TraceArgs) -> Result<Exit, LabError> {
    let engine = names::engine(&args.engine)?;
    if let (Some(scenario), Some(variant)) = (&args.scenario, &args.variant) {
        let scenario = names::scenario(catalogue, scenario)?;
        let variant = names::variant(scenario, variant)?;
        say!("{}", every_line(scenario, variant, engine, args.seeds.start)?.trim_end());
        return Ok(Exit::Promised);
    }
    for (scenario, variant, seed) in runs(catalogue, &args.seeds) {
        say!("{}", summary(scenario, variant, &one(scenario, variant, engine, seed, Keep::default())?)?);
    }
    Ok(Exit::Promised)
}

fn runs<'a>(
    catalogue: &'a [Scenario],
    seeds: &Range<u64>,
) -> impl Iterator<Item = (&'a Scenario, &'a Variant, u64)> {
    let variants = catalogue
        .iter()
        .flat_map(|scenario| scenario.variants.iter().map(move |variant| (scenario, variant)));
    let seeds = seeds.clone();
    variants.flat_map(move |(scenario, variant)| seeds.clone().map(move |seed| (scenario, variant, seed)))
}

fn one(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    seed: u64,
    keep: Keep,
) -> Result<Report, LabError> {
    let keep = Keep { history: true, ..keep };
    Ok(run(scenario, variant, engine, draw(scenario, variant, engine, seed), keep)?)
}

/// A run in one line: the hash of its trace, and of its history as a file.
fn summary(scenario: &Scenario, variant: &Variant, report: &Report) -> Result<String, LabError> {
    let history = crate::trace::hash_bytes(history(report)?.as_bytes());
    let (name, seed, trace) = (scenario.name, report.schedule.seed, report.trace.hash());
    Ok(format!("{name} {} seed {seed}: trace {trace:016x} history {history:016x}", variant.name))
}

fn history(report: &Report) -> Result<String, LabError> {
    let mut lines = Vec::new();
    if let Some((names, entries)) = &report.history {
        checkers::files::write(&mut lines, names, entries)
            .map_err(|error| LabError::Io { what: "cannot write a history".to_owned(), error })?;
    }
    Ok(String::from_utf8_lossy(&lines).into_owned())
}

/// Every line of a run: its trace, then its history.
fn every_line(scenario: &Scenario, variant: &Variant, engine: Engine, seed: u64) -> Result<String, LabError> {
    let report =
        one(scenario, variant, engine, seed, Keep { history: true, trace: true, ..Keep::default() })?;
    let mut lines = report.trace.lines().join("\n");
    lines.push('\n');
    lines.push_str(&history(&report)?);
    Ok(lines)
}

fn difference(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    seed: u64,
    ours: &str,
    theirs: &str,
) -> Result<Exit, LabError> {
    say!("NOT DETERMINISTIC on {}", engine.name());
    say!("  here:  {ours}\n  there: {theirs}");
    let ours = every_line(scenario, variant, engine, seed)?;
    let theirs = other_process(engine, &(seed..seed + 1), Some((scenario, variant)))?;
    let differs = ours.lines().zip(theirs.lines()).zip(1..).find(|((ours, theirs), _)| ours != theirs);
    match differs {
        Some(((ours, theirs), line)) => {
            say!("first difference, line {line}:\n  here:  {ours}\n  there: {theirs}")
        }
        None => say!("a second pair of runs does not differ in any line both have"),
    }
    Ok(Exit::NotDeterministic)
}

fn other_process(
    engine: Engine,
    seeds: &Range<u64>,
    only: Option<(&Scenario, &Variant)>,
) -> Result<String, LabError> {
    let failed = |error: io::Error| LabError::Io { what: "cannot run the second process".to_owned(), error };
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.arg("trace").args(["--engine", engine.name()]);
    command.args(["--seeds", &format!("{}..{}", seeds.start, seeds.end)]);
    if let Some((scenario, variant)) = only {
        command.args(["--scenario", scenario.name, "--variant", variant.name]);
    }
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(failed)?;
    if !output.status.success() {
        return Err(failed(io::Error::other(format!("it ended with {}", output.status))));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
