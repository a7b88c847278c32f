//! The results of a campaign: a file that is only ever appended to, one line for each chunk of seeds. Whatever kills the
//! campaign, at most its last line is torn, and that is cut off when it goes on.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::ledger::Ledger;
use super::record::Record;
use super::request::Request;
use crate::trace::hash_bytes;

/// The version of the format.
const VERSION: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Header {
    sweep: u32,
    /// Which program ran it: a seed is a run of one build.
    build: String,
}

/// Why results cannot be kept or read.
#[derive(Debug, Error)]
pub enum ResultsError {
    /// A file or folder failed.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// How.
        source: io::Error,
    },
    /// No sweep wrote there.
    #[error("there are no results of a sweep in {folder}", folder = folder.display())]
    Absent {
        /// The folder.
        folder: PathBuf,
    },
    /// Somebody else writes there.
    #[error("another sweep writes to {path}: wait for it, or give this one a folder of its own with --store FOLDER", path = path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A line that is none.
    #[error("{path}, line {line}: {what}; move the file away to begin anew", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// Results of another program.
    #[error("{path} was written by another build of this program ({build}), whose seeds are other runs", path = path.display())]
    OtherBuild {
        /// The file.
        path: PathBuf,
        /// The other build.
        build: String,
    },
}

/// A file of results, open for more; nobody else can open it so.
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
    file: File,
    length: u64,
    ledger: Ledger,
    /// Where the results of another build were moved to.
    pub set_aside: Option<PathBuf>,
}

impl Results {
    /// Opens the results in this folder, which is made when it does not exist. Results of another build are set aside.
    ///
    /// # Errors
    ///
    /// [`ResultsError`].
    pub fn open(folder: &Path) -> Result<Self, ResultsError> {
        fs::create_dir_all(folder).map_err(at(folder))?;
        let path = path(folder);
        let mut file = lock(&path)?;
        let mut set_aside = None;
        let (ledger, length) = match read(&path, &mut file) {
            Err(ResultsError::OtherBuild { build, .. }) => {
                let aside = folder.join(format!("results-{build}.jsonl"));
                fs::rename(&path, &aside).map_err(at(&path))?;
                Request::forget_all(folder).map_err(at(folder))?;
                set_aside = Some(aside);
                file = lock(&path)?;
                (Ledger::default(), 0)
            }
            read => read?,
        };
        let mut results = Results { path, file, length, ledger, set_aside };
        if results.length == 0 {
            results.write(&Header { sweep: VERSION, build: this_build()?.to_owned() })?;
        }
        results.file.set_len(results.length).map_err(at(&results.path))?;
        Ok(results)
    }

    /// Reads the results in a folder that somebody else may be writing to.
    ///
    /// # Errors
    ///
    /// [`ResultsError`]; results of another build among it.
    pub fn read(folder: &Path) -> Result<Ledger, ResultsError> {
        let path = path(folder);
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ResultsError::Absent { folder: folder.to_owned() });
            }
            opened => opened.map_err(at(&path))?,
        };
        read(&path, &mut file).map(|(ledger, _)| ledger)
    }

    /// What was asked for in this folder.
    ///
    /// # Errors
    ///
    /// [`ResultsError`].
    pub fn requests(folder: &Path) -> Result<Vec<Request>, ResultsError> {
        Request::read(folder).map_err(at(folder))
    }

    /// Keeps what is asked for, before anything of it is run.
    ///
    /// # Errors
    ///
    /// [`ResultsError`].
    pub fn ask(&mut self, request: &Request) -> Result<(), ResultsError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        request.keep(folder).map_err(at(folder))
    }

    /// What has been run so far.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Adds results. When this fails, what was written before is whole.
    ///
    /// # Errors
    ///
    /// [`ResultsError`] when the disk is full, for instance.
    pub fn append(&mut self, record: Record) -> Result<(), ResultsError> {
        self.write(&record)?;
        self.ledger.add(record);
        Ok(())
    }

    /// Adds results, unless all of their seeds are counted already.
    ///
    /// # Errors
    ///
    /// As [`Results::append`].
    pub fn append_new(&mut self, record: Record) -> Result<(), ResultsError> {
        let row = [record.scenario.clone(), record.variant.clone(), record.engine.clone()];
        if self.ledger.missing(&row, record.from..record.to).is_empty() {
            return Ok(());
        }
        self.append(record)
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), ResultsError> {
        let mut text = serde_json::to_vec(line).map_err(|error| at(&self.path)(error.into()))?;
        text.push(b'\n');
        let written = self.file.seek(SeekFrom::Start(self.length)).and_then(|_| self.file.write_all(&text));
        if let Err(error) = written {
            // What there is of the line is cut off by the next to open it, if it cannot be now.
            let _ = self.file.set_len(self.length);
            return Err(at(&self.path)(error));
        }
        self.length += text.len() as u64;
        Ok(())
    }
}

