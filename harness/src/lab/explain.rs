//! `lab explain`

use std::path::PathBuf;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::interrupt::on_interrupt;
use super::load::{Loaded, load};
use super::{Exit, LabError, print_json};
use crate::engine::EngineError;
use crate::explain::{Experiment, Share, Story, Trial, culprit, tell};
use crate::run::{Keep, Report, run};
use crate::scenario::Scenario;
use crate::schedule::{Expect, Step};

/// What to explain.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The schedule, as `lab run` kept it or `lab shrink` made it.
    file: PathBuf,
    /// So many runs of each change in the experiment.
    #[arg(long, default_value_t = 50)]
    runs: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Told<'a> {
    anomaly: String,
    sentence: &'a str,
    record: &'a str,
    last_holder: Option<&'a str>,
    /// The place of the step that the anomaly depends on most, from 0.
    culprit: Option<usize>,
    story: Vec<Line<'a>>,
    as_it_is: Share,
    trials: &'a [Trial],
}

#[derive(Serialize)]
struct Line<'a> {
    time: u64,
    what: &'a str,
}

/// Tells the story of a record, and does the experiment.
pub fn explain(catalogue: &[Scenario], args: &Args) -> Result<Exit, LabError> {
    let mut loaded = load(catalogue, &args.file)?;
    let Some(expect) = loaded.schedule.expect else {
        let what = format!("{} says nothing of what it shows: give it an `expect`", args.file.display());
        return Err(LabError::Usage(what));
    };
    let keep = Keep { history: true, ..Keep::default() };
    let report = run(loaded.scenario, loaded.variant, loaded.engine, loaded.schedule.clone(), keep)?;
    loaded.schedule = report.fired();
    let anomalies = &report.verdict.anomalies;
    let Some(anomaly) = anomalies.iter().find(|a| (a.kind, a.path) == (expect.anomaly, expect.path)) else {
        println!("{expect} did NOT come back: there is nothing to explain");
        return Ok(Exit::Violated);
    };
    let record = anomaly.messages.first().map_or("", String::as_str);
    let story = story_of(record, &report);
    let (as_it_is, trials) = experiment(&loaded, expect, args.runs)?;
    let told = Told {
        anomaly: expect.to_string(),
        sentence: &anomaly.sentence,
        record,
        last_holder: story.last_holder.as_deref(),
        culprit: culprit(&trials),
        story: story.lines.iter().map(|(time, what)| Line { time: *time, what }).collect(),
        as_it_is,
        trials: &trials,
    };
    if args.json {
        print_json(&told)?;
    } else {
        print(&told, &loaded.schedule.steps);
    }
    Ok(Exit::Promised)
}

fn story_of(record: &str, report: &Report) -> Story {
    let nothing = || Story { lines: Vec::new(), last_holder: None };
    report.history.as_ref().map_or_else(nothing, |(names, entries)| tell(record, names, entries))
}

fn experiment(loaded: &Loaded<'_>, expect: Expect, runs: u64) -> Result<(Share, Vec<Trial>), EngineError> {
    let experiment = Experiment {
        scenario: loaded.scenario,
        variant: loaded.variant,
        engine: loaded.engine,
        expect,
        runs,
        stop: on_interrupt(),
    };
    Ok((experiment.as_it_is(&loaded.schedule)?, experiment.trials(&loaded.schedule)?))
}

fn print(told: &Told<'_>, steps: &[Step]) {
    println!("{}: {}", told.anomaly, told.sentence);
    println!("\nThe story of {}:", told.record);
    for line in &told.story {
        println!("{:>9}.{:03} ms  {}", line.time / 1_000, line.time % 1_000, line.what);
    }
    if let Some(holder) = told.last_holder {
        println!("  held last by {holder}");
    }
    let share = |share: Share| format!("{} of {}", share.came, share.of);
    println!("\nThe experiment: as it is, it comes in {} runs with other draws.", share(told.as_it_is));
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["step", "left out", "left out, other draws", "at other moments"]);
    for trial in told.trials {
        let step = steps.get(trial.step).and_then(|step| serde_json::to_string(step).ok());
        let exactly = if trial.comes_without { "it comes" } else { "clean" };
        let mark = if Some(trial.step) == told.culprit { " <- to blame" } else { "" };
        let step = format!("{}{mark}", step.unwrap_or_default());
        table.add_row([&step, exactly, &share(trial.without), &share(trial.elsewhen)]);
    }
    println!("{table}");
    if told.culprit.is_none() {
        println!("It comes without any of the steps as well: no fault is needed.");
    }
}
