//! The program: every verb over any catalogue. `harness::lab::main(&catalogue)` is all that a `main` needs.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod asked;
mod bench;
mod broker;
mod check;
mod ci;
mod evidence;
mod explain;
mod interrupt;
mod list;
mod load;
mod merge;
mod meta;
pub(crate) mod names;
mod output;
mod replay;
mod report;
mod run;
mod run_summary;
mod self_test;
mod shrink;
pub mod store;
mod strikes;
mod sweep;
mod tour;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use checkers::files::ReadError;
use clap::{Parser, Subcommand};
use thiserror::Error;

use crate::chaos::schedule::ScheduleError;
use crate::engine::{Engine, EngineError};
use crate::find::sweep::{CampaignError, ResultsError};
use crate::lab::store::StoreError;
use crate::scenario::Scenario;

pub use names::UnknownName;
use output::{complain, say};

/// Can a message get lost? Runs message queues under crashes, power cuts, partitions and pauses, and says what was lost,
/// doubled or reordered, by whom, and how to see it again.
///
/// Without a verb: a tour of under a minute through every loss path of the catalogue.
#[derive(Debug, Parser)]
#[command(name = "lab", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Where evidence is kept.
    #[arg(long, global = true, default_value = "store", value_name = "FOLDER")]
    store: PathBuf,
}

const EXIT_CODES: &str = "\
Exit codes: 0 as promised, 1 a promise was broken, 2 usage, 3 inconclusive or vacuous, 4 not deterministic, 70 internal error.

Examples:
  lab                                            the tour
  lab list                                       every scenario, its variants and what they must show
  lab run commit-before-process --seeds 0..200   sweep both variants over 200 seeds
  lab run leader-only-ack-crash --variant unsafe --witness
  lab sweep --for 10m                            every variant on every simulator; goes on where it was killed
  lab ci --quick                                 the gate of a push, on seeds of the commit
  lab replay store/leader-only-ack-crash/unsafe-direct-6/schedule.json
  lab shrink store/leader-only-ack-crash/unsafe-direct-6/schedule.json
  lab explain store/leader-only-ack-crash/unsafe-direct-6/shrunk.json
  lab check --jepsen kafka store/redpanda/latest/history.edn";

#[derive(Debug, Subcommand)]
enum Verb {
    /// List every scenario, its variants, and what each must show.
    List(list::Args),
    /// Run a scenario: one seed, a range of seeds, for a while, or its witness.
    Run(run::Args),
    /// Sweep all scenarios on all simulators; what was done is kept, and the same command goes on from there.
    Sweep(sweep::Args),
    /// Put the results of several sweeps together, each seed once, and report on all.
    Merge(merge::Args),
    /// What a workflow runs: the gate of a push, or the sweep of a night, on seeds of the commit.
    Ci(ci::Args),
    /// Run a kept schedule again and see whether it shows the same.
    Replay(replay::Args),
    /// Find the smallest schedule that still shows what a kept one shows.
    Shrink(shrink::Args),
    /// Tell the story of a lost, doubled or reordered record, and find by experiment which fault is to blame.
    Explain(explain::Args),
    /// Judge a history that somebody recorded: ours, or Jepsen's by Jepsen's own definitions and beyond them.
    Check(check::Args),
    /// Prove that a seed is a run: the same seeds in two processes, traces and histories compared byte by byte.
    Meta(meta::Args),
    /// Measure the engines on the reference run, beside raw turmoil and madsim in the same process.
    Bench(bench::Args),
    /// Run one broker, or the controller, as a process of its own, with real files and sockets.
    Broker(::broker::server::BrokerArgs),
    /// Print the trace and history hashes of some runs; `meta` compares these between processes.
    #[command(hide = true)]
    Trace(meta::TraceArgs),
}

impl Verb {
    /// Whether it writes to the store.
    fn keeps_evidence(&self) -> bool {
        matches!(self, Verb::Run(_) | Verb::Sweep(_) | Verb::Merge(_) | Verb::Ci(_))
    }
}

/// How a verb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// As promised.
    Promised = 0,
    /// A promise was broken.
    Violated = 1,
    /// The words were wrong.
    Usage = 2,
    /// Nothing was proven.
    Inconclusive = 3,
    /// The same seed gave two different runs.
    NotDeterministic = 4,
    /// The lab itself failed.
    Internal = 70,
}

impl Exit {
    /// The one that counts of several: a promise that was broken is, whatever else was not proven.
    fn worst(exits: impl Iterator<Item = Exit>) -> Option<Exit> {
        let rank = |exit: &Exit| match exit {
            Exit::Promised => 0,
            Exit::Inconclusive => 1,
            other => 1 + *other as u8,
        };
        exits.max_by_key(rank)
    }
}

