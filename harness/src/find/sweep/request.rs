//! What campaigns were asked to run, kept beside their results: what was asked for and never run is known also where results of
//! several machines, of which one was killed, are put together.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use super::row::{Row, RowName};

/// Rows and their seeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Request {
    /// The rows.
    pub rows: Vec<RowName>,
    /// The first seed.
    pub from: u64,
    /// Behind the last; without it as many as there was time for, but some of every row.
    pub to: Option<u64>,
}

/// A row that was asked for, and how much of it is not there.
#[derive(Clone, Copy)]
pub struct Due<'a> {
    /// The row.
    pub row: Row<'a>,
    /// So many of its seeds were asked for and not run.
    pub missing: u64,
}

impl Request {
    /// How many seeds of a row were asked for and not run.
    fn missing(&self, row: &RowName, done: &Ledger) -> u64 {
        let Some(to) = self.to.filter(|_| self.rows.contains(row)) else { return 0 };
        done.missing(row, self.from..to).iter().map(|seeds| seeds.end - seeds.start).sum()
    }

    /// The rows that were asked for, or run without that being known, in the order of `rows`.
    #[must_use]
    pub fn due<'a>(requests: &[Request], rows: &[Row<'a>], done: &Ledger) -> Vec<Due<'a>> {
        let due = rows.iter().filter_map(|&row| {
            let name = row.name();
            let asked = requests.iter().any(|request| request.rows.contains(&name));
            let missing = requests.iter().map(|request| request.missing(&name, done)).max().unwrap_or(0);
            (asked || done.summary(&name).runs > 0).then_some(Due { row, missing })
        });
        due.collect()
    }

    /// The requests that are kept in this folder. A line that is none, such as a torn one, is left out.
    pub(super) fn read(folder: &Path) -> io::Result<Vec<Request>> {
        match fs::read_to_string(file(folder)) {
            Ok(text) => Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Adds it to those that are kept in this folder, if it is new.
    pub(super) fn keep(&self, folder: &Path) -> io::Result<()> {
        if Self::read(folder)?.contains(self) {
            return Ok(());
        }
        let mut text = serde_json::to_string(self)?;
        text.push('\n');
        File::options().append(true).create(true).open(file(folder))?.write_all(text.as_bytes())
    }

    /// Forgets the requests of another build.
    pub(super) fn forget_all(folder: &Path) -> io::Result<()> {
        match fs::remove_file(file(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("requests.jsonl")
}
