//! A queue that does its work, and how its clients may write that down.

use std::collections::VecDeque;

use proptest::prelude::*;

/// A line, before anybody has written it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) client: &'static str,
    pub(super) operation: &'static str,
    pub(super) id: String,
    pub(super) outcome: &'static str,
}

/// A line.
pub(super) fn line(client: &'static str, operation: &'static str, id: &str, outcome: &'static str) -> Line {
    Line { client, operation, id: id.to_owned(), outcome }
}

/// One thing that happens to a queue that does its work.
#[derive(Clone, Debug)]
enum Happens {
    /// An enqueue, with an outcome that is known or not; one that is not may have been stored.
    Enqueue { producer: usize, known: bool, stored: bool },
    /// Whoever is next takes what is next, and settles it, or dies and it comes again.
    Take { consumer: usize, dies: bool, begins: bool },
}

pub(super) const PRODUCERS: [&str; 2] = ["web-1", "web-2"];
pub(super) const CONSUMERS: [&str; 2] = ["billing-1", "billing-2"];

fn happens() -> impl Strategy<Value = Happens> {
    let enqueue = (0_usize..2, any::<bool>(), any::<bool>())
        .prop_map(|(producer, known, stored)| Happens::Enqueue { producer, known, stored });
    let take = (0_usize..2, prop::bool::weighted(0.2), any::<bool>())
        .prop_map(|(consumer, dies, begins)| Happens::Take { consumer, dies, begins });
    prop_oneof![enqueue, take]
}

/// The log of a first-in-first-out queue that does its work and is read until it is empty.
pub(super) fn correct() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(happens(), 1..40).prop_map(|happens| {
        let (mut log, mut queue) = (Vec::new(), VecDeque::new());
        for (number, happens) in happens.into_iter().enumerate() {
            match happens {
                Happens::Enqueue { producer, known, stored } => {
                    let (client, id) = (PRODUCERS[producer], format!("m{number}"));
                    log.push(line(client, "enqueue", &id, "invoke"));
                    log.push(line(client, "enqueue", &id, if known { "ok" } else { "info" }));
                    queue.extend((known || stored).then_some(id));
                }
                Happens::Take { consumer, dies, begins } => {
                    take(CONSUMERS[consumer], dies, begins, &mut queue, &mut log);
                }
            }
        }
        while !queue.is_empty() {
            take(CONSUMERS[0], false, true, &mut queue, &mut log);
        }
        log
    })
}

fn take(client: &'static str, dies: bool, begins: bool, queue: &mut VecDeque<String>, log: &mut Vec<Line>) {
    log.extend(begins.then(|| line(client, "dequeue", "", "invoke")));
    let Some(id) = queue.front() else {
        log.push(line(client, "dequeue", "", "fail"));
        return;
    };
    log.push(line(client, "dequeue", id, "ok"));
    if !dies {
        log.push(line(client, "effect", id, "ok"));
        log.push(line(client, "ack", id, "ok"));
        queue.pop_front();
    }
}

/// How a log is written down.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Table { separator: char, end: &'static str, times: bool },
    Objects,
}

pub(super) fn shape() -> impl Strategy<Value = Shape> {
    let separators = prop::sample::select(vec![',', ';', '\t']);
    let table = (separators, prop::sample::select(vec!["\n", "\r\n"]), any::<bool>())
        .prop_map(|(separator, end, times)| Shape::Table { separator, end, times });
    prop_oneof![table, Just(Shape::Objects)]
}

pub(super) fn written(log: &[Line], shape: Shape) -> String {
    let row = |(number, line): (usize, &Line)| {
        let Line { client, operation, id, outcome } = line;
        let time = 1_764_184_181_000 + number;
        match shape {
            Shape::Objects => format!(
                "{{\"ts\":{time},\"worker\":\"{client}\",\"op\":\"{operation}\",\"id\":\"{id}\",\"status\":\"{outcome}\"}}\n"
            ),
            Shape::Table { separator, end, times } => {
                let time = if times { time.to_string() } else { String::new() };
                let cells = [&time, *client, *operation, &format!("\"{id}\""), *outcome];
                format!("{}{end}", cells.join(&separator.to_string()))
            }
        }
    };
    let header = match shape {
        Shape::Objects => String::new(),
        Shape::Table { separator, end, .. } => {
            format!("{}{end}", ["time", "client", "operation", "id", "outcome"].join(&separator.to_string()))
        }
    };
    log.iter().enumerate().map(row).fold(header, |text, row| text + &row)
}
