//! The fast path: a line exactly as the recorder writes it, read without looking at any byte twice. Whatever differs in a single
//! byte, and whatever is rare, is left to serde; a test shows that both read the same.

use crate::{Disposition, Entry, Event, MessageId, Name, Names, Phase, Scope, Time, TopicPartition};

/// A line that was read.
pub(super) struct Fast {
    pub(super) index: u64,
    pub(super) entry: Entry,
    /// Its length, with the newline.
    pub(super) length: usize,
}

/// The names that were met last, so that most are known without a search.
#[derive(Debug)]
pub(super) struct Cache {
    slots: Vec<Option<(Box<[u8]>, Name)>>,
}

const SLOTS: usize = 256;

impl Default for Cache {
    fn default() -> Self {
        Cache { slots: vec![None; SLOTS] }
    }
}

impl Cache {
    fn name(&mut self, text: &[u8], names: &mut Names) -> Option<Name> {
        let slot = &mut self.slots[place(text)];
        if let Some((known, name)) = slot
            && **known == *text
        {
            return Some(*name);
        }
        let name = names.intern(std::str::from_utf8(text).ok()?);
        *slot = Some((text.into(), name));
        Some(name)
    }
}

/// Where a name is cached: names differ at their ends.
fn place(text: &[u8]) -> usize {
    let end = text.iter().rev().take(4).fold(text.len(), |hash, &byte| hash * 31 + usize::from(byte));
    end % SLOTS
}

