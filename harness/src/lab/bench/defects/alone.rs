//! One defect, or none, in a process of its own: cold seeds of every variant that must hold, in turn, until a promise is broken that
//! the defect affects. Variants that do not reach its site get a turn more seldom: of elections by votes only those know that have any.

use broker::Defect;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::result::{Find, Search};
use super::{Asked, kinds};
use crate::chaos::schedule::Expect;
use crate::engine::Engine;
use crate::find::shrink::Shrink;
use crate::find::sweep::Row;
use crate::lab::run::cpu_seconds;
use crate::lab::{Exit, LabError, names, print_json};
use crate::run::{Conclusion, Report};
use crate::scenario::Scenario;
use crate::stop::Stop;

/// Where the seeds begin, behind all that commits stand for (see `lab ci`): no other verb runs these unless it is told to.
const COLD: u64 = 2_000_000_000_000_000;

/// So many seeds of a row, then the next row.
const TURN: u64 = 5;

/// A row on which the site of the defect was not reached yet is run only in every so many turns.
const UNREACHED_EVERY: u64 = 8;

/// So many runs a find may be shrunk for.
const SHRINK_WITHIN: u64 = 400;

/// So many CPU-seconds more than the search may take are left for starting, and for shrinking what was found.
const SPARE: f64 = 30.0;

/// The name that stands for no defect at all.
pub const NONE: &str = "none";

/// Searches, and prints what came of it.
pub fn alone(catalogue: &[Scenario], asked: &Asked, engine: Engine) -> Result<Exit, LabError> {
    let budget = asked.budget.as_secs_f64();
    let one = one(asked.only.first().map_or(NONE, String::as_str))?;
    bound(budget + SPARE)?;
    Defect::turn_on(one);
    print_json(&search(&held(catalogue, engine), one, budget)?)?;
    Ok(Exit::Promised)
}

/// The defect of this name; `None` for the name of none.
pub fn one(name: &str) -> Result<Option<Defect>, LabError> {
    let known = Defect::ALL.iter().copied().find(|defect| defect.name() == name);
    match known {
        None if name != NONE => {
            let all = Defect::ALL.iter().map(|defect| defect.name());
            Err(names::UnknownName::among("defect", name, all).into())
        }
        known => Ok(known),
    }
}

/// A step that never ends, as some defects have one, ends with its process.
fn bound(cpu_seconds: f64) -> Result<(), LabError> {
    let most = Some(cpu_seconds.ceil() as u64);
    setrlimit(Resource::Cpu, Rlimit { current: most, maximum: most })
        .map_err(|error| LabError::Io { what: "cannot bound the CPU time".to_owned(), error: error.into() })
}

/// Every variant of a loss path that must hold.
fn held(catalogue: &[Scenario], engine: Engine) -> Vec<Row<'_>> {
    let loss_paths: Vec<_> = catalogue.iter().filter(|scenario| scenario.is_loss_path()).collect();
    let rows = Row::all(&loss_paths, &[engine]).into_iter();
    rows.filter(|row| row.variant.expect.is_none()).collect()
}

fn search(rows: &[Row<'_>], one: Option<Defect>, budget: f64) -> Result<Search, LabError> {
    let begun = cpu_seconds();
    let mut search = Search::default();
    // Without a defect there is no site, and every row counts the same.
    let mut reached = vec![one.is_none(); rows.len()];
    for turn in 0.. {
        for (row, reached) in rows.iter().zip(&mut reached) {
            if !*reached && turn % UNREACHED_EVERY != 0 {
                continue;
            }
            for seed in COLD + turn * TURN..COLD + (turn + 1) * TURN {
                search.core_seconds = cpu_seconds() - begun;
                if search.core_seconds >= budget {
                    return Ok(search);
                }
                let report = row.sweep(1).one(seed)?;
                search.seeds += 1;
                *reached |= Defect::take_reached();
                if let Some(broken) = broken(row, one, &report)? {
                    search.core_seconds = cpu_seconds() - begun;
                    search.find = Some(find(row, &report, broken)?);
                    return Ok(search);
                }
                aside(&report, &mut search);
            }
        }
    }
    Ok(search)
}

/// The first anomaly that counts: of a promise that this defect affects, where the same seed breaks nothing without it. With no defect
/// on, every anomaly counts.
fn broken(row: &Row<'_>, one: Option<Defect>, report: &Report) -> Result<Option<Expect>, LabError> {
    if report.conclusion != Conclusion::Violated {
        return Ok(None);
    }
    let mut all = report.verdict.classes().into_iter().map(|(anomaly, path)| Expect { anomaly, path });
    let Some(defect) = one else { return Ok(all.next()) };
    let affects = |anomaly| defect.breaks().iter().any(|&promise| kinds::breaks(promise, anomaly));
    let Some(expect) = all.find(|expect| affects(expect.anomaly)) else { return Ok(None) };
    Defect::turn_on(None);
    let without = row.sweep(1).one(report.schedule.seed);
    Defect::turn_on(one);
    Ok((without?.conclusion != Conclusion::Violated).then_some(expect))
}

fn find(row: &Row<'_>, report: &Report, expect: Expect) -> Result<Find, LabError> {
    let Row { scenario, variant, engine } = *row;
    let stop = &Stop::new();
    let shrink =
        Shrink { scenario, variant, engine, expect, budget: SHRINK_WITHIN, stop, progress: &|_, _| {} };
    let shrunk = shrink.shrink(&report.schedule)?;
    let steps = shrunk.map_or(report.schedule.steps.len(), |shrunk| shrunk.report.schedule.steps.len());
    Ok(Find {
        anomaly: expect.anomaly.name().to_owned(),
        path: expect.path.name().to_owned(),
        scenario: scenario.name.to_owned(),
        variant: variant.name.to_owned(),
        seed: report.schedule.seed,
        steps,
    })
}

/// What was seen and counts for nothing.
fn aside(report: &Report, search: &mut Search) {
    let mut note = |what: String| *search.aside.entry(what).or_default() += 1;
    for (anomaly, path) in report.verdict.classes() {
        note(format!("{anomaly}/{path}"));
    }
    match report.conclusion {
        Conclusion::Unknown if !report.drained => note("not at rest".to_owned()),
        Conclusion::Unknown => note("unknown".to_owned()),
        _ => {}
    }
}
