//! Fields of observations that say nothing, for tests that need one of each.

use super::DropReason;
use crate::{GroupId, MessageId, NodeId, ProducerStamp, TopicId, TopicPartition};

/// A value that says nothing.
pub(super) trait Blank {
    fn blank() -> Self;
}

macro_rules! blanks {
    ($($type:ty: $blank:expr;)*) => {$(
        impl Blank for $type {
            fn blank() -> Self {
                $blank
            }
        }
    )*};
}

blanks! {
    u32: 0;
    u64: 0;
    Option<u64>: None;
    String: String::new();
    MessageId: MessageId { producer: 1, number: 1 };
    TopicPartition: TopicPartition { topic: TopicId(0), partition: 0 };
    GroupId: GroupId(0);
    NodeId: NodeId(1);
    Vec<NodeId>: Vec::new();
    DropReason: DropReason::Refused;
    Option<ProducerStamp>: None;
}
