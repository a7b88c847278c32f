//! What one topic partition has still to be sent, in the order of the sends, and what its requests came to.
//!
//! # Why a new epoch never duplicates
//!
//! An idempotent queue never leaves a hole in its sequence by itself: a batch whose outcome is in doubt is sent again with
//! the same stamp until a leader decides, even after the user was told *unknown*. A batch leaves the window only
//!
//! 1. *stored*: its leader, and every later one that may rightly lead, has it (or the log is past its number), or
//! 2. *given up*: each of its attempts was answered *not stored*, so it is in no log and never will be.
//!
//! A batch is numbered when it is first sent in an epoch, and one that is given up gives back a number that was the last. Otherwise
//! a queue whose batches all come to the end of their time would stand still for good: the oldest is numbered anew after a gap, is
//! given up while it rests, and the next one finds a gap where its number was.
//!
//! Let the leader answer [`Refusal::SequenceGap`] to a batch that was the oldest of the window when it was sent. A number
//! before it is missing at the leader, and all those before it left the window. Brokers that derive their producer state from
//! the log have every stored one, so the missing one was given up, and no log will ever hold it. Such brokers append a
//! number only right after the one before it, so in this epoch nothing behind the missing one was appended anywhere, nor
//! can it be: not even by an attempt that still hangs in the network. All batches of the window lie behind it. Hence they
//! may be numbered anew in the next epoch, and be sent again, and none is stored twice.
//!
//! A batch that was *not* the oldest when it was sent proves nothing: those before it may have been on their way to another
//! leader. It just waits for its next attempt. Nor is anything renumbered while an attempt of the old epoch awaits its answer.
//! Where brokers forget producers or logs lose what they acknowledged, the premise fails, and records can be doubled.

use std::collections::VecDeque;

use super::Failure;
use super::batch::{Batch, Serial};
use super::session::Session;
use crate::client::turn::Turn;
use crate::types::earliest;
use crate::wire::client::Refusal;
use crate::{MessageId, Micros, Now, Offset, ProducerStamp, Record, Records, TopicPartition};

/// How the send of one record ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Stored(Offset),
    Failed(Failure),
    Unknown,
}

/// How a queue treats its batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Discipline {
    /// Batches are stamped, and never sent while an earlier one waits for its retry.
    pub(super) idempotent: bool,
    /// So many batches may be unresolved.
    pub(super) in_flight: usize,
    /// So many records travel together at most.
    pub(super) batch_records: usize,
}

/// The sends to one topic partition.
#[derive(Clone, Debug, Hash)]
pub(super) struct Queue {
    pub(super) topic_partition: TopicPartition,
    discipline: Discipline,
    waiting: VecDeque<Waiting>,
    window: VecDeque<Batch>,
    next_serial: Serial,
    session: Option<Session>,
    lost: Option<LostSequence>,
}

/// A record that no request was made for yet.
#[derive(Clone, Debug, Hash)]
struct Waiting {
    record: Record,
    deadline: Micros,
}

/// Why the sequence cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum LostSequence {
    /// A number is missing that nobody will send.
    Gap,
    /// Somebody else uses a newer epoch of the id. What this window's doubted batches came to cannot be found out any more.
    Fenced,
}

impl Queue {
    pub(super) fn new(topic_partition: TopicPartition, discipline: Discipline) -> Self {
        Queue {
            topic_partition,
            discipline,
            waiting: VecDeque::new(),
            window: VecDeque::new(),
            next_serial: 0,
            session: None,
            lost: None,
        }
    }

    pub(super) fn push(&mut self, record: Record, deadline: Micros) {
        self.waiting.push_back(Waiting { record, deadline });
    }

    /// Records whose senders do not know yet how it ended.
    pub(super) fn unresolved(&self) -> usize {
        let window = self.window.iter().filter(|b| !b.told);
        self.waiting.len() + window.map(|b| b.records.len()).sum::<usize>()
    }

