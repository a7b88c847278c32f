//! What clients did, each from its begin to its end: two lines of a log, or one.

use std::collections::{BTreeMap, VecDeque};

use super::moment::{Moment, Moments};
use super::step::Step;
use super::word::Operation;
use crate::{MessageId, Name, Phase};

/// One operation of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Act {
    pub(super) client: Name,
    pub(super) operation: Operation,
    /// How it ended: never [`Phase::Invoke`]. What never ended has no known outcome.
    pub(super) end: Phase,
    pub(super) message: Option<MessageId>,
    pub(super) group: Option<Name>,
    pub(super) queue: Option<Name>,
    pub(super) key: Option<Name>,
    pub(super) sink: Option<Name>,
    /// It took effect after this.
    pub(super) from: Moment,
    /// And before this, where it ended.
    pub(super) upto: Option<Moment>,
    /// The lines that tell of it; both are one where one tells all.
    pub(super) lines: (u64, u64),
}

impl Act {
    /// Whether one line tells all, so that its begin is known only by what the client did before.
    pub(super) fn began_unseen(&self) -> bool {
        let ordered = matches!(self.operation, Operation::Enqueue | Operation::Dequeue);
        ordered && self.lines.0 == self.lines.1 && self.end == Phase::Ok
    }
}

/// What an end must agree with its begin in. A dequeue begins before anybody knows what it will find.
type Subject = (Name, Operation, Option<MessageId>);

/// Pairs begins with ends.
pub(super) fn acts(steps: &[Step], moments: &Moments) -> Vec<Act> {
    let mut acts: Vec<Act> = Vec::with_capacity(steps.len());
    let mut open: BTreeMap<Subject, VecDeque<usize>> = BTreeMap::new();
    let mut last: BTreeMap<Name, usize> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        let waiting = open.entry(subject(step)).or_default();
        // Who says nothing of begins does one thing at a time: it began after what this client said before.
        let before = last.insert(step.client, at);
        if step.phase == Phase::Invoke {
            waiting.push_back(acts.len());
            acts.push(begun(step, moments.of(at)));
        } else if let Some(act) = waiting.pop_front() {
            acts[act] = ended(acts[act], step, moments.of(at));
        } else {
            let from = before.map_or(Moment::FIRST, |before| moments.after(before));
            acts.push(ended(begun(step, from), step, moments.of(at)));
        }
    }
    acts
}

fn subject(step: &Step) -> Subject {
    let message = step.message.filter(|_| step.operation != Operation::Dequeue);
    (step.client, step.operation, message)
}

fn begun(step: &Step, from: Moment) -> Act {
    Act {
        client: step.client,
        operation: step.operation,
        end: Phase::Info,
        message: step.message,
        group: step.group,
        queue: step.queue,
        key: step.key,
        sink: step.sink,
        from,
        upto: None,
        lines: (step.line, step.line),
    }
}

/// The end tells what the begin did not. What ended without a known outcome may take effect at any later time.
fn ended(act: Act, step: &Step, at: Moment) -> Act {
    Act {
        end: step.phase,
        message: step.message.or(act.message),
        group: step.group.or(act.group),
        queue: step.queue.or(act.queue),
        key: step.key.or(act.key),
        sink: step.sink.or(act.sink),
        upto: (step.phase != Phase::Info).then_some(at),
        lines: (act.lines.0, step.line),
        ..act
    }
}