/// The file of results in a folder.
fn path(folder: &Path) -> PathBuf {
    folder.join("results.jsonl")
}

fn lock(path: &Path) -> Result<File, ResultsError> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).open(path).map_err(at(path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ResultsError::Busy { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(ResultsError::Io { path: path.to_owned(), source }),
    }
}

/// What a file holds, and how much of it is whole lines.
fn read(path: &Path, file: &mut File) -> Result<(Ledger, u64), ResultsError> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(at(path))?;
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let mut lines = bytes[..whole].split_inclusive(|&byte| byte == b'\n').zip(1..);
    let wrong = |line, what: String| ResultsError::Line { path: path.to_owned(), line, what };
    let mut ledger = Ledger::default();
    let Some((first, _)) = lines.next() else { return Ok((ledger, 0)) };
    let header: Header = serde_json::from_slice(first).map_err(|error| wrong(1, error.to_string()))?;
    if header.sweep != VERSION {
        return Err(wrong(1, format!("version {} is unknown, this is version {VERSION}", header.sweep)));
    }
    if header.build != this_build()? {
        return Err(ResultsError::OtherBuild { path: path.to_owned(), build: header.build });
    }
    for (text, line) in lines {
        ledger.add(serde_json::from_slice(text).map_err(|error| wrong(line, error.to_string()))?);
    }
    Ok((ledger, whole as u64))
}

/// A name for the program that runs now: what it is made of, byte by byte.
fn this_build() -> Result<&'static str, ResultsError> {
    static BUILD: OnceLock<String> = OnceLock::new();
    if let Some(build) = BUILD.get() {
        return Ok(build);
    }
    let program = std::env::current_exe().map_err(at(Path::new("this program")))?;
    let bytes = fs::read(&program).map_err(at(&program))?;
    Ok(BUILD.get_or_init(|| format!("{:016x}", hash_bytes(&bytes))))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ResultsError {
    let path = path.to_owned();
    move |source| ResultsError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::sweep::Summary;

    fn record(from: u64) -> Record {
        let [scenario, variant, engine] = ["orders", "safe", "direct"].map(str::to_owned);
        let summary = Summary { runs: 10, valid: 10, ..Summary::default() };
        Record { scenario, variant, engine, from, to: from + 10, summary }
    }

    fn runs(ledger: &Ledger) -> u64 {
        ledger.summary(&["orders", "safe", "direct"].map(str::to_owned)).runs
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_the_rest_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut results = Results::open(folder.path()).unwrap();
        [0, 10].into_iter().for_each(|from| results.append(record(from)).unwrap());
        drop(results);
        let file = path(folder.path());
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, &text[..text.len() - 7]).unwrap();
        let mut results = Results::open(folder.path()).unwrap();
        assert_eq!(runs(results.ledger()), 10);
        results.append(record(10)).unwrap();
        drop(results);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }

    #[test]
    fn two_cannot_write_to_one_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = Results::open(folder.path()).unwrap();
        assert!(matches!(Results::open(folder.path()), Err(ResultsError::Busy { .. })));
        assert_eq!(runs(&Results::read(folder.path()).unwrap()), 0, "reading is free");
        drop(first);
        assert!(Results::open(folder.path()).is_ok());
    }

    #[test]
    fn results_of_another_build_are_set_aside_and_not_counted() {
        let folder = tempfile::tempdir().unwrap();
        let file = path(folder.path());
        let other = "{\"sweep\":1,\"build\":\"0123456789abcdef\"}\n";
        fs::write(&file, other).unwrap();
        assert!(matches!(Results::read(folder.path()), Err(ResultsError::OtherBuild { .. })));
        let results = Results::open(folder.path()).unwrap();
        let aside = results.set_aside.clone().unwrap();
        assert_eq!(fs::read_to_string(aside).unwrap(), other);
        assert_eq!(runs(results.ledger()), 0);
    }

    #[test]
    fn a_line_that_is_none_is_named_with_its_number() {
        let folder = tempfile::tempdir().unwrap();
        drop(Results::open(folder.path()).unwrap());
        let file = path(folder.path());
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text + "{\"scenario\":1}\n").unwrap();
        let error = Results::open(folder.path()).unwrap_err();
        assert!(matches!(error, ResultsError::Line { line: 2, .. }), "{error}");
    }
}