/// Reads the line at the beginning of some bytes; `None` where it is not all there, or not exactly as it is written.
pub(super) fn line(bytes: &[u8], cache: &mut Cache, names: &mut Names) -> Option<Fast> {
    let mut scan = Scan { bytes, at: 0, cache, names };
    scan.text(b"{\"index\":")?;
    let index = scan.number()?;
    scan.text(b",")?;
    if scan.bytes.get(scan.at + 1)? == &b'o' {
        scan.text(b"\"op\":")?;
        scan.number()?;
        scan.text(b",")?;
    }
    scan.text(b"\"time\":")?;
    let time: Time = scan.number()?;
    scan.text(b",\"process\":")?;
    let process = scan.name()?;
    scan.text(b",\"type\":\"")?;
    let phase = scan.phase()?;
    scan.text(b"\",\"f\":\"")?;
    let event = scan.event(phase)?;
    scan.text(b"}}\n")?;
    Some(Fast { index, entry: Entry { time, process, event }, length: scan.at })
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    cache: &'a mut Cache,
    names: &'a mut Names,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn text(&mut self, expected: &[u8]) -> Option<()> {
        let found = self.bytes.get(self.at..self.at + expected.len())?;
        (found == expected).then(|| self.at += expected.len())
    }

    /// A number as it is written: without sign, leading zero or fraction, and within 64 bits.
    fn number(&mut self) -> Option<u64> {
        let from = self.at;
        let mut number = 0_u64;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            number = number.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
            self.at += 1;
        }
        let digits = self.at - from;
        (digits == 1 || (digits > 1 && self.bytes[from] != b'0')).then_some(number)
    }

    fn small(&mut self) -> Option<u32> {
        self.number()?.try_into().ok()
    }

    /// A string without escapes, between its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.text(b"\"")?;
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)?;
        self.at += length;
        self.text(b"\"")?;
        Some(&rest[..length])
    }

    fn name(&mut self) -> Option<Name> {
        let text = self.string()?;
        self.cache.name(text, self.names)
    }

    fn phase(&mut self) -> Option<Phase> {
        let (word, phase): (&[u8], Phase) = match self.peek()? {
            b'o' => (b"ok", Phase::Ok),
            b'f' => (b"fail", Phase::Fail),
            b'i' if self.bytes.get(self.at + 2)? == &b'v' => (b"invoke", Phase::Invoke),
            _ => (b"info", Phase::Info),
        };
        self.text(word)?;
        Some(phase)
    }

    fn id(&mut self) -> Option<MessageId> {
        self.text(b"\"id\":")?;
        let before = self.at;
        if let Some(id) = self.packed() {
            return Some(id);
        }
        self.at = before;
        let text = std::str::from_utf8(self.string()?).ok()?;
        Some(self.names.identify(text))
    }

    fn packed(&mut self) -> Option<MessageId> {
        self.text(b"\"p")?;
        let producer = self.small()?;
        self.text(b"-")?;
        let number = self.small()?;
        self.text(b"\"")?;
        (producer != MessageId::FOREIGN).then_some(MessageId { producer, number })
    }

    fn log(&mut self) -> Option<TopicPartition> {
        self.text(b"\"topic\":")?;
        let topic = self.name()?;
        self.text(b",\"partition\":")?;
        Some(TopicPartition { topic, partition: self.small()? })
    }

    fn group(&mut self) -> Option<Name> {
        self.text(b"\"group\":")?;
        let group = self.name()?;
        self.text(b",")?;
        Some(group)
    }

    fn offset(&mut self) -> Option<u64> {
        self.text(b",\"offset\":")?;
        self.number()
    }

    /// The rest of a line from its `f` on, up to the braces at its end. A row per frequent event; the others are left to serde.
    fn event(&mut self, phase: Phase) -> Option<Event> {
        let from = self.at;
        let length = self.bytes[from..].iter().take(12).position(|&byte| byte == b'"')?;
        self.at += length;
        self.text(b"\",\"value\":{")?;
        let (bytes, info) = (self.bytes, phase == Phase::Info);
        match &bytes[from..from + length] {
            b"send" => self.send(phase),
            b"poll" if phase == Phase::Ok => {
                let (group, log, offset) = (self.group()?, self.log()?, self.offset()?);
                self.text(b",")?;
                Some(Event::Poll { group, log, offset, id: self.id()? })
            }
            b"settle" => {
                let (group, log) = (self.group()?, self.log()?);
                self.text(b",\"upto\":")?;
                let upto = self.number()?;
                self.text(b",\"generation\":")?;
                let (what, how) = (Scope::UpTo(upto), Disposition::Done);
                Some(Event::Settle { phase, group, log, what, how, generation: self.number()? })
            }
            b"effect" => {
                self.text(b"\"sink\":")?;
                let sink = self.name()?;
                self.text(b",")?;
                Some(Event::Effect { phase, sink, id: self.id()? })
            }
            b"intent" if info => {
                let id = self.id()?;
                self.text(b",\"key\":")?;
                Some(Event::Intent { id, key: self.number()? })
            }
            b"answered" if info => Some(Event::Answered { id: self.id()? }),
            b"apply" if info => Some(Event::Apply { id: self.id()? }),
            b"append" if info => {
                let (log, offset) = (self.log()?, self.offset()?);
                self.text(b",\"epoch\":")?;
                let epoch = self.small()?;
                self.text(b",")?;
                Some(Event::Append { log, offset, epoch, id: self.id()? })
            }
            b"watermark" if info => {
                let (log, offset) = (self.log()?, self.offset()?);
                Some(Event::Watermark { log, offset })
            }
            b"logged" if info => {
                let (log, offset) = (self.log()?, self.offset()?);
                self.text(b",")?;
                // With a stamp the line goes on, and the braces do not fit.
                Some(Event::Logged { log, offset, id: self.id()?, stamp: None })
            }
            _ => None,
        }
    }

    fn send(&mut self, phase: Phase) -> Option<Event> {
        let log = self.log()?;
        let known = self.bytes.get(self.at + 2)? == &b'o';
        let offset = if known { Some(self.offset()?) } else { None };
        self.text(b",")?;
        // With `acks` the line goes on, and the braces do not fit.
        Some(Event::Send { phase, log, offset, id: self.id()?, awaits_ack: true })
    }
}
