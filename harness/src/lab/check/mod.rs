//! `lab check`

mod page;
mod plain;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, IsTerminal, Read};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use checkers::files::{ReadError, check_on, check_with};
use checkers::jepsen::{self, History, MODES, Mode, Options};
use checkers::{Backlog, Checker, Judge, Names, Rate, Report, Validity};
use indicatif::{ProgressBar, ProgressBarIter, ProgressStyle};

use super::{Exit, LabError, UnknownName, print_json, this_program};

/// What to judge.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub struct Args {
    /// The history: JSON lines as `lab replay --history` writes them; or with `--jepsen` Jepsen's own EDN, or the folder of a
    /// Jepsen run, in which `history.edn` lies; or a plain log.
    #[arg(required_unless_present = "fields")]
    file: Option<PathBuf>,
    /// Judge Jepsen's history by this checker of Jepsen's; what else we see is told apart from the verdict.
    #[arg(long, value_name = "CHECKER")]
    jepsen: Option<String>,
    /// With `--jepsen kafka`: let the order of offsets in a log order the transactions that wrote them. G1c is tolerated then, as
    /// Jepsen does.
    #[arg(long, requires = "jepsen")]
    ww_deps: bool,
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
        print!("{}", checkers::manual());
        return Ok(Exit::Promised);
    };
    let mode = args.jepsen.as_deref().map(mode).transpose()?;
    let file = inside(file);
    let page = match mode {
        Some(mode) => foreign(&file, mode, Options { ww_deps: args.ww_deps })?,
        None if limitless(args) && args.plain.meant(&file) => plain::page(&file, &args.plain)?,
        None => own(&file, args)?,
    };
    if args.json {
        print_json(&page.report)?;
    } else {
        println!("{}", page.told(&file));
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
    let names = ["history.edn", "history.jsonl"].map(|name| path.join(name));
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
    Ok(page::Page { judged_by: Some(mode.name), report, excerpts })
}

/// Which of Jepsen's checkers a history is for.
fn fitting(history: &History) -> String {
    let fitting: Vec<&str> = MODES.iter().filter(|mode| mode.fits(history)).map(|mode| mode.name).collect();
    if !fitting.is_empty() {
        return format!("it can be judged by: {}", fitting.join(", "));
    }
    let functions: BTreeSet<String> =
        history.clients().map(|(_, operation)| history.function(operation.function).to_string()).collect();
    let functions: Vec<String> = functions.into_iter().collect();
    match functions.as_slice() {
        [] => "it has no operations".to_owned(),
        functions => format!("no checker here judges what it has: {}", functions.join(", ")),
    }
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

/// Why a file is refused, with what the reader may have meant.
fn refused(path: &Path, error: ReadError, ours: bool) -> LabError {
    let hint = match (ours, looks(path)) {
        (true, Some(Looks::Edn)) => {
            let names: Vec<&str> = MODES.iter().map(|mode| mode.name).collect();
            format!(
                "\nThis looks like a history of Jepsen's; say by which of its checkers to judge it: {} check --jepsen {} {}",
                this_program(),
                names.join("|"),
                path.display()
            )
        }
        (false, Some(Looks::Own)) => "\nThis is a history of the lab's own: leave --jepsen out.".to_owned(),
        (true, None) => start(path).and_then(|start| plain::hint(&start)).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    LabError::History { path: path.to_owned(), error: Box::new(error), hint }
}

/// So many bytes of a file are looked at to tell what it is.
const START: u64 = 4_096;

/// The beginning of a file, without the mark that some editors write before UTF-8.
fn start(path: &Path) -> Option<Vec<u8>> {
    let mut start = Vec::new();
    BufReader::new(File::open(path).ok()?).take(START).read_to_end(&mut start).ok()?;
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&start);
    Some(text.trim_ascii().to_owned())
}

/// Whether a file has no content.
fn is_blank(path: &Path) -> bool {
    let short = fs::metadata(path).is_ok_and(|file| file.len() <= START);
    short && start(path).is_some_and(|start| start.is_empty())
}

/// What a file looks like at its beginning.
enum Looks {
    Own,
    Edn,
}

fn looks(path: &Path) -> Option<Looks> {
    let start = start(path)?;
    if start.starts_with(b"{\"history\"") {
        return Some(Looks::Own);
    }
    let edn = [&b"{:"[..], b"[{:", b"({:", b"#jepsen", b"[#jepsen", b"["]
        .iter()
        .any(|begin| start.starts_with(begin));
    edn.then_some(Looks::Edn)
}