    /// Whether nothing waits, and no batch is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.window.is_empty()
    }

    /// Whether a session is needed before anything can be sent.
    pub(super) fn needs_session(&self) -> bool {
        let needed = self.discipline.idempotent && self.session.is_none() && !self.is_empty();
        defect!(SessionNeverEnough: true, needed)
    }

    /// Whether its batches can be stamped.
    pub(super) fn has_session(&self) -> bool {
        self.session.is_some()
    }

    /// Begins a session of a fresh producer id.
    pub(super) fn begin(&mut self, producer: u64) {
        self.renumber(Session::new(producer));
    }

    /// The stamp of a batch of the window.
    pub(super) fn stamp(&self, at: usize) -> Option<ProducerStamp> {
        let session = self.session?;
        self.window.get(at)?.sequence.map(|sequence| session.stamp(sequence))
    }

    /// Ends rests that are over.
    pub(super) fn wake(&mut self, now: Now) {
        self.window.iter_mut().for_each(|batch| batch.turn.wake(now));
    }

    /// The next record to be sent without a batch, an answer or a second attempt (acks 0).
    pub(super) fn pop_unconfirmed(&mut self) -> Option<Records> {
        let count = self.waiting.len().min(self.discipline.batch_records.max(1));
        defect!(NothingToSend: true, count > 0)
            .then(|| self.waiting.drain(..count).map(|w| w.record).collect())
    }

    /// Whether anything could be sent if its leader were at hand.
    pub(super) fn has_next(&self) -> bool {
        self.retry().is_some() || self.may_grow()
    }

    /// The place in the window of the batch to be sent next, which may be made just now.
    pub(super) fn next(&mut self) -> Option<usize> {
        let at = self.retry().or_else(|| self.grow())?;
        if let Some(session) = &mut self.session {
            let batch = &mut self.window[at];
            let count = batch.count();
            batch.sequence.get_or_insert_with(|| session.number(count));
        }
        Some(at)
    }

    /// Makes a batch of what waits, if there is room for one.
    fn grow(&mut self) -> Option<usize> {
        if !self.may_grow() {
            return None;
        }
        let deadline = self.waiting.front()?.deadline;
        let records = self.pop_unconfirmed()?;
        self.window.push_back(Batch::new(self.next_serial, records, deadline));
        self.next_serial += 1;
        Some(self.window.len() - 1)
    }

    /// The batch at this place goes out; returns what to send, and whether it went out before.
    pub(super) fn sent(&mut self, at: usize) -> Option<(Serial, Records, bool)> {
        let batch = self.window.get_mut(at)?;
        batch.turn = Turn::Asked;
        batch.sent_as_head = defect!(HeadMistaken: at != 0, at == 0);
        batch.attempts += 1;
        Some((batch.serial, batch.records.clone(), batch.attempts > 1))
    }

    /// The records of a batch of the window.
    pub(super) fn ids(&self, serial: Serial) -> impl Iterator<Item = MessageId> {
        let batch = self.find(serial).map(|at| &self.window[at]);
        batch.into_iter().flat_map(|batch| batch.records.iter().map(|record| record.id))
    }

    /// A leader stored it.
    pub(super) fn stored(&mut self, serial: Serial, base: Offset, tell: &mut impl FnMut(MessageId, Ending)) {
        if let Some(at) = self.find(serial) {
            self.resolve(at, tell, |place| Ending::Stored(base + place));
        }
    }

    /// Whether it was stored is not known; it rests until then.
    pub(super) fn doubt(&mut self, serial: Serial, until: Micros) {
        let Some(at) = self.find(serial) else { return };
        self.window[at].doubted = true;
        if defect!(DoubtBeginsEpoch) {
            self.lost = Some(LostSequence::Gap);
        }
        self.rest(at, until);
    }

    /// This attempt stored nothing; the next is due then.
    pub(super) fn refuse(
        &mut self,
        serial: Serial,
        refusal: Refusal,
        until: Micros,
        tell: &mut impl FnMut(MessageId, Ending),
    ) {
        let Some(at) = self.find(serial) else { return };
        self.window[at].refusal = Some(refusal);
        let head = at == 0 && self.window[at].sent_as_head;
        match refusal {
            Refusal::SequenceGap if head => self.lost = Some(LostSequence::Gap),
            Refusal::StaleProducerEpoch if head => self.lost = Some(LostSequence::Fenced),
            // The log is past this number, so it has it, and nothing is missing; where it lies nobody can tell. To send it
            // under another number would double it.
            Refusal::SequenceForgotten => return self.resolve(at, tell, |_| Ending::Unknown),
            _ => {}
        }
        self.rest(at, until);
    }

    /// Tells the senders of everything whose time is over.
    pub(super) fn expire(&mut self, now: Now, tell: &mut impl FnMut(MessageId, Ending)) {
        let mut at = 0;
        while let Some(batch) = self.window.get_mut(at) {
            if batch.told || batch.deadline > now.mono {
                at += 1;
            } else if !batch.doubted && !batch.in_flight() {
                let failure = batch.refusal.map_or(Failure::NeverSent, Failure::Refused);
                if let (Some(session), Some(first)) = (&mut self.session, batch.sequence) {
                    session.take_back(first, batch.count());
                }
                self.resolve(at, tell, |_| Ending::Failed(failure));
            } else if !self.discipline.idempotent && !batch.in_flight() {
                self.resolve(at, tell, |_| Ending::Unknown);
            } else {
                batch.told = true;
                batch.records.iter().for_each(|r| tell(r.id, Ending::Unknown));
                at += 1;
            }
        }
        while let Some(waiting) = self.waiting.pop_front_if(|w| w.deadline <= now.mono) {
            tell(waiting.record.id, Ending::Failed(Failure::NeverSent));
        }
    }

    /// Gives up a lost sequence, once no attempt of it awaits an answer. `true` when it did.
    pub(super) fn give_up_sequence(&mut self, tell: &mut impl FnMut(MessageId, Ending)) -> bool {
        if self.lost.is_none() || self.window.iter().any(Batch::in_flight) {
            return false;
        }
        let fenced = self.lost.take() == Some(LostSequence::Fenced);
        let mut at = 0;
        while let Some(batch) = self.window.get(at) {
            if batch.told || (fenced && batch.doubted) {
                self.resolve(at, tell, |_| Ending::Unknown);
            } else {
                at += 1;
            }
        }
        match self.session.and_then(Session::next_epoch) {
            Some(session) => self.renumber(session),
            None => self.session = None,
        }
        true
    }

    pub(super) fn deadline(&self) -> Option<Micros> {
        let retries = self.window.iter().map(|b| b.turn.deadline());
        // The queue and the window are in the order of their deadlines.
        let window =
            self.window.iter().find(|b| defect!(WokenForTheTold: b.told, !b.told)).map(|b| b.deadline);
        let waiting = self.waiting.front().map(|w| w.deadline);
        earliest(retries.chain([window, waiting]))
    }

    /// The first batch that is due. Where order is kept, none before it may still wait.
    fn retry(&self) -> Option<usize> {
        if self.lost.is_some() || self.needs_session() {
            return None;
        }
        let first = if self.discipline.idempotent {
            self.window.iter().position(|b| !b.in_flight())?
        } else {
            self.window.iter().position(|b| b.turn == Turn::Due)?
        };
        (self.window[first].turn == Turn::Due).then_some(first)
    }

    fn may_grow(&self) -> bool {
        let in_order = !self.discipline.idempotent || self.window.iter().all(Batch::in_flight);
        !self.waiting.is_empty()
            && self.window.len() < self.discipline.in_flight.max(1)
            && self.lost.is_none()
            && !self.needs_session()
            && in_order
    }

    /// An attempt came to nothing. Without a sequence to keep whole, a batch whose senders were told is not tried again.
    fn rest(&mut self, at: usize, until: Micros) {
        if self.window[at].told && !self.discipline.idempotent {
            self.window.remove(at);
        } else {
            self.window[at].turn = Turn::Resting { until };
        }
    }

    /// Takes a batch out of the window, and tells the senders unless they were told.
    fn resolve(
        &mut self,
        at: usize,
        tell: &mut impl FnMut(MessageId, Ending),
        ending: impl Fn(Offset) -> Ending,
    ) {
        if let Some(batch) = self.window.remove(at)
            && !batch.told
        {
            for (place, record) in (0..).zip(batch.records.iter()) {
                tell(record.id, ending(place));
            }
        }
    }

    /// Whatever is sent from now on is numbered in this session.
    fn renumber(&mut self, session: Session) {
        self.window.iter_mut().for_each(|batch| batch.sequence = None);
        self.session = Some(session);
    }

    fn find(&self, serial: Serial) -> Option<usize> {
        self.window.iter().position(|b| b.serial == serial)
    }
}
