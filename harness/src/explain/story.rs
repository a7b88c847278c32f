//! The story of one record: whatever happened to it and to the logs it lay in, with the faults between, in sentences and in the
//! order of time.

use checkers::{Entry, Event, MessageId, Name, Names, Offset, Phase, Time, TopicPartition};

/// The story of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// What happened, and when in microseconds of the run.
    pub lines: Vec<(Time, String)>,
    /// Who held the record last: the one that it was last said to have reached.
    pub last_holder: Option<String>,
}

/// Tells the story of a record from a run's history.
#[must_use]
pub fn tell(record: &str, names: &Names, entries: &[Entry]) -> Story {
    let mut teller =
        Teller { names, record, at: Vec::new(), taken: Vec::new(), lines: Vec::new(), last_holder: None };
    entries.iter().for_each(|entry| teller.hear(entry));
    Story { lines: teller.lines, last_holder: teller.last_holder.map(|name| names.text(name).to_owned()) }
}

struct Teller<'a> {
    names: &'a Names,
    record: &'a str,
    /// Where the record was said to lie.
    at: Vec<(TopicPartition, Offset)>,
    /// Where a later leader put another record in its place.
    taken: Vec<(TopicPartition, Offset)>,
    lines: Vec<(Time, String)>,
    last_holder: Option<Name>,
}

impl Teller<'_> {
    fn hear(&mut self, entry: &Entry) {
        let who = self.names.text(entry.process).to_owned();
        if let Some(what) = self.of_the_record(entry).or_else(|| self.of_its_log(entry)) {
            self.lines.push((entry.time, format!("{who} {what}")));
        } else if let Some(what) = self.of_its_place(entry) {
            self.lines.push((entry.time, format!("{who} {what}")));
        } else if let Some(what) = self.of_the_world(entry, &who) {
            self.lines.push((entry.time, what));
        }
    }

    fn is_it(&self, id: MessageId) -> bool {
        self.names.message(id) == self.record
    }

    fn lies(&mut self, log: TopicPartition, offset: Offset) -> String {
        if !self.at.contains(&(log, offset)) {
            self.at.push((log, offset));
        }
        format!("offset {offset} of {}", self.names.log(log))
    }

    fn of_the_record(&mut self, entry: &Entry) -> Option<String> {
        let what = match entry.event {
            Event::Intent { id, .. } if self.is_it(id) => "wants to send it".to_owned(),
            Event::Send { phase, id, log, offset, awaits_ack } if self.is_it(id) => {
                if phase == Phase::Invoke {
                    self.last_holder = Some(entry.process);
                }
                match (phase, offset) {
                    (Phase::Ok, None) if awaits_ack => "hears that it is stored".to_owned(),
                    (Phase::Invoke, _) => format!("begins to send it to {}", self.names.log(log)),
                    (Phase::Ok, Some(offset)) => format!("hears that it lies at {}", self.lies(log, offset)),
                    (Phase::Ok, None) => "takes it for sent: nobody was asked for an answer".to_owned(),
                    (Phase::Fail, _) => "hears that it was not stored".to_owned(),
                    (Phase::Info, _) => "gives up; whether it was stored is unknown".to_owned(),
                }
            }
            Event::Answered { id } if self.is_it(id) => "tells its user: done".to_owned(),
            Event::Append { log, offset, epoch, id } if self.is_it(id) => {
                self.last_holder = Some(entry.process);
                format!("appends it as leader of epoch {epoch} at {}", self.lies(log, offset))
            }
            Event::Poll { group, log, offset, id } if self.is_it(id) => {
                self.last_holder = Some(entry.process);
                let group = self.names.text(group);
                format!("is handed it for {group}, from {}", self.lies(log, offset))
            }
            Event::Effect { phase, sink, id } if self.is_it(id) => {
                let sink = self.names.text(sink);
                match phase {
                    Phase::Invoke => format!("asks {sink} for its effect"),
                    Phase::Ok => format!("hears from {sink} that it took effect"),
                    Phase::Fail => format!("hears from {sink} that it took no effect"),
                    Phase::Info => format!("hears nothing from {sink}"),
                }
            }
            Event::Apply { id } if self.is_it(id) => "lets it take effect".to_owned(),
            Event::Drop { id, reason } if self.is_it(id) => format!("drops it and says so: {reason:?}"),
            Event::DeadLetter { id, .. } if self.is_it(id) => "sets it aside as a dead letter".to_owned(),
            Event::Logged { log, offset, id, .. } if self.is_it(id) => {
                format!("has it in the end, at {}", self.lies(log, offset))
            }
            _ => return None,
        };
        Some(what)
    }

    /// Another record where this one lay.
    fn of_its_place(&mut self, entry: &Entry) -> Option<String> {
        let Event::Append { log, offset, epoch, .. } = entry.event else { return None };
        let place = (log, offset);
        if !self.at.contains(&place) || self.taken.contains(&place) {
            return None;
        }
        self.taken.push(place);
        let log = self.names.log(log);
        Some(format!(
            "appends another record as leader of epoch {epoch} in its place, at offset {offset} of {log}"
        ))
    }

    /// What happens to a log that the record lies in, as far as it may concern the record.
    fn of_its_log(&self, entry: &Entry) -> Option<String> {
        match entry.event {
            Event::Watermark { log, offset } if self.first(log, false) == offset.checked_sub(1) => {
                self.first(log, false)?;
                let log = self.names.log(log);
                Some(format!(
                    "knows that every in-sync replica has it: the high watermark of {log} is {offset}"
                ))
            }
            Event::Settle { phase, log, upto, .. } if self.first(log, false)? < upto => match phase {
                Phase::Invoke => {
                    Some(format!("settles {} up to {upto}, and it with that", self.names.log(log)))
                }
                Phase::Ok => Some("hears that this is settled".to_owned()),
                Phase::Fail | Phase::Info => None,
            },
            Event::Lead { log, epoch } => {
                self.first(log, true)?;
                Some(format!("leads {} from now on, epoch {epoch}", self.names.log(log)))
            }
            Event::Truncate { log, from, to } if (to..from).contains(&self.first(log, true)?) => {
                Some(format!("cuts it off: {} ends at {to} now, it ended at {from}", self.names.log(log)))
            }
            Event::Recover { log, end, dropped_bytes } => {
                let there = if self.first(log, true)? < end { "comes up" } else { "comes up without it" };
                let dropped = match dropped_bytes {
                    0 => String::new(),
                    bytes => format!(" and {bytes} damaged bytes"),
                };
                Some(format!("{there}: finds {} up to {end}{dropped}", self.names.log(log)))
            }
            _ => None,
        }
    }

    /// The first offset of a log at which the record lies; also where another record has its place, if `taken`.
    fn first(&self, log: TopicPartition, taken: bool) -> Option<Offset> {
        let places = self.at.iter().filter(|place| place.0 == log && (taken || !self.taken.contains(place)));
        places.map(|(_, offset)| *offset).min()
    }

    fn of_the_world(&self, entry: &Entry, who: &str) -> Option<String> {
        match &entry.event {
            Event::Fault { fault, target, healed, .. } => {
                let (fault, target) = (self.names.text(*fault), self.names.text(*target));
                Some(if *healed {
                    format!("({fault} of {target} is over)")
                } else {
                    format!("*** {fault} of {target}")
                })
            }
            Event::Began if self.last_holder == Some(entry.process) => Some(format!("{who} begins anew")),
            Event::Halted { reason } => Some(format!("{who} stops itself: {reason}")),
            Event::Healed => Some("(everything is healed)".to_owned()),
            _ => None,
        }
    }
}
