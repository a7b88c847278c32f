//! All defects that were asked for, each in a process of its own, and none at all in one more.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use broker::{Defect, Standing};
use indicatif::ProgressBar;

use super::alone::NONE;
use super::result::{Row, Search};
use super::{Asked, draw, pages};
use crate::engine::Engine;
use crate::lab::interrupt::on_interrupt;
use crate::lab::output::say;
use crate::lab::run::cores;
use crate::lab::{Exit, LabError};

/// Searches for them, and prints what came of it.
pub fn together(asked: &Asked, engine: Engine, json: bool) -> Result<Exit, LabError> {
    let stop = on_interrupt();
    let chosen = draw::chosen(asked)?;
    let bar = ProgressBar::new(chosen.len() as u64 + 1);
    bar.enable_steady_tick(Duration::from_millis(200));
    let todo = Mutex::new([None].into_iter().chain(chosen.iter().copied().map(Some)));
    let done = Mutex::new(Vec::new());
    let work = || {
        while !stop.stopped() {
            let Some(defect) = todo.lock().ok().and_then(|mut todo| todo.next()) else { return };
            let search = in_its_own_process(defect, asked, engine);
            bar.inc(1);
            if let Ok(mut done) = done.lock() {
                done.push((defect, search));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..asked.jobs.unwrap_or_else(cores).max(1) {
            scope.spawn(work);
        }
    });
    bar.finish_and_clear();
    let done = done.into_inner().unwrap_or_default().into_iter();
    let rows = done.map(|(defect, search)| Ok(Row { defect, search: search? }));
    let mut rows = rows.collect::<Result<Vec<_>, LabError>>()?;
    rows.sort_by_key(|row| row.defect);
    if json {
        pages::print_json(&rows)?;
    } else if asked.markdown {
        say!("{}", pages::markdown(&rows, asked.budget).trim_end());
    } else {
        pages::print(&rows);
    }
    Ok(if stop.stopped() { Exit::Inconclusive } else { exit(&rows) })
}

fn in_its_own_process(
    defect: Option<Defect>,
    asked: &Asked,
    engine: Engine,
) -> Result<Option<Search>, LabError> {
    let io = |error| LabError::Io { what: "cannot run a process for a defect".to_owned(), error };
    let name = defect.map_or(NONE, Defect::name);
    let budget = format!("{}ms", asked.budget.as_millis());
    let mut command = Command::new(std::env::current_exe().map_err(io)?);
    command.args(["bench", "--defects", "--alone", "--only", name, "--budget", &budget]);
    command.args(["--engine", engine.name()]).stderr(Stdio::null());
    let output = command.output().map_err(io)?;
    // What spins or dies for good tells nothing, and nothing is what it found.
    Ok(serde_json::from_slice(&output.stdout).ok())
}

/// A broken promise without a defect, or of one that is said to break none, is worse than a defect not found.
fn exit(rows: &[Row]) -> Exit {
    let verdicts = rows.iter().map(|row| match (row.defect.map(Defect::standing), row.found()) {
        (None | Some(Standing::Equivalent { .. }), true) => Exit::Violated,
        (Some(Standing::Findable), false) => Exit::Inconclusive,
        (None, false) if row.search.is_none() => Exit::Inconclusive,
        _ => Exit::Promised,
    });
    let mut worst = Exit::Promised;
    for exit in verdicts {
        worst =
            if exit == Exit::Violated || worst == Exit::Violated { Exit::Violated } else { worst.max(exit) };
    }
    worst
}
