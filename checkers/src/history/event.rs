//! Every event there is: one table. What is made of it elsewhere (the codec of files, their manual, random histories) goes by its rows,
//! so that a new event is a row here, and whoever records it.

use super::field::Field;
use super::{
    Disposition, DropReason, Members, MessageId, Name, Offset, Phase, Reach, Scope, Stamp, Time,
    TopicPartition,
};

/// Gives the table to another macro. A row: what it says, for people; its name; what stands under `f` in files, and under `type`;
/// who says it in the example; `phase` where that is a field in memory; its other fields in the order of files, with `as` where one is not
/// there what it is in memory.
macro_rules! every_event {
    ($then:ident) => {
        $then! {
            /// A producer sends a message, over all its retries. A send that ends `ok` was acknowledged, with an
            /// offset or without one.
            Send "send" OPERATION "producer-1" {
                phase;
                /// The log.
                log: TopicPartition,
                /// Where the broker says that it lies, at the end of a send that was acknowledged. Many brokers
                /// tell none.
                offset: Option<Offset>,
                /// The message, the same over every retry.
                id: MessageId,
                /// Whether an acknowledgement is awaited: 0 in files where none is; any other number, or none, where one is.
                awaits_ack: bool as Acks,
            }

            /// A record was handed to the application.
            Poll "poll" DELIVERY "consumer-1" {
                /// The consumer's group.
                group: Name,
                /// The log.
                log: TopicPartition,
                /// Where it lies there.
                offset: Offset,
                /// The message.
                id: MessageId,
            }

            /// A consumer settles records that it was handed.
            Settle "settle" OPERATION "consumer-1" {
                phase;
                /// The consumer's group.
                group: Name,
                /// The log.
                log: TopicPartition,
                /// Which records.
                what: Scope,
                /// What becomes of them; without it they are done with.
                how: Disposition,
                /// The generation of the group that the consumer believes in.
                generation: u64,
            }

            /// A consumer calls a sink.
            Effect "effect" OPERATION "consumer-1" {
                phase;
                /// The sink.
                sink: Name,
                /// The message because of which it is called.
                id: MessageId,
            }

            /// A business fact that should become a message, before anything is sent.
            Intent "intent" SEEN "producer-1" {
                /// The fact, and the message that it should become.
                id: MessageId,
                /// Facts of one producer and key must take effect in the order of their intents.
                key: u64,
            }

            /// The user was told that it is done.
            Answered "answered" SEEN "producer-1" {
                /// The message.
                id: MessageId,
            }

            /// A broker closed the connection on which a producer awaited its answer about a message. The process
            /// is the producer's.
            HungUp "hung-up" SEEN "producer-1" {
                /// The log.
                log: TopicPartition,
                /// The message about which an answer was awaited.
                id: MessageId,
                /// The broker.
                by: Name,
            }

            /// A leader appended a message.
            Append "append" SEEN "broker-1" {
                /// The log.
                log: TopicPartition,
                /// Where it lies now.
                offset: Offset,
                /// The leader's epoch.
                epoch: u32,
                /// The message.
                id: MessageId,
            }

            /// A leader moved the high watermark.
            Watermark "watermark" SEEN "broker-1" {
                /// The log.
                log: TopicPartition,
                /// The first offset that is not yet safe.
                offset: Offset,
            }

            /// A replica says that everything below an offset is safe, and what it holds there.
            Committed "committed" SEEN "broker-1" {
                /// The log.
                log: TopicPartition,
                /// The epoch in which the replica leads or follows.
                epoch: u32,
                /// The first offset that is not yet safe.
                watermark: Offset,
                /// A hash over all below it, equal where the same is held.
                hash: u64,
            }

            /// A broker began to lead.
            Lead "lead" SEEN "broker-1" {
                /// The log.
                log: TopicPartition,
                /// The leader's epoch.
                epoch: u32,
            }

            /// A replica cut its log.
            Truncate "truncate" SEEN "broker-2" {
                /// The log.
                log: TopicPartition,
                /// The log end before.
                from: Offset,
                /// The log end that remains.
                to: Offset,
            }

            /// A replica came up and read its log.
            Recover "recover" SEEN "broker-2" {
                /// The log.
                log: TopicPartition,
                /// The log end that was found.
                end: Offset,
                /// Bytes of a damaged tail that were dropped.
                dropped_bytes: u64,
            }

            /// A leader asks for a follower to leave the in-sync set, because it has lagged for too long.
            Laggard "laggard" SEEN "broker-1" {
                /// The log.
                log: TopicPartition,
                /// The follower.
                follower: Name,
                /// How long a follower may lag, in microseconds.
                lag: Time,
            }

            /// A follower took over what its leader had.
            Replicated "replicated" SEEN "broker-2" {
                /// The log.
                log: TopicPartition,
                /// Its log end now.
                end: Offset,
            }

            /// It was decided which replicas may be elected to lead a log. The process is the controller.
            Members "members" SEEN "controller" {
                /// The log.
                log: TopicPartition,
                /// Which.
                members: Box<Members>,
            }

            /// A replica came up that votes on the leader of its log.
            Voter "voter" SEEN "broker-2" {
                /// The log.
                log: TopicPartition,
                /// The name of its disk; another one than before where it may have forgotten what it held.
                directory: u64,
            }

            /// Who votes on the leader of a log, told once that is committed. The process is the leader.
            Voters "voters" SEEN "broker-1" {
                /// The log.
                log: TopicPartition,
                /// The voters.
                voters: Vec<Name>,
            }

            /// A broker was told that it is registered anew. The process is the controller.
            Registered "registered" SEEN "controller" {
                /// The broker.
                broker: Name,
            }

            /// The ground truth of an effect: a sink changed its state because of this message. The process is the
            /// sink.
            Apply "apply" SEEN "ledger" {
                /// The message.
                id: MessageId,
            }

            /// A consumer was given a partition.
            Grant "grant" SEEN "consumer-1" {
                /// The consumer's group.
                group: Name,
                /// The log.
                log: TopicPartition,
                /// The generation of the group.
                generation: u64,
            }

            /// A consumer was told where its group stands: everything below is settled.
            Position "position" SEEN "consumer-1" {
                /// The consumer's group.
                group: Name,
                /// The log.
                log: TopicPartition,
                /// The first offset that is not settled, as the consumer was told.
                settled: Offset,
            }

            /// A consumer gave a partition up.
            Revoke "revoke" SEEN "consumer-1" {
                /// The consumer's group.
                group: Name,
                /// The log.
                log: TopicPartition,
                /// The generation of the group.
                generation: u64,
            }

            /// A message was given up on purpose.
            Drop "drop" SEEN "producer-1" {
                /// The message.
                id: MessageId,
                /// Why it was given up.
                reason: DropReason,
            }

            /// A message was put aside for people.
            DeadLetter "dead-letter" SEEN "consumer-1" {
                /// The group that could not handle it.
                group: Name,
                /// The message.
                id: MessageId,
            }

            /// A message of a log as it stands at the end. The final read of all logs ends with `audited`.
            Logged "logged" SEEN "auditor" {
                /// The log.
                log: TopicPartition,
                /// Where it lies.
                offset: Offset,
                /// The message.
                id: MessageId,
                /// The producer's stamp, where it was idempotent.
                stamp: Option<Stamp>,
            }

            /// What a replica holds at the end. The process is the replica's broker.
            Digest "digest" SEEN "broker-1" {
                /// The log.
                log: TopicPartition,
                /// The high watermark that the replica knows.
                watermark: Offset,
                /// A hash over all batches below it.
                hash: u64,
            }

            /// Every log was read to its end: what is not `logged` is in no log.
            Audited "audited" SEEN "auditor"

            /// A fault struck or healed.
            Fault "fault" SEEN "nemesis" {
                /// The fault's name.
                fault: Name,
                /// What it struck: a process, or words.
                target: Name,
                /// Whether it healed, or struck.
                healed: bool,
                /// How far it reached, of one that struck; whoever does not know leaves it out.
                reach: Option<Box<Reach>>,
            }

            /// An incarnation of a client begins: what the one before left open has no known outcome.
            Began "began" SEEN "producer-1"

            /// All faults are healed and all nodes are up: from here on things must come to rest.
            Healed "healed" SEEN "nemesis"

            /// A node stopped itself, or user code panicked: its incarnation ends.
            Halted "halted" SEEN "broker-1" {
                /// What it said.
                reason: String,
            }
        }
    };
}
#[cfg_attr(not(feature = "files"), expect(unused_imports, reason = "only files go by it"))]
pub(crate) use every_event;

