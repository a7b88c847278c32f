//! `lab shrink`

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::interrupt::on_interrupt;
use super::load::{Loaded, load};
use super::{Exit, LabError, print_json};
use crate::chaos::schedule::{Expect, Schedule};
use crate::find::shrink::{Shrink, Shrunk};
use crate::lab::output::{again, say};

/// What to shrink.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The schedule, as `lab run` kept it.
    file: PathBuf,
    /// So many runs at the most; what is best then is kept.
    #[arg(long, default_value_t = 5_000)]
    budget: u64,
    /// Where the smaller schedule goes; beside the first, as `shrunk.json`, when not given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Told {
    steps_before: usize,
    steps_after: usize,
    runs: u64,
    complete: bool,
    schedule: PathBuf,
}

/// Shrinks a schedule as far as it goes, or the budget, or the patience of the user.
pub fn shrink(catalogue: &[crate::scenario::Scenario], args: &Args) -> Result<Exit, LabError> {
    let loaded = load(catalogue, &args.file)?;
    let Some(expect) = loaded.schedule.expect else {
        let what = format!("{} says nothing of what it shows: give it an `expect`", args.file.display());
        return Err(LabError::Usage(what));
    };
    let Some(shrunk) = search(&loaded, expect, args.budget)? else {
        say!("{expect} did NOT come back: there is nothing to shrink");
        return Ok(Exit::Violated);
    };
    let out = args.out.clone().unwrap_or_else(|| args.file.with_file_name("shrunk.json"));
    let smallest = Schedule { expect: Some(expect), ..shrunk.report.schedule.clone() };
    let written = fs::write(&out, smallest.to_json());
    written.map_err(|error| LabError::Io { what: format!("write {}", out.display()), error })?;
    let told = Told {
        steps_before: loaded.schedule.steps.len(),
        steps_after: smallest.steps.len(),
        runs: shrunk.runs,
        complete: shrunk.complete,
        schedule: out,
    };
    if args.json {
        print_json(&told)?;
    } else {
        print(&told, expect, &smallest);
    }
    Ok(Exit::Promised)
}

fn search(loaded: &Loaded<'_>, expect: Expect, budget: u64) -> Result<Option<Shrunk>, LabError> {
    let bar = ProgressBar::new(budget);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} runs, {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    let progress = |runs: u64, best: &Schedule| {
        bar.set_position(runs);
        bar.set_message(format!("{} steps", best.steps.len()));
    };
    let shrink = Shrink {
        scenario: loaded.scenario,
        variant: loaded.variant,
        engine: loaded.engine,
        expect,
        budget,
        stop: on_interrupt(),
        progress: &progress,
    };
    let shrunk = shrink.shrink(&loaded.schedule);
    bar.finish_and_clear();
    Ok(shrunk?)
}

fn print(told: &Told, expect: Expect, smallest: &Schedule) {
    let end = if told.complete { "" } else { "; there may be smaller ones" };
    say!(
        "{expect} needs {} of {} steps, found in {} runs{end}",
        told.steps_after,
        told.steps_before,
        told.runs
    );
    for step in &smallest.steps {
        // Plain data with string keys always serialises.
        say!("  {}", serde_json::to_string(step).unwrap_or_default());
    }
    say!("  again: {}", again("replay", &told.schedule));
}
