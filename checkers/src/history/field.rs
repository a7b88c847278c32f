//! What the fields of events have in common: the names in them, and the message.

use super::{Disposition, DropReason, Members, MessageId, Name, Reach, Scope, Stamp, TopicPartition};

/// A field of an event.
pub(super) trait Field {
    /// The message that it names.
    fn message(&self) -> Option<MessageId> {
        None
    }

    /// Gives every name in it the number that stands at its own number.
    #[cfg(feature = "files")]
    fn rename(&mut self, _numbers: &[u32]) {}
}

macro_rules! without_names {
    ($($type:ty)*) => {$(impl Field for $type {})*};
}

without_names!(bool u32 u64 String DropReason Scope Disposition Option<u64> Option<Stamp>);

impl Field for Name {
    #[cfg(feature = "files")]
    fn rename(&mut self, numbers: &[u32]) {
        if let Some(&number) = numbers.get(self.0 as usize) {
            *self = Name(number);
        }
    }
}

impl Field for Vec<Name> {
    #[cfg(feature = "files")]
    fn rename(&mut self, numbers: &[u32]) {
        self.iter_mut().for_each(|name| name.rename(numbers));
    }
}

impl Field for TopicPartition {
    #[cfg(feature = "files")]
    fn rename(&mut self, numbers: &[u32]) {
        self.topic.rename(numbers);
    }
}

impl Field for MessageId {
    fn message(&self) -> Option<MessageId> {
        Some(*self)
    }

    #[cfg(feature = "files")]
    fn rename(&mut self, numbers: &[u32]) {
        if self.producer == MessageId::FOREIGN {
            let mut text = Name(self.number);
            text.rename(numbers);
            self.number = text.0;
        }
    }
}

impl Field for Box<Members> {
    #[cfg(feature = "files")]
    fn rename(&mut self, numbers: &[u32]) {
        self.in_sync.iter_mut().chain(&mut self.eligible).for_each(|member| member.rename(numbers));
    }
}

impl Field for Option<Box<Reach>> {
    #[cfg(feature = "files")]
    fn rename(&mut self, numbers: &[u32]) {
        if let Some(reach) = self {
            let ends = reach.links.iter_mut().flat_map(|(from, to)| [from, to]);
            reach.nodes.iter_mut().chain(ends).for_each(|name| name.rename(numbers));
        }
    }
}
