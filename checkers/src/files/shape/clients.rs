//! What producers and consumers say, and what is said about one of their messages.

use std::borrow::Cow;

use super::shapes;
use crate::{DropReason, Offset};

shapes! {
    /// A send.
    Send<'a> {
        /// The topic it was sent to.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// Where the broker says that it lies, at the end of a send that was acknowledged. Many brokers tell none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<Offset>,
        /// The message, the same over every retry.
        #[serde(borrow)]
        id: Cow<'a, str>,
        /// 0 where no acknowledgement is awaited; any other number, or none, where one is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        acks: Option<i32>,
    }

    /// A delivery.
    Poll<'a> {
        /// The consumer's group.
        #[serde(borrow)]
        group: Cow<'a, str>,
        /// The topic it lies in.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// Where it lies there.
        offset: Offset,
        /// The message.
        #[serde(borrow)]
        id: Cow<'a, str>,
    }

    /// A settlement.
    Settle<'a> {
        /// The consumer's group.
        #[serde(borrow)]
        group: Cow<'a, str>,
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The first offset that is not settled.
        upto: Offset,
        /// The generation of the group that the consumer believes in.
        generation: u64,
    }

    /// A call to a sink.
    Effect<'a> {
        /// The sink.
        #[serde(borrow)]
        sink: Cow<'a, str>,
        /// The message because of which it is called.
        #[serde(borrow)]
        id: Cow<'a, str>,
    }

    /// An intent.
    Intent<'a> {
        /// The fact, and the message that it should become.
        #[serde(borrow)]
        id: Cow<'a, str>,
        /// Facts of one producer and key must take effect in the order of their intents.
        key: u64,
    }

    /// An answer, or an effect at the sink.
    Id<'a> {
        /// The message.
        #[serde(borrow)]
        id: Cow<'a, str>,
    }

    /// A grant, or a revocation.
    Hold<'a> {
        /// The consumer's group.
        #[serde(borrow)]
        group: Cow<'a, str>,
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The generation of the group.
        generation: u64,
    }

    /// Where a group stands.
    Position<'a> {
        /// The consumer's group.
        #[serde(borrow)]
        group: Cow<'a, str>,
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The first offset that is not settled, as the consumer was told.
        settled: Offset,
    }

    /// A broker that closed the connection instead of answering.
    HungUp<'a> {
        /// The topic it was sent to.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The message about which an answer was awaited.
        #[serde(borrow)]
        id: Cow<'a, str>,
        /// The broker.
        #[serde(borrow)]
        by: Cow<'a, str>,
    }

    /// A declared drop.
    Drop<'a> {
        /// The message.
        #[serde(borrow)]
        id: Cow<'a, str>,
        /// Why it was given up.
        reason: DropReason,
    }

    /// A dead letter.
    DeadLetter<'a> {
        /// The group that could not handle it.
        #[serde(borrow)]
        group: Cow<'a, str>,
        /// The message.
        #[serde(borrow)]
        id: Cow<'a, str>,
    }
}
