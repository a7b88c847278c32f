//! Where evidence is kept: one folder for each failure, written whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use checkers::Verdict;
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::chaos::schedule::{Expect, Schedule};
use crate::find::explain::Culprit;
use crate::run::Report;

/// A place for evidence.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// Why evidence could not be kept.
#[derive(Debug, Error)]
#[error("cannot write {path}: {source}; say another place with --store", path = path.display())]
pub struct StoreError {
    /// The file or folder.
    pub path: PathBuf,
    /// What went wrong.
    pub source: io::Error,
}

#[derive(Serialize)]
struct VerdictFile<'a> {
    version: u32,
    verdict: &'a Verdict,
}

#[derive(Serialize)]
struct CulpritFile<'a> {
    version: u32,
    #[serde(flatten)]
    culprit: &'a Culprit,
}

impl Store {
    /// The store below this folder, made when something is first kept.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Store { root: root.into() }
    }

    /// The folder that holds everything.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Finds out whether anything could be kept, before there is anything to keep: in the store's folder, or in the one in which that
    /// would be made.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when nothing can be written there.
    pub fn require(&self) -> Result<(), StoreError> {
        let here = || Path::new(".");
        let there = self.root.ancestors().find(|folder| folder.exists()).unwrap_or(here());
        let there = if there.as_os_str().is_empty() { here() } else { there };
        tempfile::tempfile_in(there).map(drop).map_err(at(&self.root))
    }

    /// The folder of one run.
    #[must_use]
    pub fn folder(&self, schedule: &Schedule) -> PathBuf {
        let run = format!("{}-{}-{}", schedule.variant, schedule.engine, schedule.seed);
        self.root.join(&schedule.scenario).join(run)
    }

    /// Keeps a run's schedule, verdict and, where it was recorded, history; returns the path of the schedule.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when a file cannot be written.
    pub fn keep(&self, schedule: &Schedule, report: &Report) -> Result<PathBuf, StoreError> {
        let folder = self.folder(schedule);
        let parent = folder.parent().unwrap_or(&self.root).to_owned();
        create_dir_all(&parent)?;
        let unfinished =
            tempfile::Builder::new().prefix(".unfinished-").tempdir_in(&parent).map_err(at(&parent))?;
        write(&unfinished.path().join("schedule.json"), schedule.to_json().as_bytes())?;
        let verdict = VerdictFile { version: 1, verdict: &report.verdict };
        let verdict = serde_json::to_vec_pretty(&verdict).map_err(|error| at(&folder)(error.into()))?;
        write(&unfinished.path().join("verdict.json"), &verdict)?;
        if let Some((names, entries)) = &report.history {
            let mut lines = Vec::new();
            checkers::files::write(&mut lines, names, entries).map_err(at(&folder))?;
            write(&unfinished.path().join("history.jsonl"), &lines)?;
        }
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(at(&folder))?;
        }
        fs::rename(unfinished.keep(), &folder).map_err(at(&folder))?;
        Ok(folder.join("schedule.json"))
    }

    /// What the verdict that is kept beside a schedule says of this anomaly, the first time that it does.
    #[must_use]
    pub fn sentence(schedule: &Path, expect: Expect) -> Option<String> {
        let text = fs::read(schedule.with_file_name("verdict.json")).ok()?;
        let kept: Value = serde_json::from_slice(&text).ok()?;
        let is = |anomaly: &&Value| {
            anomaly["kind"] == expect.anomaly.name() && anomaly["path"] == expect.path.name()
        };
        let told = kept["verdict"]["anomalies"].as_array()?.iter().find(is)?;
        told["sentence"].as_str().map(str::to_owned)
    }

    /// Keeps what an experiment found out beside the schedule it was about: `culprit.json`, and the smallest schedule, `shrunk.json`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when a file cannot be written.
    pub fn keep_culprit(schedule: &Path, culprit: &Culprit) -> Result<(), StoreError> {
        let file = schedule.with_file_name("culprit.json");
        let told = serde_json::to_vec_pretty(&CulpritFile { version: 1, culprit });
        write(&file, &told.map_err(|error| at(&file)(error.into()))?)?;
        let smallest = culprit.schedule().map(Schedule::to_json);
        smallest.map_or(Ok(()), |text| write(&schedule.with_file_name("shrunk.json"), text.as_bytes()))
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError { path, source }
}

fn create_dir_all(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(at(path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    fs::write(path, bytes).map_err(at(path))
}
