//! Writes history files.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::VERSION;
use super::encode::Value;
use super::line::{Header, Written};
use super::lines;
use crate::{Disposition, Entry, Event, MessageId, Name, Names, Phase, Scope, TopicPartition};

/// Writes a whole history.
///
/// # Errors
/// Those of the output.
pub fn write(output: impl Write, names: &Names, entries: &[Entry]) -> io::Result<()> {
    let mut writer = Writer::new(output)?;
    for entry in entries {
        writer.write(names, entry)?;
    }
    writer.finish().map(drop)
}

/// Writes a history entry by entry. Completions get the index of their invocation: the last one of the same process and
/// subject that has not ended.
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    index: u64,
    open: BTreeMap<(Name, Subject), u64>,
}

/// What an operation is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Send(MessageId),
    Settle(Name, TopicPartition, Scope, Disposition),
    Effect(Name, MessageId),
}

impl<W: Write> Writer<W> {
    /// Writes the header. The output should be buffered.
    ///
    /// # Errors
    /// Those of the output.
    pub fn new(output: W) -> io::Result<Self> {
        let mut writer = Writer { output, index: 0, open: BTreeMap::new() };
        writer.line(&Header { history: VERSION })?;
        Ok(writer)
    }

    /// Writes one entry.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&mut self, names: &Names, entry: &Entry) -> io::Result<()> {
        let op = self.invocation(entry);
        let index = self.index;
        self.index += 1;
        let f = lines::of(entry.event.kind()).f;
        let (process, phase) = (names.text(entry.process), lines::type_of(&entry.event));
        let value = Value { event: &entry.event, names };
        self.line(&Written { index, op, time: entry.time, process, phase, f, value })
    }

    /// Ends the file and hands the output back.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }

    /// Notes an invocation, or finds that of a completion.
    fn invocation(&mut self, entry: &Entry) -> Option<u64> {
        let (phase, subject) = match entry.event {
            Event::Send { phase, id, .. } => (phase, Subject::Send(id)),
            Event::Settle { phase, group, log, ref what, how, .. } => {
                (phase, Subject::Settle(group, log, what.clone(), how))
            }
            Event::Effect { phase, sink, id } => (phase, Subject::Effect(sink, id)),
            _ => return None,
        };
        let key = (entry.process, subject);
        if phase == Phase::Invoke {
            self.open.insert(key, self.index);
            return None;
        }
        self.open.remove(&key)
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.output, line)?;
        self.output.write_all(b"\n")
    }
}
