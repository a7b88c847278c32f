//! `lab explain`

use std::path::PathBuf;

use broker::TopicPartition;
use checkers::{Anomaly, Kind};
use serde::Serialize;

use super::interrupt::on_interrupt;
use super::load::{Loaded, load};
use super::{Exit, LabError, print_json};
use crate::chaos::schedule::{Expect, Step};
use crate::engine::EngineError;
use crate::find::explain::{BUDGET, Blame, Culprit, Experiment, Share, Story, Trial, tell, words};
use crate::lab::output::{self, say};
use crate::run::{Keep, Report, run};
use crate::scenario::Scenario;

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
    records: &'a [&'a str],
    last_copy: Option<&'a (String, u64)>,
    left_behind: &'a [String],
    #[serde(flatten)]
    culprit: Culprit,
    story: Vec<Line<'a>>,
    as_it_is: Share,
    trials: &'a [Trial],
}

#[derive(Serialize)]
struct Line<'a> {
    time: u64,
    what: &'a str,
}

/// An anomaly can rest on many records; the story is told of so many.
const HEROES: usize = 2;

/// Tells the story of a record, and does the experiment.
pub fn explain(catalogue: &[Scenario], args: &Args) -> Result<Exit, LabError> {
    let mut loaded = load(catalogue, &args.file)?;
    let Some(expect) = loaded.schedule.expect else {
        let what = format!("{} says nothing of what it shows: give it an `expect`", args.file.display());
        return Err(LabError::Usage(what));
    };
    let keep = Keep { history: true, ..Keep::default() };
    let report = run(loaded.scenario, loaded.variant, loaded.engine, loaded.schedule.clone(), keep)?;
    let Some(anomaly) = report.found(expect).next() else {
        say!("{expect} did NOT come back: there is nothing to explain");
        return Ok(Exit::Violated);
    };
    let records: Vec<&str> = anomaly.messages.iter().map(String::as_str).take(HEROES).collect();
    let logs = logs_of(anomaly, &loaded);
    let story = story_of(&records, &logs, &report);
    let culprit = blame(&loaded, expect)?;
    loaded.schedule = report.fired();
    let (as_it_is, trials) = experiment(&loaded, expect, args.runs)?;
    let told = Told {
        anomaly: expect.to_string(),
        sentence: &anomaly.sentence,
        records: &records,
        last_copy: story.last_copy.as_ref(),
        left_behind: &story.left_behind,
        culprit,
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

fn story_of(records: &[&str], logs: &[String], report: &Report) -> Story {
    let nothing = || Story { lines: Vec::new(), last_copy: None, left_behind: Vec::new() };
    let logs: Vec<&str> = logs.iter().map(String::as_str).collect();
    report.history.as_ref().map_or_else(nothing, |(names, entries)| tell(records, &logs, names, entries))
}

/// The logs whose story is told beside that of the records: where none is concerned, those that the sentence names, else all; of a lost
/// settlement the one in which settlements lie.
fn logs_of(anomaly: &Anomaly, loaded: &Loaded<'_>) -> Vec<String> {
    let cast = loaded.variant.system.cast(&loaded.schedule.knobs);
    let text = |log: TopicPartition| format!("{}/{}", cast.topics[usize::from(log.topic.0)], log.partition);
    if anomaly.kind == Kind::LostSettlement {
        return cast.offsets.into_iter().map(text).collect();
    }
    if !anomaly.messages.is_empty() {
        return Vec::new();
    }
    let all: Vec<String> = cast.placement.iter().map(|(log, _)| text(*log)).collect();
    let words: Vec<&str> = anomaly.sentence.split([' ', ',', ';']).collect();
    let named: Vec<String> = all.iter().filter(|log| words.contains(&log.as_str())).cloned().collect();
    if named.is_empty() { all } else { named }
}

fn blame(loaded: &Loaded<'_>, expect: Expect) -> Result<Culprit, EngineError> {
    let Loaded { scenario, variant, .. } = *loaded;
    Blame { scenario, variant, expect, budget: BUDGET, stop: on_interrupt() }.culprit(&loaded.schedule)
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
    say!("{}: {}", told.anomaly, told.sentence);
    match told.records {
        [] => say!("\nNo record is concerned. What happened:"),
        records => say!("\nThe story of {}:", records.join(" and ")),
    }
    for line in &told.story {
        say!("{:>9}.{:03} ms  {}", line.time / 1_000, line.time % 1_000, line.what);
    }
    if let Some((holder, until)) = told.last_copy {
        say!("  the last copy was at {holder}, and was gone by {}.{:03} ms", until / 1_000, until % 1_000);
    }
    for holder in told.left_behind {
        say!("  {holder} has it still, and whoever leads does not");
    }
    say!("");
    told.culprit.told().iter().for_each(|line| say!("{line}"));
    say!("\nEvery step left out, and moved; as it is, it comes in {} runs with other draws.", told.as_it_is);
    let mut table = output::table();
    table.set_header(["step", "left out", "left out, other draws", "at other moments"]);
    for trial in told.trials {
        let step = steps.get(trial.step).map(|step| words(step, None)).unwrap_or_default();
        let exactly = if trial.comes_without { "it comes" } else { "clean" };
        table.add_row([step, exactly.to_owned(), trial.without.to_string(), trial.elsewhen.to_string()]);
    }
    say!("{table}");
}