/// Why a verb could not do its work.
#[derive(Debug, Error)]
pub enum LabError {
    /// A name that is in no list.
    #[error(transparent)]
    UnknownName(#[from] UnknownName),
    /// A schedule file that is not one.
    #[error("{path}: {error}", path = path.display())]
    Schedule {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        error: ScheduleError,
    },
    /// A file that cannot be read.
    #[error("cannot read {path}: {error}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A history that cannot be read.
    #[error("{path}: {error}{hint}", path = path.display())]
    History {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        error: Box<ReadError>,
        /// What may have been meant.
        hint: String,
    },
    /// Words that contradict each other or ask for nothing.
    #[error("{0}")]
    Usage(String),
    /// The engine cannot run this.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Evidence could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The results of a sweep could not be kept or read.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A worker of a sweep died: what it was to run has not been.
    #[error(transparent)]
    Worker(CampaignError),
    /// A broker's process could not do its work.
    #[error(transparent)]
    Broker(::broker::server::BrokerError),
    /// Something the lab itself needs failed.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        error: io::Error,
    },
}

impl LabError {
    fn exit(&self) -> Exit {
        match self {
            LabError::Engine(EngineError::Interrupted) | LabError::Worker(_) => Exit::Inconclusive,
            LabError::Engine(EngineError::Failed { .. }) | LabError::Results(ResultsError::Io { .. }) => {
                Exit::Internal
            }
            LabError::UnknownName(_)
            | LabError::Schedule { .. }
            | LabError::Read { .. }
            | LabError::History { .. }
            | LabError::Usage(_)
            | LabError::Results(_)
            | LabError::Engine(_) => Exit::Usage,
            LabError::Broker(error) => broker::exit(error),
            LabError::Store(_) | LabError::Io { .. } => Exit::Internal,
        }
    }
}

/// Runs the program over a catalogue, with the arguments of this process.
#[must_use]
pub fn main(catalogue: &[Scenario]) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are not errors; printing can only fail when nobody reads.
            let _ = error.print();
            return exit_code(if error.use_stderr() { Exit::Usage } else { Exit::Promised });
        }
    };
    if !Engine::Madsim.available() {
        complain!(
            "note: this build has no madsim engine: RUSTFLAGS, or a target.*.rustflags, replaced the flags of .cargo/config.toml"
        );
    }
    let exit = dispatch(catalogue, cli).unwrap_or_else(|error| {
        complain!("error: {error}");
        error.exit()
    });
    match output::lost() {
        None => exit_code(exit),
        Some(error) => {
            // Standard error may have room where standard output has none.
            let _ = writeln!(io::stderr(), "error: cannot write what was found: {error}");
            exit_code(Exit::Internal)
        }
    }
}

fn dispatch(catalogue: &[Scenario], cli: Cli) -> Result<Exit, LabError> {
    let store = crate::lab::store::Store::at(cli.store);
    if cli.verb.as_ref().is_none_or(Verb::keeps_evidence) {
        store.require()?;
    }
    match cli.verb {
        None => tour::tour(catalogue, &store),
        Some(Verb::List(args)) => list::list(catalogue, &args),
        Some(Verb::Run(args)) => run::run(catalogue, &store, &args),
        Some(Verb::Sweep(args)) => sweep::sweep(catalogue, &store, &args),
        Some(Verb::Merge(args)) => merge::merge(catalogue, &store, &args),
        Some(Verb::Ci(args)) => ci::ci(catalogue, &store, &args),
        Some(Verb::Replay(args)) => replay::replay(catalogue, &args),
        Some(Verb::Shrink(args)) => shrink::shrink(catalogue, &args),
        Some(Verb::Explain(args)) => explain::explain(catalogue, &args),
        Some(Verb::Check(args)) => check::check(&args),
        Some(Verb::Meta(args)) => meta::meta(catalogue, &args),
        Some(Verb::Bench(args)) => bench::bench(catalogue, &args),
        Some(Verb::Broker(args)) => broker::broker(args),
        Some(Verb::Trace(args)) => meta::trace(catalogue, &args),
    }
}

/// This program, as the reader of its words would call it again: the lab's own is a cargo alias, a
/// stranger's `main` is wherever they built it.
fn this_program() -> String {
    let path = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    match path.file_stem().is_some_and(|name| name == "lab") {
        true => "cargo lab".to_owned(),
        false => output::quoted(&path.display().to_string()),
    }
}

fn exit_code(exit: Exit) -> ExitCode {
    ExitCode::from(exit as u8)
}

/// One JSON value on one line of standard output.
fn print_json(value: &impl serde::Serialize) -> Result<(), LabError> {
    let text = serde_json::to_string(value);
    let text =
        text.map_err(|error| LabError::Io { what: "cannot write JSON".to_owned(), error: error.into() })?;
    say!("{text}");
    Ok(())
}
