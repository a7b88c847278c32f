//! Random histories for laws. Their numbers are small, so that messages, logs and offsets meet again and again.

use proptest::prelude::*;

use crate::history::every_event;
use crate::{
    Course, Disposition, DropReason, Entry, Event, EventKind, Members, MessageId, Name, Names, Offset, Phase,
    Reach, Scope,
};
use crate::{Stamp, Time, TopicPartition};

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

macro_rules! events {
    ($($(#[doc = $about:literal])+ $event:ident $f:literal $types:ident $by:literal $({
        $($phase:ident;)?
        $($(#[doc = $told:literal])+ $field:ident: $type:ty $(as $codec:ident)?,)*
    })?)*) => {
        /// An event of any kind; what clients and their messages meet comes more often than what is said of a log or of the run.
        fn event() -> impl Strategy<Value = Event> {
            let kinds = vec![$({
                let parts = (Just(()), $($($phase(),)? $(<$type>::drawn(),)*)?);
                let event = parts.prop_map(|((), $($($phase,)? $($field,)*)?)| Event::$event { $($($phase,)? $($field,)*)? });
                (often(EventKind::$event), event.boxed())
            },)*];
            prop::strategy::Union::new_weighted(kinds)
        }
    };
}

every_event!(events);

fn often(kind: EventKind) -> u32 {
    match kind {
        EventKind::Send | EventKind::Poll | EventKind::Settle | EventKind::Effect => 6,
        EventKind::Intent
        | EventKind::Answered
        | EventKind::Apply
        | EventKind::Append
        | EventKind::Logged => 4,
        _ => 2,
    }
}

/// Something that can be drawn.
trait Drawn: Sized + std::fmt::Debug {
    /// Of few values, mostly.
    fn drawn() -> BoxedStrategy<Self>;
}

macro_rules! drawn {
    ($($type:ty: $strategy:expr;)*) => {$(
        impl Drawn for $type {
            fn drawn() -> BoxedStrategy<Self> {
                $strategy.boxed()
            }
        }
    )*};
}

drawn! {
    Name: name();
    Vec<Name>: prop::collection::vec(name(), 0..4);
    TopicPartition: log();
    MessageId: id();
    u32: 1_u32..3;
    u64: number();
    bool: any::<bool>();
    String: Just("panic: \u{1F4A5} \"quoted\"".to_owned());
    DropReason: reason();
    Scope: prop_oneof![
        3 => number().prop_map(Scope::UpTo),
        1 => number().prop_map(Scope::One),
        1 => prop::collection::vec(number(), 0..3).prop_map(|offsets| Scope::Many(offsets.into())),
    ];
    Disposition: prop_oneof![4 => Just(Disposition::Done), 1 => Just(Disposition::Return), 1 => Just(Disposition::Dead)];
    Option<u64>: prop::option::of(number());
    Option<Stamp>: prop::option::of(stamp());
    Box<Members>: (name(), name()).prop_map(|(one, other)| Box::new(Members { in_sync: vec![one], eligible: vec![other] }));
    Option<Box<Reach>>: prop::option::of(name().prop_map(|node| Box::new(reach(node))));
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
