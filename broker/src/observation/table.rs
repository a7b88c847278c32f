//! Every observation there is: one table. The enumeration, the kinds that schedules wait for, and what is said of them to people go
//! by its rows.

use serde::{Deserialize, Serialize};

use super::row::{KindRow, Row, observations};
use super::{DropReason, EventKind, Frequency, Mark, Phase};
use crate::{Epoch, Generation, GroupId, MessageId, Micros, NodeId, Offset, ProducerStamp, TopicPartition};

/// How many kinds there are, but the marks.
pub(super) const KINDS: usize = {
    let last = ROWS.len() - 1;
    first()[last] as usize + ROWS[last].kinds.len()
};

/// The number of the first kind of each row.
const fn first() -> [u8; ROWS.len()] {
    let (mut first, mut next, mut at) = ([0; ROWS.len()], 0, 0);
    while at < ROWS.len() {
        first[at] = next;
        next += ROWS[at].kinds.len() as u8;
        at += 1;
    }
    first
}

/// What the table says of a kind: its name, how often it comes, and what it stands for.
pub(super) fn told(kind: usize) -> Option<(&'static str, Frequency, &'static str)> {
    let mut kinds = ROWS.iter().flat_map(|row| row.kinds.iter().map(move |kind| (row, kind)));
    let (row, kind) = kinds.nth(kind)?;
    Some((kind.name, kind.frequency, kind.about.unwrap_or(row.about).trim_ascii_start()))
}

