//! `lab replay`

use std::fs;
use std::path::PathBuf;

use checkers::Verdict;
use serde::Serialize;

use super::{Exit, LabError, names, print_json};
use crate::run::{Keep, Report, run};
use crate::scenario::Scenario;
use crate::schedule::Schedule;

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
    let schedule = read(&args.file)?;
    let scenario = names::scenario(catalogue, &schedule.scenario)?;
    let variant = names::variant(scenario, &schedule.variant)?;
    let engine = names::engine(&schedule.engine)?;
    let expect = schedule.expect;
    let report = run(scenario, variant, engine, schedule, Keep { trace: args.trace, ..Keep::default() })?;
    let classes = report.verdict.classes();
    let reproduced = match expect {
        Some(expect) => classes.contains(&(expect.anomaly, expect.path)),
        None => classes.is_empty(),
    };
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

/// Reads a schedule file.
pub fn read(path: &PathBuf) -> Result<Schedule, LabError> {
    let text = fs::read_to_string(path).map_err(|error| LabError::Read { path: path.clone(), error })?;
    Schedule::from_json(&text).map_err(|error| LabError::Schedule { path: path.clone(), error })
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
