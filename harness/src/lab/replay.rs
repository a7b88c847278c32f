//! `lab replay`

use std::fs;
use std::path::{Path, PathBuf};

use checkers::Verdict;
use serde::Serialize;

use super::{Exit, LabError, print_json};
use crate::cast::Target;
use crate::engine::Engine;
use crate::run::{KNOBS, Keep, Report, run};
use crate::scenario::{Scenario, Variant};
use crate::schedule::{Schedule, ScheduleError};

/// What to replay.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The schedule, as `lab run` kept it.
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Print every line of the trace as well.
    #[arg(long)]
    trace: bool,
}

#[derive(Serialize)]
struct Replayed<'a> {
    reproduced: bool,
    verdict: &'a Verdict,
    trace_hash: String,
}

/// Runs a schedule again.
pub fn replay(catalogue: &[Scenario], args: &Args) -> Result<Exit, LabError> {
    let text = read(&args.file)?;
    let wrong = |error| LabError::Schedule { path: args.file.clone(), error };
    let schedule = Schedule::from_json(&text).map_err(wrong)?;
    let (scenario, variant) = resolve(catalogue, &text, &schedule).map_err(wrong)?;
    let engine = engine(&text, &schedule).map_err(wrong)?;
    let report = run(scenario, variant, engine, schedule, Keep { trace: args.trace, ..Keep::default() })?;
    let reproduced = report.reproduced();
    for line in report.trace.lines() {
        println!("{line}");
    }
    if args.json {
        let trace_hash = format!("{:016x}", report.trace.hash());
        print_json(&Replayed { reproduced, verdict: &report.verdict, trace_hash })?;
    } else {
        print(&report, reproduced);
    }
    Ok(if reproduced { Exit::Promised } else { Exit::Violated })
}

fn read(path: &Path) -> Result<String, LabError> {
    fs::read_to_string(path).map_err(|error| LabError::Read { path: path.to_owned(), error })
}

/// What the names in a schedule stand for.
fn resolve<'a>(
    catalogue: &'a [Scenario],
    text: &str,
    schedule: &Schedule,
) -> Result<(&'a Scenario, &'a Variant), ScheduleError> {
    let named = |scenario: &&Scenario| scenario.name == schedule.scenario;
    let Some(scenario) = catalogue.iter().find(named) else {
        let names = catalogue.iter().map(|scenario| scenario.name);
        return Err(ScheduleError::unknown(text, "scenario", &schedule.scenario, names));
    };
    let Some(variant) = scenario.find(&schedule.variant) else {
        let names = scenario.variants.iter().map(|variant| variant.name);
        return Err(ScheduleError::unknown(text, "variant", &schedule.variant, names));
    };
    let knobs: Vec<&str> = variant.system.knobs().into_iter().map(|(name, _)| name).chain(KNOBS).collect();
    if let Some(knob) = schedule.knobs.keys().find(|name| !knobs.contains(&name.as_str())) {
        return Err(ScheduleError::unknown(text, "knob", knob, knobs.into_iter()));
    }
    let cast = variant.system.cast(&schedule.knobs);
    for target in schedule.steps.iter().flat_map(|step| step.inject.targets()) {
        let (what, given, valid) = match target {
            Target::Leader(log) => ("topic", &log.topic, &cast.topics),
            Target::Follower(of) => ("topic", &of.topic, &cast.topics),
            Target::Member(member) => ("group", &member.group, &cast.groups),
            _ => continue,
        };
        if !valid.contains(given) {
            return Err(ScheduleError::unknown(text, what, given, valid.iter().map(String::as_str)));
        }
    }
    Ok((scenario, variant))
}

fn engine(text: &str, schedule: &Schedule) -> Result<Engine, ScheduleError> {
    let found = Engine::ALL.iter().copied().find(|engine| engine.name() == schedule.engine);
    let names = Engine::ALL.iter().map(|engine| engine.name());
    found.ok_or_else(|| ScheduleError::unknown(text, "engine", &schedule.engine, names))
}

fn print(report: &Report, reproduced: bool) {
    let expected = report.schedule.expect.map_or("no anomaly".to_owned(), |expect| expect.to_string());
    let outcome = if reproduced { "came back" } else { "did NOT come back" };
    println!("{expected} {outcome}; trace {:016x}", report.trace.hash());
    for anomaly in &report.verdict.anomalies {
        println!("  {}/{}: {}", anomaly.kind, anomaly.path, anomaly.sentence);
    }
    for reason in &report.verdict.unknown {
        println!("  unknown: {reason}");
    }
}
