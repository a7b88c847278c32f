//! `lab check`

mod hints;
mod isolation;
mod page;
mod plain;

use std::fs::{self, File};
use std::io::{self, BufReader, IsTerminal};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use checkers::files::{check_on, check_with};
use checkers::jepsen::{self, MODES, Mode, Options};
use checkers::{Backlog, Checker, Judge, Names, Rate, Report, Validity};
use indicatif::{ProgressBar, ProgressBarIter, ProgressStyle};

use super::output::say;
use super::{Exit, LabError, UnknownName, print_json};
use hints::{fitting, is_blank, refused};

/// What to judge.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub struct Args {
    /// The history: JSON lines as `lab replay --history` writes them; or with `--jepsen` Jepsen's own EDN or `history.txt`, or the folder
    /// of a Jepsen run, in which one of them lies; or a plain log. Any of them packed by gzip or zstd.
    #[arg(required_unless_present = "fields")]
    file: Option<PathBuf>,
    /// Judge Jepsen's history by this checker of Jepsen's; what else we see is told apart from the verdict.
    #[arg(long, value_name = "CHECKER")]
    jepsen: Option<String>,
    /// With `--jepsen kafka`: let the order of offsets in a log order the transactions that wrote them. G1c is tolerated then, as
    /// Jepsen does.
    #[arg(long, requires = "jepsen")]
    ww_deps: bool,
    #[command(flatten)]
    isolation: isolation::Isolation,
    /// Promise that a sink takes at most so many effects in any second.
    #[arg(long, value_name = "SINK=N", value_parser = limit, conflicts_with = "jepsen")]
    limit_rate: Vec<(String, u64)>,
    /// Promise that at most so many records of any partition of a topic wait for any group.
    #[arg(long, value_name = "TOPIC=N", value_parser = limit, conflicts_with = "jepsen")]
    limit_backlog: Vec<(String, u64)>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Print every field of every line of our own histories, with examples, and what a plain log is made of.
    #[arg(long, exclusive = true)]
    fields: bool,
    #[command(flatten)]
    plain: plain::PlainArgs,
}

/// Reads `name=number`.
fn limit(text: &str) -> Result<(String, u64), String> {
    let parts =
        text.rsplit_once('=').and_then(|(name, number)| Some((name.to_owned(), number.parse().ok()?)));
    parts.ok_or_else(|| "a limit is a name and a whole number, as in ledger=100".to_owned())
}

fn after_help() -> String {
    let width = MODES.iter().map(|mode| mode.name.len()).max().unwrap_or_default();
    let modes: Vec<String> =
        MODES.iter().map(|mode| format!("  {:width$}  {}", mode.name, mode.about)).collect();
    format!(
        "Checkers of Jepsen's:\n{}\n\nWhat stands in our own lines, and what a plain log is made of: lab check --fields\n\nExit codes: 0 valid, 1 invalid, 2 not a history, 3 unknown: it can be read and not judged.\n\n\
         Examples:\n  lab check history.jsonl --limit-rate ledger=100\n  lab check --jepsen kafka store/redpanda/latest/history.edn\n  \
         lab check --jepsen list-append store/postgres/latest --json\n  lab check --drained worker.csv --map client=host,id=order,done=ack",
        modes.join("\n")
    )
}

/// Judges a history.
pub fn check(args: &Args) -> Result<Exit, LabError> {
    let Some(file) = &args.file else {
        say!("{}", checkers::manual().trim_end());
        return Ok(Exit::Promised);
    };
    let mode = args.jepsen.as_deref().map(mode).transpose()?;
    let file = inside(file);
    let page = match mode {
        Some(mode) => foreign(&file, mode, args.isolation.options(mode, args.ww_deps)?)?,
        None if limitless(args) && args.plain.meant(&file) => plain::page(&file, &args.plain)?,
        None => own(&file, args)?,
    };
    if args.json {
        print_json(&page.report)?;
    } else {
        say!("{}", page.told(&file));
    }
    Ok(exit(&page.report))
}

