//! What a file is by its beginning, which checker it is for, and what may have been meant where it is refused.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;

use checkers::files::{Problem, ReadError, unpack};
use checkers::jepsen::{self, History, MODES};
use checkers::plain::{self, Promises};

use super::super::{LabError, output, this_program};
use super::open;

/// Which of Jepsen's checkers a history is for.
pub fn fitting(history: &History) -> String {
    let fitting = modes(history);
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

/// The names of the modes that can say anything of a history.
fn modes(history: &History) -> Vec<&'static str> {
    MODES.iter().filter(|mode| mode.fits(history)).map(|mode| mode.name).collect()
}

/// Why a file is refused, with what the reader may have meant.
pub fn refused(path: &Path, error: ReadError, ours: bool) -> LabError {
    let not_ours = matches!(error.problem, Problem::NotAHistory);
    let hint = match (ours, looks(path)) {
        (true, Some(Looks::Jepsens)) if not_ours => foreign(path),
        (_, Some(Looks::Log)) => {
            "\nThis looks like Jepsen's log: the history is in history.edn or history.txt beside it."
                .to_owned()
        }
        (false, Some(Looks::Own)) => "\nThis is a history of the lab's own: leave --jepsen out.".to_owned(),
        (true, None) => start(path).and_then(|start| perhaps_a_log(&start)).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    LabError::History { path: path.to_owned(), error: Box::new(error), hint }
}

/// What may have been meant by a file that is no history of ours.
fn perhaps_a_log(start: &[u8]) -> Option<&'static str> {
    let perhaps = plain::looks(start, &Promises::default()) != plain::Looks::Otherwise;
    perhaps.then_some("\nIf it is a log of who did what with which message, say --plain.")
}

/// What to do with a history of Jepsen's.
fn foreign(path: &Path) -> String {
    let looks = "\nThis looks like a history of Jepsen's";
    let Ok(input) = open(path) else { return String::new() };
    match jepsen::read(input) {
        Err(error) => format!("{looks}, and cannot be read as one either: {error}"),
        Ok(history) => match modes(&history).as_slice() {
            [] => format!("{looks}: {}", fitting(&history)),
            fitting => format!(
                "{looks}; say by which of its checkers to judge it: {} check --jepsen {} {}",
                this_program(),
                fitting.join("|"),
                output::quoted(&path.display().to_string())
            ),
        },
    }
}

/// So many bytes of a file are looked at to tell what it is.
const START: u64 = 4_096;

/// The beginning of what a file holds, without the mark that some editors write before UTF-8.
pub fn start(path: &Path) -> Option<Vec<u8>> {
    let mut start = Vec::new();
    unpack(BufReader::new(File::open(path).ok()?)).ok()?.take(START).read_to_end(&mut start).ok()?;
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&start);
    Some(text.trim_ascii().to_owned())
}

/// Whether a file has no content.
pub fn is_blank(path: &Path) -> bool {
    let short = fs::metadata(path).is_ok_and(|file| file.len() <= START);
    short && start(path).is_some_and(|start| start.is_empty())
}

/// What a file looks like at its beginning.
pub enum Looks {
    /// One of ours.
    Own,
    /// One of Jepsen's.
    Jepsens,
    /// What Jepsen says while it runs.
    Log,
}

/// How an operation of Jepsen's begins, as a map or as the first of them all.
const EDN: &[&[u8]] = &[b"{:", b"[{", b"({", b"[[", b"#jepsen", b"[#jepsen", b"[", b";", b"#_"];

/// Who writes into Jepsen's log.
const LOG: &[&[u8]] = &[b"jepsen.core", b"jepsen.util - ", b"jepsen.util: "];

/// The second column of a line of `history.txt`.
const TYPES: &[&[u8]] = &[b":invoke", b":ok", b":info", b":fail"];

/// What a file looks like, if it looks like anything known.
pub fn looks(path: &Path) -> Option<Looks> {
    let start = start(path)?;
    if start.starts_with(b"{\"history\"") {
        return Some(Looks::Own);
    }
    if LOG.iter().any(|&from| start.windows(from.len()).any(|part| part == from)) {
        return Some(Looks::Log);
    }
    let second = start.split(|&byte| byte == b'\t').nth(1);
    let lines = second.is_some_and(|second| TYPES.contains(&second));
    (lines || EDN.iter().any(|begin| start.starts_with(begin))).then_some(Looks::Jepsens)
}
