//! `lab bench --blame`: how often the lab is right about what an anomaly needs. Failing runs of every unsafe variant are explained, and
//! each claim is judged by the same experiment under draws of the network that the explanation has never seen.

use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::ProgressBar;
use serde::Serialize;

use super::super::interrupt::on_interrupt;
use super::super::run::cpu_seconds;
use super::super::{Exit, LabError, print_json};
use crate::chaos::schedule::{Expect, Schedule};
use crate::engine::{Engine, EngineError};
use crate::find::explain::{BUDGET, Blame, Culprit, Share};
use crate::lab::output::say;
use crate::run::{Keep, draw, run};
use crate::scenario::{Scenario, Variant};
use crate::stop::Stop;

/// So many failing runs, over all variants.
const RUNS: usize = 500;

/// No variant is searched further than this.
const SEEDS: u64 = 20_000;

/// The judge's draws, and how far they are from those of the explanation.
const DRAWS: u64 = 20;
const UNSEEN: u64 = 1 << 40;

/// Of a hundred claims, so many must be right.
const RIGHT: usize = 99;

/// What came of one variant.
#[derive(Default, Serialize)]
struct Row {
    scenario: &'static str,
    anomaly: String,
    runs: usize,
    configuration: usize,
    one_fault: usize,
    several_faults: usize,
    not_determined: usize,
    right: usize,
    core_seconds: f64,
    /// The seeds of what was wrong, each with what the judge saw.
    wrong: Vec<String>,
}

/// Explains, judges and tells.
pub fn blame(catalogue: &[Scenario], json: bool) -> Result<Exit, LabError> {
    let stop = on_interrupt();
    let variants = || {
        catalogue.iter().flat_map(|scenario| scenario.variants.iter().map(move |variant| (scenario, variant)))
    };
    let asked: Vec<_> =
        variants().filter_map(|(scenario, variant)| Some((scenario, variant, variant.expect?))).collect();
    let each = RUNS.div_ceil(asked.len().max(1));
    let bar = ProgressBar::new((asked.len() * each) as u64);
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut rows = Vec::new();
    for (scenario, variant, expect) in asked {
        let judge = Judge { scenario, variant, expect, stop };
        rows.push(judge.row(each, &|| bar.inc(1))?);
    }
    bar.finish_and_clear();
    if json {
        print_json(&rows)?;
    } else {
        print(&rows);
    }
    let (told, right) = rows.iter().fold((0, 0), |(told, right), row| (told + row.told(), right + row.right));
    Ok(if !stop.stopped() && right * 100 >= told * RIGHT { Exit::Promised } else { Exit::Inconclusive })
}

struct Judge<'a> {
    scenario: &'a Scenario,
    variant: &'a Variant,
    expect: Expect,
    stop: &'a Stop,
}

impl Judge<'_> {
    fn row(&self, runs: usize, progress: &dyn Fn()) -> Result<Row, LabError> {
        let mut row =
            Row { scenario: self.scenario.name, anomaly: self.expect.to_string(), ..Row::default() };
        for seed in (0..SEEDS).take_while(|_| !self.stop.stopped()) {
            let schedule = draw(self.scenario, self.variant, Engine::Direct, seed);
            if row.runs == runs {
                break;
            }
            if self.shows(schedule.clone())? == Some(true) {
                self.explain(seed, &schedule, &mut row)?;
                progress();
            }
        }
        Ok(row)
    }

    fn explain(&self, seed: u64, schedule: &Schedule, row: &mut Row) -> Result<(), LabError> {
        let Judge { scenario, variant, expect, stop } = *self;
        let begun = cpu_seconds();
        let culprit = Blame { scenario, variant, expect, budget: BUDGET, stop }.culprit(schedule)?;
        row.core_seconds += cpu_seconds() - begun;
        row.runs += 1;
        match &culprit {
            Culprit::Configuration(_) => row.configuration += 1,
            Culprit::Faults(faults) if faults.needed.len() == 1 => row.one_fault += 1,
            Culprit::Faults(_) => row.several_faults += 1,
            Culprit::NotDetermined { .. } => {
                row.not_determined += 1;
                return Ok(());
            }
        }
        match self.wrong(&culprit)? {
            None => row.right += 1,
            Some(why) => row.wrong.push(format!("seed {seed}: {}: {why}", culprit.brief())),
        }
        Ok(())
    }

    /// What is wrong with what was told, if anything is.
    fn wrong(&self, culprit: &Culprit) -> Result<Option<String>, EngineError> {
        let (schedule, other_draws) = match culprit {
            Culprit::Configuration(alone) => (&alone.schedule, alone.other_draws),
            Culprit::Faults(faults) => (&faults.schedule, faults.other_draws),
            Culprit::NotDetermined { .. } => return Ok(None),
        };
        if self.shows(schedule.clone())? != Some(true) {
            return Ok(Some("it is not enough".to_owned()));
        }
        let share = self.share(schedule)?;
        if other_draws.came * 2 > other_draws.of && share.came * 4 <= share.of {
            return Ok(Some(format!("enough in {other_draws}, said the experiment, and in {share} here")));
        }
        for step in 0..schedule.steps.len() {
            let without = schedule.without(step);
            let share = self.share(&without)?;
            if self.shows(without)? == Some(true) || share.came > 1 {
                return Ok(Some(format!("without step {step} it comes in {share}")));
            }
        }
        Ok(None)
    }

    fn share(&self, schedule: &Schedule) -> Result<Share, EngineError> {
        let mut share = Share::default();
        for number in 0..DRAWS {
            let seed = schedule.seed.wrapping_add(UNSEEN + number);
            let came = self.shows(Schedule { seed, ..schedule.clone() })?;
            share.of += u64::from(came.is_some());
            share.came += u64::from(came == Some(true));
        }
        Ok(share)
    }

    fn shows(&self, schedule: Schedule) -> Result<Option<bool>, EngineError> {
        let report = run(self.scenario, self.variant, Engine::Direct, schedule, Keep::default())?;
        let shows = report.shows(self.expect);
        Ok((shows || report.withheld.is_empty()).then_some(shows))
    }
}

impl Row {
    /// How many claims were made.
    fn told(&self) -> usize {
        self.runs - self.not_determined
    }
}

fn print(rows: &[Row]) {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([
        "scenario",
        "shows",
        "runs",
        "no fault",
        "one",
        "several",
        "not determined",
        "right",
        "core-seconds each",
    ]);
    for row in rows {
        let told = [row.runs, row.configuration, row.one_fault, row.several_faults, row.not_determined]
            .map(|n| n.to_string());
        let right = format!("{} of {}", row.right, row.told());
        let each = format!("{:.2}", row.core_seconds / row.runs.max(1) as f64);
        table.add_row(
            [row.scenario.to_owned(), row.anomaly.clone()].into_iter().chain(told).chain([right, each]),
        );
    }
    say!("{table}");
    rows.iter()
        .flat_map(|row| row.wrong.iter().map(move |wrong| (row.scenario, wrong)))
        .for_each(|(scenario, wrong)| say!("WRONG {scenario}: {wrong}"));
}