macro_rules! define {
    ($($(#[doc = $about:literal])+ $event:ident $f:literal $types:ident $by:literal $({
        $($phase:ident;)?
        $($(#[doc = $told:literal])+ $field:ident: $type:ty $(as $codec:ident)?,)*
    })?)*) => {
        /// What can stand in a history. Operations carry a phase; everything else is an observation.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event {$(
            $(#[doc = $about])+
            $event $({
                $(
                    /// Begun, or how it ended.
                    $phase: Phase,
                )?
                $($(#[doc = $told])+ $field: $type,)*
            })?,
        )*}

        /// An [`Event`] without what it carries.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum EventKind {$(
            $(#[doc = $about])+
            $event,
        )*}

        impl EventKind {
            /// How many there are.
            pub const COUNT: usize = [$(EventKind::$event),*].len();
        }

        impl Event {
            /// Its kind.
            #[must_use]
            pub fn kind(&self) -> EventKind {
                match self {$(
                    Event::$event { .. } => EventKind::$event,
                )*}
            }

            /// The message that it is about, if it is about one.
            #[must_use]
            pub fn message(&self) -> Option<MessageId> {
                match self {$(
                    Event::$event { $($($field,)* ..)? } => None$($(.or(Field::message($field)))*)?,
                )*}
            }

            /// Gives every name the number that stands at its own number.
            #[cfg(feature = "files")]
            pub(crate) fn rename(&mut self, numbers: &[u32]) {
                match self {$(
                    Event::$event { $($($field,)* ..)? } => {
                        $($(Field::rename($field, numbers);)*)?
                    }
                )*}
            }
        }
    };
}

every_event!(define);
