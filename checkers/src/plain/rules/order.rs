//! Claim, where somebody makes it: what was enqueued first comes out first, within a key. `reorder-delivery`: one message was
//! certainly enqueued before another, and the other certainly came out before it, or it never came out at all.
//!
//! Judged by the monitor of [`crate::fifo`], for each reader by itself. Every message counts with its first dequeue: to hand it out
//! again is right, or the fault that another rule tells. What one queue does with some of its messages is what a queue would do
//! that has these alone, so leaving messages out makes nothing wrong. Left out are those enqueued twice, which is `unknown`, and
//! those that are told as lost. Where nobody knows the groups, a reader is asked about nothing but what it was handed.
//!
//! `unknown` where a message came out before its enqueue began: then the clocks of clients differ, and no order can be told.

use std::collections::BTreeMap;

use super::super::handling::Reader;
use super::super::moment::Moment;
use super::super::order::Order;
use super::{Case, Ruling, counted, witness};
use crate::fifo::{self, Event, Outcome, Rule, Violation};
use crate::report::Finding;
use crate::{Kind, MessageId, Name};

pub(super) fn judge(case: &Case<'_>) -> Ruling {
    let mut ruling = Ruling::default();
    if !case.promises.fifo {
        return ruling;
    }
    if case.order == Order::Nobody {
        ruling.unknown.push("times contradict the order of the lines, and some lines tell none".to_owned());
        return ruling;
    }
    let twice = case.enqueues.values().filter(|enqueues| enqueues.len() > 1).count();
    if twice > 0 {
        ruling.unknown.push(format!(
            "{} enqueued more than once: their order is not judged",
            counted(twice, "message")
        ));
    }
    let (mut finding, mut early) = (Finding::new(Kind::ReorderDelivery.name()), 0);
    for (&name, reader) in &case.readers.all {
        for lane in lanes(case, reader).values() {
            early += lane.judge(case, name, &mut finding);
        }
    }
    if early > 0 {
        ruling.unknown.push(format!(
            "{} came out before the enqueue began: the clocks differ, so no order can be told",
            counted(early, "message")
        ));
    } else {
        ruling.findings.push(finding);
    }
    ruling
}

/// The messages of one queue and key that concern one reader.
#[derive(Default)]
struct Lane {
    messages: Vec<MessageId>,
    events: Vec<(Moment, u32, Event)>,
}

fn lanes(case: &Case<'_>, reader: &Reader) -> BTreeMap<(Option<Name>, Option<Name>), Lane> {
    let mut lanes: BTreeMap<_, Lane> = BTreeMap::new();
    let of = |&message: &MessageId| Some((message, case.enqueues.get(&message)?.as_slice()));
    // Where nobody knows the groups, what others were handed is not asked about.
    let handed = reader.messages.keys().filter_map(of);
    let all = case.enqueues.keys().filter_map(of);
    let asked: Vec<_> = if case.readers.known { all.collect() } else { handed.collect() };
    for (message, enqueues) in asked {
        let dequeue = reader.messages.get(&message).and_then(|handling| handling.dequeues.first());
        let queue = case.queue(message);
        let concerns = case.readers.known && reader.queues.contains(&queue);
        let left_behind = concerns && !case.promises.drained && !case.dropped.contains(&message);
        if let [enqueue] = *enqueues
            && (dequeue.is_some() || left_behind)
        {
            let lane = lanes.entry((queue, case.acts[enqueue].key)).or_default();
            lane.put(case, message, enqueue, dequeue.copied());
        }
    }
    let unknown = reader.unknown.iter().map(|&act| (case.acts[act].from, 0, Event::UnknownInvoked));
    lanes.values_mut().for_each(|lane| lane.events.extend(unknown.clone()));
    lanes
}

impl Lane {
    fn put(&mut self, case: &Case<'_>, message: MessageId, enqueue: usize, dequeue: Option<usize>) {
        let number = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        self.messages.push(message);
        let enqueue = &case.acts[enqueue];
        self.events.push((enqueue.from, 0, Event::EnqueueInvoked(number)));
        self.events.extend(enqueue.upto.map(|at| (at, 1, Event::EnqueueReturned(number))));
        let Some(dequeue) = dequeue.map(|act| &case.acts[act]) else { return };
        self.events.push((dequeue.from, 0, Event::DequeueInvoked(number)));
        self.events.extend(dequeue.upto.map(|at| (at, 1, Event::DequeueReturned(number))));
    }

    /// Judges it, and says how many messages came out too early for any order to be told.
    fn judge(&self, case: &Case<'_>, reader: Option<Name>, finding: &mut Finding) -> usize {
        let mut events = self.events.clone();
        // Of one moment begins come before ends, as moments have it.
        events.sort_by_key(|&(moment, ends, _)| (moment, ends));
        let events: Vec<Event> = events.into_iter().map(|(_, _, event)| event).collect();
        let Outcome::Invalid(violations) = fifo::check(&events) else { return 0 };
        for violation in violations.iter().filter(|violation| violation.rule == Rule::Order) {
            finding.add(|| self.told(case, reader, violation));
        }
        violations.iter().filter(|violation| violation.rule == Rule::Fresh).count()
    }

    fn told(&self, case: &Case<'_>, reader: Option<Name>, violation: &Violation) -> crate::Witness {
        let message = |number: u32| self.messages[number as usize];
        let second = message(violation.value);
        let by = case.by(reader);
        let Some(first) = violation.overtaken.map(message) else {
            let sentence = format!("{} came out{by} before its turn", case.text(second));
            return witness(case, &[second], sentence);
        };
        let (one, other) = (case.text(first), case.text(second));
        let sentence = format!("{one} was enqueued before {other}, and {other} was dequeued{by} before it");
        witness(case, &[first, second], sentence)
    }
}
