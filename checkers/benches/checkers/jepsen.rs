//! Large clean histories as Jepsen writes them, and the modes over them.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use checkers::fifo::{self, Event, Outcome};
use checkers::jepsen::{MODES, Options, read};

use super::{Steps, cost, open};

/// Messages in one poll.
const POLLED: usize = 10;

/// Writes a history of so many operations.
type Make = fn(usize, &mut dyn Write);

/// The modes that are measured, each with its history.
const HISTORIES: &[(&str, Make)] =
    &[("kafka", kafka), ("list-append", list_append), ("total-queue", queue), ("fifo", queue)];

/// Measures everything.
pub fn measure(operations: usize, folder: &Path) {
    for (mode, make) in HISTORIES {
        let file = folder.join("history.edn");
        let mut output = BufWriter::new(File::create(&file).unwrap());
        make(operations, &mut output);
        output.flush().unwrap();
        drop(output);
        let mut steps = Steps::new(operations, mode);
        steps.add("reading EDN", cost(|| read(open(&file)).unwrap()));
        let history = read(open(&file)).unwrap();
        let mode = MODES.iter().find(|its| its.name == *mode).unwrap();
        let judging = cost(|| {
            let report = mode.check(&history, Options::default());
            assert_eq!(
                (&report.anomalies[..], &report.unknown[..]),
                (&[][..], &[][..]),
                "the history is clean"
            );
        });
        steps.add("judging", judging);
        println!("{}\n", steps.table);
    }
    monitor(operations);
}

/// The FIFO monitor by itself: so many operations are twice as many events.
fn monitor(operations: usize) {
    let values = u32::try_from(operations / 2).unwrap();
    let mut events = Vec::with_capacity(2 * operations);
    for value in 0..values {
        events.extend([Event::EnqueueInvoked(value), Event::EnqueueReturned(value)]);
        if value >= 8 {
            events.extend([Event::DequeueInvoked(value - 8), Event::DequeueReturned(value - 8)]);
        }
    }
    let mut steps = Steps::new(operations, "FIFO monitor, in memory");
    steps.add("one pass", cost(|| assert_eq!(fifo::check(&events), Outcome::Valid)));
    println!("{}", steps.table);
}

/// An operation map.
pub fn put(output: &mut dyn Write, index: usize, process: usize, kind: &str, f: &str, value: &str) {
    writeln!(
        output,
        "{{:index {index}, :time {}, :process {process}, :type :{kind}, :f :{f}, :value {value}}}",
        index * 1_000
    )
    .unwrap();
}

fn kafka(operations: usize, output: &mut dyn Write) {
    let (mut index, mut sent, mut value) = (0, 0, String::new());
    while index + 2 * (POLLED + 1) <= operations {
        let first = sent;
        for _ in 0..POLLED {
            put(output, index, sent % 8, "invoke", "send", &format!("[[:send {} {sent}]]", sent / 1_000_000));
            let pair = format!("[[:send {} [{} {sent}]]]", sent / 1_000_000, sent % 1_000_000);
            put(output, index + 1, sent % 8, "ok", "send", &pair);
            (index, sent) = (index + 2, sent + 1);
        }
        put(output, index, 8, "invoke", "poll", "[[:poll]]");
        value.clear();
        write!(value, "[[:poll {{{} [", first / 1_000_000).unwrap();
        (first..sent).for_each(|message| write!(value, "[{} {message}] ", message % 1_000_000).unwrap());
        value.push_str("]}]]");
        put(output, index + 1, 8, "ok", "poll", &value);
        index += 2;
    }
}

/// Transactions that append to lists and read them.
pub fn list_append(operations: usize, output: &mut dyn Write) {
    let mut index = 0;
    for number in 0..operations / 2 {
        // Lists of up to eight elements, each transaction reads and appends.
        let (list, element) = (number / 8, number % 8);
        let read: Vec<String> = (0..element).map(|element| element.to_string()).collect();
        put(
            output,
            index,
            number % 8,
            "invoke",
            "txn",
            &format!("[[:r {list} nil] [:append {list} {element}]]"),
        );
        let done = format!("[[:r {list} [{}]] [:append {list} {element}]]", read.join(" "));
        put(output, index + 1, number % 8, "ok", "txn", &done);
        index += 2;
    }
}

fn queue(operations: usize, output: &mut dyn Write) {
    let mut index = 0;
    for value in 0..operations / 4 {
        let taken = value.to_string();
        for (process, f, invoked) in [(0, "enqueue", taken.as_str()), (1, "dequeue", "nil")] {
            put(output, index, process, "invoke", f, invoked);
            put(output, index + 1, process, "ok", f, &taken);
            index += 2;
        }
    }
}