/// Whether no limits were given, which only our own histories have.
fn limitless(args: &Args) -> bool {
    args.limit_rate.is_empty() && args.limit_backlog.is_empty()
}

fn exit(report: &Report) -> Exit {
    match report.verdict {
        Validity::Valid => Exit::Promised,
        Validity::Invalid => Exit::Violated,
        Validity::Unknown => Exit::Inconclusive,
    }
}

fn mode(name: &str) -> Result<&'static Mode, UnknownName> {
    let found = MODES.iter().find(|mode| mode.name == name);
    found.ok_or_else(|| UnknownName::among("checker of Jepsen's", name, MODES.iter().map(|mode| mode.name)))
}

/// The history in a folder of a run.
fn inside(path: &Path) -> PathBuf {
    if !path.is_dir() {
        return path.to_owned();
    }
    let packed = |name: &str| ["", ".gz", ".zst"].map(|packing| path.join(format!("{name}{packing}")));
    let names = ["history.edn", "history.jsonl", "history.txt"].map(packed).concat();
    names.iter().find(|file| file.is_file()).unwrap_or(&names[0]).clone()
}

fn foreign(file: &Path, mode: &'static Mode, options: Options) -> Result<page::Page, LabError> {
    let history = jepsen::read(open(file)?).map_err(|error| refused(file, error, false))?;
    let mut report = mode.check(&history, options);
    if !mode.fits(&history) {
        report.unknown.push(fitting(&history));
    }
    let excerpt = |finding: &checkers::Finding| {
        finding.entries.first().map(|witness| jepsen::excerpt(&history, witness)).unwrap_or_default()
    };
    let excerpts = report.anomalies.iter().chain(&report.beyond).map(excerpt).collect();
    let model = if mode.models { format!(", held to {}", options.model.name()) } else { String::new() };
    Ok(page::Page { judged_by: Some(format!("{}{model}", mode.name)), report, excerpts })
}

fn own(file: &Path, args: &Args) -> Result<page::Page, LabError> {
    let judge = || {
        let mut limits: Vec<Box<dyn Checker>> = Vec::new();
        for (sink, limit) in &args.limit_rate {
            limits.push(Box::new(Rate::new(sink, usize::try_from(*limit).unwrap_or(usize::MAX))));
        }
        for (topic, bound) in &args.limit_backlog {
            limits.push(Box::new(Backlog::new(topic, *bound)));
        }
        Judge::thorough_with(limits)
    };
    if is_blank(file) {
        let mut report = judge().report(&Names::default());
        report.unknown.insert(0, "the file is empty".to_owned());
        return Ok(page::Page { judged_by: None, report, excerpts: Vec::new() });
    }
    // One core judges, the others read.
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let large = fs::metadata(file).is_ok_and(|file| file.len() >= LARGE);
    let checked = if large && workers > 1 {
        check_on(workers, judge, || open(file).map_err(io::Error::other))
    } else {
        check_with(judge(), open(file)?)
    };
    let mut checked = checked.map_err(|error| refused(file, error, true))?;
    let excerpts = checked.locate(open(file)?).map_err(|error| refused(file, error, true))?;
    Ok(page::Page { judged_by: None, report: checked.report, excerpts })
}

/// Files from this size on are worth a bar.
const LARGE: u64 = 64 << 20;

/// A buffered reader that shows how far it has come, where somebody looks and it takes a while.
fn open(path: &Path) -> Result<BufReader<ProgressBarIter<File>>, LabError> {
    let unreadable = |error: io::Error| LabError::Read { path: path.to_owned(), error };
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let bar = if length >= LARGE && io::stderr().is_terminal() {
        ProgressBar::new(length).with_style(ProgressStyle::default_bar())
    } else {
        ProgressBar::hidden()
    };
    Ok(BufReader::with_capacity(1 << 20, bar.wrap_read(file)))
}
