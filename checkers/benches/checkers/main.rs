//! How fast histories are read and judged, and how much memory that takes, beside a plain `serde_json` parse of the same file in
//! the same run.
//!
//! `cargo bench -p checkers` writes histories of ten million operations under the target folder and removes them
//! again. `-- 1000000` takes another number. A figure is the best of three turns, by CPU time of the whole process.

#![expect(clippy::unwrap_used, reason = "a measurement ends where it cannot go on")]

mod beside;
mod history;
mod jepsen;
mod memory;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use checkers::{Checker, Entry, Judge, Names, files};
use comfy_table::{Table, presets};
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static MEMORY: memory::Counted = memory::Counted;

const OPERATIONS: usize = 10_000_000;
const TURNS: usize = 3;

/// What one step took.
#[derive(Clone, Copy)]
struct Cost {
    seconds: f64,
    /// More than there was before, at the highest.
    bytes: usize,
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    // Both are far below what a float holds exactly.
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Seconds that a step takes of a user's time, the best of several turns.
fn by_the_clock<T>(mut step: impl FnMut() -> T) -> f64 {
    let clock = || {
        let time = clock_gettime(ClockId::Monotonic);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    let turn = |_| {
        let begun = clock();
        drop(step());
        clock() - begun
    };
    (0..TURNS).map(turn).fold(f64::MAX, f64::min)
}

/// The best of several turns.
fn cost<T>(mut step: impl FnMut() -> T) -> Cost {
    let mut best = Cost { seconds: f64::MAX, bytes: usize::MAX };
    for _ in 0..TURNS {
        let before = memory::begin();
        let begun = cpu_seconds();
        let made = step();
        best.seconds = best.seconds.min(cpu_seconds() - begun);
        best.bytes = best.bytes.min(memory::peak().saturating_sub(before));
        drop(made);
    }
    best
}

/// A table of steps over the same operations.
struct Steps {
    operations: usize,
    table: Table,
}

impl Steps {
    fn new(operations: usize, header: &str) -> Self {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header([header, "CPU s", "M operations/CPU s", "bytes/operation at the peak"]);
        Steps { operations, table }
    }

    fn add(&mut self, name: &str, cost: Cost) {
        let millions = self.operations as f64 / 1e6;
        self.table.add_row([
            name.to_owned(),
            format!("{:.2}", cost.seconds),
            format!("{:.1}", millions / cost.seconds),
            format!("{:.0}", cost.bytes as f64 / self.operations as f64),
        ]);
    }
}

fn main() {
    let asked = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let operations = asked.unwrap_or(OPERATIONS);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join("history.jsonl");
    let (names, entries) = history::make(operations);
    files::write(std::io::BufWriter::new(File::create(&file).unwrap()), &names, &entries).unwrap();
    let size = std::fs::metadata(&file).unwrap().len();
    println!("{} records of our own, {:.0} bytes each", entries.len(), size as f64 / entries.len() as f64);
    reading(&file, entries.len());
    judging(&names, &entries);
    drop(entries);
    jepsen::measure(operations, folder.path());
    beside::measure(operations, folder.path());
}

fn open(path: &Path) -> BufReader<File> {
    BufReader::with_capacity(1 << 20, File::open(path).unwrap())
}

fn reading(file: &Path, records: usize) {
    let mut steps = Steps::new(records, "reading");
    let plain = cost(|| {
        let mut lines = open(file);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).unwrap() > 0 {
            serde_json::from_slice::<serde_json::Value>(&line).unwrap();
            line.clear();
        }
    });
    steps.add("plain serde_json, a value per line", plain);
    let ours = cost(|| {
        let mut reader = files::Reader::new(open(file)).unwrap();
        while reader.next_entry().unwrap().is_some() {}
    });
    steps.add("our reader, typed entries", ours);
    let whole = cost(|| files::check(open(file)).unwrap());
    steps.add("lab check: reading and every checker", whole);
    let several = by_the_clock(|| files::check_on(1, Judge::thorough, || Ok(open(file))).unwrap());
    let alone = by_the_clock(|| files::check(open(file)).unwrap());
    println!("{}", steps.table);
    println!("our reader takes {:.2} of the time of plain serde_json", ours.seconds / plain.seconds);
    let share = several / alone;
    println!(
        "one core reading and one judging take {share:.2} of the time that one alone takes, by the clock\n"
    );
}

fn judging(names: &Names, entries: &[Entry]) {
    let mut steps = Steps::new(entries.len(), "judging, in memory");
    let mut judge = |name: &str, checkers: fn() -> Vec<Box<dyn Checker>>, only: Option<usize>| {
        let took = cost(|| {
            let mut checkers = checkers();
            if let Some(only) = only {
                checkers = vec![checkers.swap_remove(only)];
            }
            let mut judge = Judge::with(checkers);
            entries.iter().for_each(|entry| judge.see(entry));
            let verdict = judge.finish(names);
            assert_eq!(verdict.anomalies, [], "the history is clean");
        });
        steps.add(name, took);
    };
    judge("the ledger alone", Vec::new, None);
    for (at, checker) in checkers::all().iter().enumerate() {
        judge(&format!("the ledger and {}", checker.name()), checkers::all, Some(at));
    }
    judge("the ledger and all of these", checkers::all, None);
    println!("{}\n", steps.table);
}
