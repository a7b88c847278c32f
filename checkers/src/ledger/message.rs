//! What became of one message, from its intent to its last effect.

use crate::{DropReason, MessageId, Name, Offset, Path, Time};

/// A position in one log of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Index into [`Ledger::logs`](crate::Ledger::logs).
    pub log: u32,
    /// The offset there.
    pub offset: Offset,
}

/// A place and when it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Where.
    pub place: Place,
    /// When, in microseconds of the run.
    pub time: Time,
}

/// An acknowledgement by a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acked {
    /// Index of the log the message was sent to.
    pub log: u32,
    /// Where it lies there, if the broker told.
    pub offset: Option<Offset>,
    /// When, in microseconds of the run.
    pub time: Time,
}

/// The business fact behind a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The producer's number, as the message's id has it.
    pub producer: u32,
    /// Who had it.
    pub process: Name,
    /// Facts of one key must take effect in order.
    pub key: u64,
    /// Its rank among the intents of its producer.
    pub rank: u32,
}

/// A send that was begun and has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSend {
    /// Who sends.
    pub process: Name,
    /// Index of the log it goes to.
    pub log: u32,
    /// When it began.
    pub time: Time,
}

/// The copies of a message in the final logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// How many different places hold it.
    pub count: u32,
    /// The first of them.
    pub first: Option<Place>,
    /// The producer id under which the first copy was stamped.
    pub stamped_by: Option<u64>,
    /// Whether every copy carries a stamp of that one producer id.
    pub one_stamp: bool,
}

impl Copies {
    pub(super) fn add(&mut self, place: Place, stamped_by: Option<u64>) {
        if self.count == 0 {
            self.first = Some(place);
            self.stamped_by = stamped_by;
            self.one_stamp = stamped_by.is_some();
        }
        self.one_stamp &= stamped_by == self.stamped_by;
        self.count += 1;
    }

    /// Who answers for a second copy: the broker where it had promised idempotence, that is where one idempotent producer id
    /// stamped them all. A producer that comes back under a new id, or never had one, asked for the second copy itself.
    #[must_use]
    pub fn path(&self) -> Path {
        if self.one_stamp { Path::Broker } else { Path::Producer }
    }
}

/// Where a message stands: what is asked about every message in the end, kept close together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its intent, where there was one.
    pub intent: Option<Intent>,
    /// Number of its producer and key among [`Ledger::lanes`](crate::Ledger::lanes); only with an intent, only once the
    /// ledger is closed.
    pub lane: u32,
    /// Whether its sender's incarnation ended while the send was open, or when its outcome was not known: the request may still be
    /// on its way, for as long as the network likes.
    pub orphaned: bool,
    /// How often, and where, the final logs hold it; only once the ledger is closed.
    pub copies: Copies,
}

impl Standing {
    /// Whether any final log holds it.
    #[must_use]
    pub fn is_logged(&self) -> bool {
        self.copies.count > 0
    }
}

/// What happened to one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its identity.
    pub id: MessageId,
    /// When the user was told "done", the first time.
    pub answered: Option<Time>,
    /// Whether anybody ever began to send it.
    pub sent: bool,
    /// When a send of it failed for certain, the first time.
    pub failed: Option<Time>,
    /// Whether any send of it succeeded or has no known outcome.
    pub perhaps_stored: bool,
    /// The last send, while it has not ended.
    pub open_send: Option<OpenSend>,
    /// The first acknowledgement.
    pub acked: Option<Acked>,
    /// The first append.
    pub appended: Option<Sighting>,
    /// The appends anywhere but at the place of the first one: by new leaders, by retries, and by deposed leaders in copies that nobody
    /// reads.
    pub appended_elsewhere: Vec<Sighting>,
    /// Who appended it last.
    pub appender: Option<Name>,
    /// Why it was given up, where that was declared.
    pub dropped: Option<DropReason>,
    /// Whether it was ever handed to an application.
    pub polled: bool,
    /// How many effects it had, over all sinks.
    pub applied: u32,
    /// When anything but its intent was first seen of it.
    pub first_seen: Option<Time>,
}

impl Message {
    pub(super) fn new(id: MessageId) -> Self {
        Message {
            id,
            answered: None,
            sent: false,
            failed: None,
            perhaps_stored: false,
            open_send: None,
            acked: None,
            appended: None,
            appended_elsewhere: Vec::new(),
            appender: None,
            dropped: None,
            polled: false,
            applied: 0,
            first_seen: None,
        }
    }

    /// When it was first seen to be appended at a place.
    #[must_use]
    pub fn appended_at(&self, place: Place) -> Option<Time> {
        let appends = self.appended.iter().chain(&self.appended_elsewhere);
        appends.filter(|append| append.place == place).map(|append| append.time).min()
    }

    /// Notes an append, and says where it lay before.
    pub(super) fn append(&mut self, by: Name, at: Sighting) -> Before {
        self.appender = Some(by);
        let Some(first) = self.appended else {
            self.appended = Some(at);
            return Before { elsewhere: false, there: false };
        };
        let there = self.appended_at(at.place).is_some();
        let elsewhere = first.place != at.place;
        if elsewhere {
            self.appended_elsewhere.push(at);
        }
        Before { elsewhere, there }
    }
}

/// Where a message lay before it was appended.
pub(super) struct Before {
    /// First at another place.
    pub(super) elsewhere: bool,
    /// At that very place.
    pub(super) there: bool,
}
