//! `lab bench`: how many reference runs a CPU-second gives on each simulator, and how many the bare network gives in the same
//! process and the same minute.

mod blame;
mod defects;
mod find;
mod partitions;
mod parts;
mod reference;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;

use super::run::cpu_seconds;
use super::{Exit, LabError, names, print_json};
use crate::engine::{Engine, EngineError, raw};
use crate::lab::output::{self, say};
use crate::run::{Conclusion, Keep, Report, run};
use crate::scenario::Scenario;
use crate::trace::Sent;

/// The raw baseline is measured beside the shell in turns of this length, so that both meet the same machine.
const TURN: f64 = 0.25;

/// What to measure.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this simulator.
    #[arg(long)]
    engine: Option<String>,
    /// How many seeds the generator takes to show what each unsafe variant must show, instead
    #[arg(long, conflicts_with_all = ["engine", "time"])]
    find: bool,
    /// How often the lab is right about what an anomaly needs, judged under draws of the network that it has not seen, instead
    #[arg(long, conflicts_with_all = ["engine", "time", "find"])]
    blame: bool,
    #[command(flatten)]
    defects: defects::Asked,
    /// How much CPU time each figure may take.
    #[arg(long = "for", value_name = "TIME", value_parser = names::duration, default_value = "2s")]
    time: Duration,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Everything that was measured.
#[derive(Serialize)]
struct Measured<'a> {
    #[serde(flatten)]
    engines: &'a BTreeMap<String, Figures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<parts::Parts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partitions: Option<Vec<partitions::Cost>>,
}

/// What one engine, or its bare network, gives.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Figures {
    runs_per_cpu_second: f64,
    frames_per_cpu_second: f64,
    frames_per_run: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps_per_run: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    microseconds_per_record: Option<f64>,
}

/// A running measurement.
#[derive(Default)]
struct Meter {
    seconds: f64,
    runs: u64,
    frames: u64,
    steps: u64,
}

/// Measures.
pub fn bench(catalogue: &[Scenario], args: &Args) -> Result<Exit, LabError> {
    if args.find {
        return find::find(catalogue, args.json);
    }
    if args.blame {
        return blame::blame(catalogue, args.json);
    }
    if args.defects.defects {
        let engine = args.engine.as_deref().map_or(Ok(Engine::Direct), names::engine)?;
        return defects::defects(catalogue, &args.defects, engine, args.json);
    }
    let engines = match &args.engine {
        Some(name) => vec![names::engine(name)?],
        None => Engine::ALL.iter().copied().filter(|e| e.simulated() && e.available()).collect(),
    };
    if let Some(engine) = engines.iter().find(|engine| !engine.simulated()) {
        return Err(LabError::Usage(format!(
            "{} takes real time: it has no speed to measure",
            engine.name()
        )));
    }
    let scenario = reference::scenario();
    let sent = frames(&scenario)?;
    let mut figures = BTreeMap::new();
    for engine in engines {
        let (shell, bare) = measure(&scenario, engine, &sent, args.time.as_secs_f64())?;
        figures.insert(engine.name().to_owned(), shell.figures(true));
        if engine != Engine::Direct {
            figures.insert(format!("raw_{}", engine.name()), bare.figures(false));
        }
    }
    let (mut parts, mut partitions) = (None, None);
    if figures.contains_key(Engine::Direct.name()) {
        parts = Some(parts::measure(&scenario, args.time.as_secs_f64())?);
        partitions = Some(partitions::measure(args.time.as_secs_f64())?);
    }
    if args.json {
        print_json(&Measured { engines: &figures, parts, partitions })?;
    } else {
        print(&figures);
        parts.iter().for_each(parts::print);
        partitions.iter().for_each(|costs| partitions::print(costs));
    }
    Ok(Exit::Promised)
}

/// The frames of one reference run, for the bare networks to carry.
fn frames(scenario: &Scenario) -> Result<Rc<[Sent]>, LabError> {
    let report = reference_run(scenario, Engine::Direct, 0, Keep { sent: true, ..Keep::default() })?;
    Ok(report.trace.sent().into())
}

fn reference_run(scenario: &Scenario, engine: Engine, seed: u64, keep: Keep) -> Result<Report, LabError> {
    let schedule = reference::schedule(scenario, engine, seed);
    let report = run(scenario, &scenario.variants[0], engine, schedule, keep)?;
    if report.conclusion != Conclusion::Held {
        let what = format!("the reference run came to {:?} from seed {seed}", report.conclusion);
        return Err(LabError::Engine(EngineError::Failed { engine, what }));
    }
    Ok(report)
}

/// Alternates between the engine and its bare network until both have had their time.
fn measure(
    scenario: &Scenario,
    engine: Engine,
    sent: &Rc<[Sent]>,
    seconds: f64,
) -> Result<(Meter, Meter), LabError> {
    let (mut shell, mut bare) = (Meter::default(), Meter::default());
    let mut elapsed = reference_run(scenario, engine, 0, Keep::default())?.elapsed;
    while shell.seconds < seconds {
        shell.turn(|meter| {
            let report = reference_run(scenario, engine, meter.runs, Keep::default())?;
            elapsed = report.elapsed;
            meter.add(report.frames, report.steps);
            Ok(())
        })?;
        if engine != Engine::Direct {
            bare.turn(|meter| {
                raw(engine, sent, elapsed, meter.runs)?;
                meter.add(sent.len() as u64, 0);
                Ok(())
            })?;
        }
    }
    Ok((shell, bare))
}

impl Meter {
    fn turn(&mut self, mut once: impl FnMut(&mut Meter) -> Result<(), LabError>) -> Result<(), LabError> {
        let begun = cpu_seconds();
        while cpu_seconds() - begun < TURN {
            once(self)?;
        }
        self.seconds += cpu_seconds() - begun;
        Ok(())
    }

    fn add(&mut self, frames: u64, steps: u64) {
        self.runs += 1;
        self.frames += frames;
        self.steps += steps;
    }

    /// What it came to; only nodes take steps, and send records.
    fn figures(&self, nodes: bool) -> Figures {
        let runs = self.runs as f64;
        let records = runs * reference::RECORDS as f64;
        Figures {
            runs_per_cpu_second: runs / self.seconds,
            frames_per_cpu_second: self.frames as f64 / self.seconds,
            frames_per_run: self.frames as f64 / runs,
            steps_per_run: nodes.then_some(self.steps as f64 / runs),
            microseconds_per_record: nodes.then_some(1e6 * self.seconds / records),
        }
    }
}

fn print(figures: &BTreeMap<String, Figures>) {
    let mut table = output::table();
    table.set_header([
        "",
        "reference runs per CPU-second",
        "frames per CPU-second",
        "frames",
        "steps",
        "us per record",
    ]);
    for (name, of) in figures {
        table.add_row([
            name.clone(),
            format!("{:.1}", of.runs_per_cpu_second),
            format!("{:.0}", of.frames_per_cpu_second),
            format!("{:.0}", of.frames_per_run),
            of.steps_per_run.map_or(String::new(), |steps| format!("{steps:.0}")),
            of.microseconds_per_record.map_or(String::new(), |record| format!("{record:.1}")),
        ]);
    }
    say!("{table}");
    for (name, raw) in figures.iter().filter_map(|(name, raw)| Some((name.strip_prefix("raw_")?, raw))) {
        if let Some(shell) = figures.get(name) {
            let times = raw.runs_per_cpu_second / shell.runs_per_cpu_second;
            say!("{name}: a run costs {times:.2} times what its bare network costs");
        }
    }
}
