//! Random histories for laws. Their numbers are small, so that messages, logs and offsets meet again and again.

use proptest::prelude::*;

use crate::{
    Course, DropReason, Entry, Event, Members, MessageId, Name, Names, Phase, Reach, Stamp, TopicPartition,
};

const POOL: [&str; 11] = [
    "producer-1",
    "consumer-1",
    "broker-1",
    "nemesis",
    "payments",
    "__offsets",
    "billing",
    "ledger",
    "crash",
    "order-7",
    "naïve \"name\"\n",
];

/// The names that random histories use.
pub(crate) fn names() -> Names {
    let mut names = Names::default();
    for text in POOL {
        names.intern(text);
    }
    names
}

/// One halt of everybody, in the order of their numbers: whoever reads this first gives the names the same numbers.
#[cfg(feature = "files")]
pub(crate) fn roll_call() -> Vec<Entry> {
    let halted = |process| Entry {
        time: 0,
        process: Name(process),
        event: Event::Halted { reason: "roll call".to_owned() },
    };
    (0..).take(POOL.len()).map(halted).collect()
}

/// A random history.
pub(crate) fn history() -> impl Strategy<Value = Vec<Entry>> {
    prop::collection::vec((0_u64..5_000, name(), event()), 0..60).prop_map(|steps| {
        let mut clock = 0;
        let entry = |(step, process, event)| {
            clock += step;
            Entry { time: clock, process, event }
        };
        steps.into_iter().map(entry).collect()
    })
}

/// Entries that no property looks at.
pub(crate) fn irrelevant() -> impl Strategy<Value = Event> {
    (0..2, log(), number(), number()).prop_map(|(which, log, a, b)| match which {
        0 => Event::Truncate { log, from: a, to: b },
        _ => Event::Fault { fault: Name(8), target: Name(2), healed: true, reach: None },
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![operation(), about_message(), about_log(), irrelevant(), about_run()]
}

fn operation() -> impl Strategy<Value = Event> {
    let offset = prop::option::of(number());
    let parts = (0..4, phase(), name(), log(), id(), number(), offset, any::<bool>());
    parts.prop_map(|(which, phase, name, log, id, upto, offset, awaits_ack)| match which {
        0 => Event::Send { phase, id, log, offset, awaits_ack },
        1 => Event::Poll { group: name, log, offset: upto, id },
        2 => Event::Settle { phase, group: name, log, upto, generation: 1 },
        _ => Event::Effect { phase, sink: name, id },
    })
}

fn about_message() -> impl Strategy<Value = Event> {
    let parts = (0..5, id(), number(), name(), reason());
    parts.prop_map(|(which, id, key, group, reason)| match which {
        0 => Event::Intent { id, key },
        1 => Event::Answered { id },
        2 => Event::Apply { id },
        3 => Event::Drop { id, reason },
        _ => Event::DeadLetter { group, id },
    })
}

fn about_log() -> impl Strategy<Value = Event> {
    let parts = (0..15, log(), number(), id(), name(), prop::option::of(stamp()));
    parts.prop_map(|(which, log, offset, id, group, stamp)| match which {
        0 => Event::Append { log, offset, epoch: 2, id },
        1 => Event::Logged { log, offset, id, stamp },
        2 => Event::Digest { log, watermark: 4, hash: offset },
        3 => Event::Grant { group, log, generation: 7 },
        4 => Event::Position { group, log, settled: offset },
        5 => Event::Watermark { log, offset },
        6 => Event::Lead { log, epoch: 3 },
        8 => Event::Recover { log, end: offset, dropped_bytes: 7 },
        10 => Event::Laggard { log, follower: group, lag: offset },
        11 => Event::Replicated { log, end: offset },
        12 => {
            Event::Members { log, members: Box::new(Members { in_sync: vec![group], eligible: Vec::new() }) }
        }
        13 => Event::Registered { broker: group },
        9 => Event::HungUp { log, id, by: group },
        7 => Event::Committed { log, epoch: 3, watermark: 4, hash: offset },
        _ => Event::Revoke { group, log, generation: 7 },
    })
}

fn about_run() -> impl Strategy<Value = Event> {
    (0..6, name()).prop_map(|(which, target)| match which {
        0 => Event::Audited,
        4 => Event::Began,
        1 => Event::Healed,
        2 => Event::Fault { fault: Name(8), target, healed: false, reach: None },
        5 => Event::Fault { fault: Name(8), target, healed: false, reach: Some(Box::new(reach(target))) },
        _ => Event::Halted { reason: "panic: \u{1F4A5} \"quoted\"".to_owned() },
    })
}

fn reach(node: Name) -> Reach {
    Reach { nodes: vec![node], links: vec![(Name(2), node), (node, Name(3))], course: Course::Steady }
}

fn name() -> impl Strategy<Value = Name> {
    (0_u32..11).prop_map(Name)
}

fn log() -> impl Strategy<Value = TopicPartition> {
    (4_u32..6, 0_u32..2).prop_map(|(topic, partition)| TopicPartition { topic: Name(topic), partition })
}

fn id() -> impl Strategy<Value = MessageId> {
    prop_oneof![
        8 => (1_u32..3, 0_u32..4).prop_map(|(producer, number)| MessageId { producer, number }),
        1 => Just(MessageId { producer: MessageId::FOREIGN, number: 9 }),
        1 => Just(MessageId { producer: 4_000_000_000, number: 4_000_000_000 }),
    ]
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0_u64..6, 1 => Just(u64::MAX)]
}

fn stamp() -> impl Strategy<Value = Stamp> {
    (1_u64..3, 0_u32..3).prop_map(|(producer, sequence)| Stamp { producer, epoch: 1, sequence })
}

fn phase() -> impl Strategy<Value = Phase> {
    prop::sample::select(vec![Phase::Invoke, Phase::Ok, Phase::Fail, Phase::Info])
}

fn reason() -> impl Strategy<Value = DropReason> {
    use DropReason::{DeliveryTimeout, Expired, Overflow, Refused};
    prop::sample::select(vec![DeliveryTimeout, Refused, Expired, Overflow])
}
