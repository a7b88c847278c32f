//! `lab replay`

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use checkers::Verdict;
use checkers::files::write;
use serde::Serialize;

use super::load::{Loaded, load};
use super::{Exit, LabError, print_json};
use crate::lab::output::say;
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
    /// The places of the steps that were withheld, from 0: they would have taken the last sound copy of a log.
    withheld: &'a [usize],
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
        say!("{line}");
    }
    if args.json {
        let trace_hash = format!("{:016x}", report.trace.hash());
        let (verdict, unfired, withheld) = (&report.verdict, &report.unfired[..], &report.withheld[..]);
        print_json(&Replayed { reproduced, verdict, trace_hash, unfired, withheld })?;
    } else {
        print(&report, reproduced);
    }
    Ok(if reproduced { Exit::Promised } else { Exit::Violated })
}

fn print(report: &Report, reproduced: bool) {
    let expected = report.schedule.expect.map_or("no anomaly".to_owned(), |expect| expect.to_string());
    let outcome = if reproduced { "came back" } else { "did NOT come back" };
    say!("{expected} {outcome}; trace {:016x}", report.trace.hash());
    for anomaly in &report.verdict.anomalies {
        say!("  {}/{}: {}", anomaly.kind, anomaly.path, anomaly.sentence);
    }
    let unfired = report.unfired.iter().map(|&step| (step, "did not fire"));
    let withheld = report.withheld.iter().map(|&step| (step, "withheld, it would take the last sound copy"));
    for (step, why) in unfired.chain(withheld) {
        // Plain data with string keys always serialises.
        let told = serde_json::to_string(&report.schedule.steps[step]).unwrap_or_default();
        say!("  {why}: step {}: {told}", step + 1);
    }
    for reason in &report.verdict.unknown {
        say!("  unknown: {reason}");
    }
}
