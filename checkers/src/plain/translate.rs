//! Shows a judge what a plain log has in common with a history.
//!
//! An enqueue is an intent and a send whose acknowledgement tells no offset; an effect is a call to a sink, and where it ended well
//! the ground truth that the sink changed its state. That a message was dequeued is told without a place, for nobody knows one.

use super::act::Act;
use super::word::Operation;
use crate::{Entry, Event, Judge, MessageId, Name, Names, Phase, Time, TopicPartition};

/// The log that stands for whatever the queue is, and the sink for wherever effects take place that tell none.
struct Places {
    queue: TopicPartition,
    sink: Name,
}

/// Shows all acts.
pub(super) fn show(acts: &[Act], names: &mut Names, judge: &mut Judge) {
    let queue = TopicPartition { topic: names.intern("queue"), partition: 0 };
    let places = Places { queue, sink: names.intern("sink") };
    for (number, act) in (0..).zip(acts) {
        let Some(id) = act.message else { continue };
        match act.operation {
            Operation::Enqueue => enqueue(number, act, id, &places, judge),
            Operation::Effect => effect(number, act, id, &places, judge),
            Operation::Dequeue if act.end == Phase::Ok => judge.was_handed_out(id, number),
            _ => {}
        }
    }
}

/// Each fact is a key of its own: nobody said which of them must stay in order.
fn enqueue(number: Time, act: &Act, id: MessageId, places: &Places, judge: &mut Judge) {
    let see = |judge: &mut Judge, event| judge.see(&Entry { time: number, process: act.client, event });
    let sent = |phase| Event::Send { phase, id, log: places.queue, offset: None, awaits_ack: true };
    see(judge, Event::Intent { id, key: number });
    see(judge, sent(Phase::Invoke));
    see(judge, sent(act.end));
}

fn effect(number: Time, act: &Act, id: MessageId, places: &Places, judge: &mut Judge) {
    let sink = act.sink.unwrap_or(places.sink);
    let see = |judge: &mut Judge, process, event| judge.see(&Entry { time: number, process, event });
    see(judge, act.client, Event::Effect { phase: Phase::Invoke, sink, id });
    if act.end == Phase::Ok {
        see(judge, sink, Event::Apply { id });
    }
    see(judge, act.client, Event::Effect { phase: act.end, sink, id });
}
