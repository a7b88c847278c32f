//! `lab replay`

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use checkers::Verdict;
use checkers::files::write;
use serde::Serialize;

use super::load::{Loaded, load};
use super::{Exit, LabError, print_json};
use crate::run::{Keep, Report, run};
use crate::scenario::Scenario;

/// What to replay.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The schedule, as `lab run` kept it.
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Write the history to this file, as JSON lines.
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Print every line of the trace as well.
    #[arg(long)]
    trace: bool,
}

#[derive(Serialize)]
struct Replayed<'a> {
    reproduced: bool,
    verdict: &'a Verdict,
    trace_hash: String,
    /// The places of the steps that struck nobody, from 0: their moment did not come, or their target was not there.
    unfired: &'a [usize],
}

/// Runs a schedule again.
pub fn replay(catalogue: &[Scenario], args: &Args) -> Result<Exit, LabError> {
    let Loaded { scenario, variant, engine, schedule } = load(catalogue, &args.file)?;
    let keep = Keep { trace: args.trace, history: args.history.is_some(), ..Keep::default() };
    let report = run(scenario, variant, engine, schedule, keep)?;
    if let (Some(file), Some((names, entries))) = (&args.history, &report.history) {
        let written = File::create(file).and_then(|file| write(BufWriter::new(file), names, entries));
        written.map_err(|error| LabError::Io { what: format!("cannot write {}", file.display()), error })?;
    }
    let reproduced = report.reproduced();
    for line in report.trace.lines() {
        println!("{line}");
    }
    if args.json {
        let trace_hash = format!("{:016x}", report.trace.hash());
        print_json(&Replayed { reproduced, verdict: &report.verdict, trace_hash, unfired: &report.unfired })?;
    } else {
        print(&report, reproduced);
    }
    Ok(if reproduced { Exit::Promised } else { Exit::Violated })
}

fn print(report: &Report, reproduced: bool) {
    let expected = report.schedule.expect.map_or("no anomaly".to_owned(), |expect| expect.to_string());
    let outcome = if reproduced { "came back" } else { "did NOT come back" };
    println!("{expected} {outcome}; trace {:016x}", report.trace.hash());
    for anomaly in &report.verdict.anomalies {
        println!("  {}/{}: {}", anomaly.kind, anomaly.path, anomaly.sentence);
    }
    for &step in &report.unfired {
        // Plain data with string keys always serialises.
        let told = serde_json::to_string(&report.schedule.steps[step]).unwrap_or_default();
        println!("  did not fire: step {}: {told}", step + 1);
    }
    for reason in &report.verdict.unknown {
        println!("  unknown: {reason}");
    }
}