observations! {
    /// A business fact that should become a message, before any send.
    Intent ["intent" Often] {
        /// The fact.
        id: MessageId,
        /// Facts with the same key must take effect in the order of their intents.
        key: u64,
    }

    /// The user was told "done".
    Answered ["answered" Often] {
        /// The fact.
        id: MessageId,
    }

    /// A producer's send of one record, over all its retries.
    Send [
        "send" Often "A producer begins to send a record.",
        "send-ok" Often "A producer has its record's acknowledgement.",
        "send-fail" Seldom "A record was certainly not stored.",
        "send-info" Seldom "Whether a record was stored stays unknown.",
    ] {
        phase;
        /// The record.
        id: MessageId,
        /// Where it went, or (with `ok`) lies.
        topic_partition: TopicPartition,
        /// The offset the broker acknowledged. `ok` without one is an acknowledgement too: not every broker tells an offset.
        offset: Option<Offset>,
    }

    /// A producer that awaits no acknowledgement (acks 0) ends a send with its beginning: the record is on its way.
    Unconfirmed ["unconfirmed" ByPolicy] {
        /// The record.
        id: MessageId,
        /// Where it went.
        topic_partition: TopicPartition,
    }

    /// A broker closed the connection on which a producer awaited its answer about a record. One for each attempt.
    HungUp ["hung-up" Seldom] {
        /// The record.
        id: MessageId,
        /// Where it was to go.
        topic_partition: TopicPartition,
        /// The broker.
        by: NodeId,
    }

    /// A record was handed to a consumer's handler.
    Poll ["poll" Often] {
        /// The group.
        group: GroupId,
        /// The log.
        topic_partition: TopicPartition,
        /// The record's offset.
        offset: Offset,
        /// The record.
        id: MessageId,
    }

    /// A consumer's commit of all offsets below `upto`.
    Settle [
        "settle" Often "A consumer begins to commit.",
        "settle-ok" Often "A consumer's commit was accepted.",
        "settle-fail" Seldom "A consumer's commit was refused.",
        "settle-info" Seldom "Whether a consumer's commit was accepted stays unknown.",
    ] {
        phase;
        /// The group.
        group: GroupId,
        /// The log.
        topic_partition: TopicPartition,
        /// The first offset that is not settled.
        upto: Offset,
        /// The generation the consumer believes in.
        generation: Generation,
    }

    /// A consumer's call to a sink.
    Effect [
        "effect" Often "A consumer calls a sink.",
        "effect-ok" Often "A sink answered that it did it.",
        "effect-fail" Seldom "A sink answered that it did not.",
        "effect-info" Seldom "Whether a sink did it stays unknown.",
    ] {
        phase;
        /// The sink.
        sink: NodeId,
        /// The record whose effect it is.
        id: MessageId,
    }

    /// The ground truth: a sink changed its state because of this record.
    Apply ["apply" Often] {
        /// The record.
        id: MessageId,
    }

    /// A leader appended a record.
    Append ["append" Often] {
        /// The log.
        topic_partition: TopicPartition,
        /// The record's offset.
        offset: Offset,
        /// The leader's epoch.
        epoch: Epoch,
        /// The record.
        id: MessageId,
    }

    /// A leader moved the high watermark.
    Watermark ["watermark" Often] {
        /// The log.
        topic_partition: TopicPartition,
        /// The first offset that is not yet replicated to every in-sync replica.
        offset: Offset,
    }

    /// A replica, leading or following, whose watermark is about to move on says what it holds below it.
    Committed ["committed" Often] {
        /// The log.
        topic_partition: TopicPartition,
        /// The epoch in which it leads or follows.
        epoch: Epoch,
        /// The watermark until now.
        watermark: Offset,
        /// A hash over all batches below it.
        hash: u64,
    }

    /// A broker began to lead.
    Lead ["lead" Seldom] {
        /// The log.
        topic_partition: TopicPartition,
        /// Its epoch.
        epoch: Epoch,
        /// Its log end at that moment.
        end: Offset,
    }

    /// A leader asks for a follower to leave the in-sync set, because it has lagged for too long.
    Laggard ["laggard" Seldom] {
        /// The log.
        topic_partition: TopicPartition,
        /// The follower.
        follower: NodeId,
        /// How long a follower may lag, in microseconds of the leader's monotonic clock.
        lag: Micros,
    }

    /// The controller decided which replicas may be elected to lead a log.
    Members ["members" Seldom] {
        /// The log.
        topic_partition: TopicPartition,
        /// In which of their terms, where several controllers elect the one that decides; 0 where there is one.
        term: Epoch,
        /// The in-sync set, in ascending order.
        in_sync: Vec<NodeId>,
        /// Replicas that left the in-sync set while it was below min ISR, and still hold all that was acknowledged to
        /// `acks=all` (KIP-966), in ascending order.
        eligible: Vec<NodeId>,
    }

    /// A replica came up that takes part in elections, under the name of its disk.
    Voter ["voter" Seldom] {
        /// The log.
        topic_partition: TopicPartition,
        /// The disk; another one than before where it was found empty, or damaged below what it had synced.
        directory: u64,
    }

    /// A leader that its voters elected says who votes, once that is committed: at the beginning of its reign, and after every change.
    Voters ["voters" Seldom] {
        /// The log.
        topic_partition: TopicPartition,
        /// The term in which it leads.
        term: Epoch,
        /// The voters, in ascending order.
        voters: Vec<NodeId>,
    }

    /// A follower took over what its leader had.
    Replicated ["replicated" Often] {
        /// The log.
        topic_partition: TopicPartition,
        /// Its log end now.
        end: Offset,
    }

    /// The controller told a broker that it is registered anew: what is decided of the sets from now on counts on what it holds.
    Registered ["registered" Seldom] {
        /// The broker.
        broker: NodeId,
    }

    /// A replica cut its log.
    Truncate ["truncate" Seldom] {
        /// The log.
        topic_partition: TopicPartition,
        /// The log end that remains.
        to: Offset,
        /// The log end before.
        from: Offset,
    }

    /// A replica came up and read its log.
    Recover ["recover" Seldom] {
        /// The log.
        topic_partition: TopicPartition,
        /// The log end found.
        end: Offset,
        /// Bytes of a torn or damaged tail that were dropped.
        dropped_bytes: u64,
    }

    /// A consumer was given a topic partition.
    Grant ["grant" Seldom] {
        /// The group.
        group: GroupId,
        /// The log.
        topic_partition: TopicPartition,
        /// The generation that grants it.
        generation: Generation,
    }

    /// A consumer was told where its group stands: everything below is settled, whether or not whoever settled it heard so.
    Position ["position" Seldom] {
        /// The group.
        group: GroupId,
        /// The log.
        topic_partition: TopicPartition,
        /// The first offset that is not settled.
        settled: Offset,
    }

    /// A consumer gave a topic partition up, or learned that it had lost it.
    Revoke ["revoke" Seldom] {
        /// The group.
        group: GroupId,
        /// The log.
        topic_partition: TopicPartition,
        /// The generation in which it was held.
        generation: Generation,
    }

    /// A record was given up on purpose, and the user was told.
    Drop ["drop" Seldom] {
        /// The record.
        id: MessageId,
        /// Why.
        reason: DropReason,
    }

    /// One record of a log as it stands at the end of a run.
    Logged ["logged" AtTheEnd] {
        /// The log.
        topic_partition: TopicPartition,
        /// The record's offset.
        offset: Offset,
        /// The record.
        id: MessageId,
        /// The producer's stamp, where it was idempotent.
        stamp: Option<ProducerStamp>,
    }

    /// What one replica holds at the end of a run.
    Digest ["digest" AtTheEnd] {
        /// The log.
        topic_partition: TopicPartition,
        /// The high watermark the replica knows.
        watermark: Offset,
        /// A hash over all batches below it.
        hash: u64,
    }

    /// A client's incarnation begins: what the one before left open has no known outcome.
    Began ["began" Seldom]

    /// A producer has no intents left, and every one was resolved.
    Finished ["finished" Seldom]

    /// All logs were read at the end of a run.
    Audited ["audited" AtTheEnd]

    /// The node stopped itself.
    Halted ["halted" Seldom] {
        /// Why, for people.
        reason: String,
    }

    /// User code panicked while it handled a record.
    Panicked ["panicked" Seldom] {
        /// The record.
        id: MessageId,
        /// The panic's message.
        message: String,
    }

    /// A handler awaited something that this lab did not give it: the run ends, since what comes of it says nothing of the system.
    ForeignAwait ["foreign-await" Seldom] {
        /// The record.
        id: MessageId,
        /// What it was, for people.
        what: String,
    }
}
