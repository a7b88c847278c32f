//! What the world outside asks of a node or denies it, beside what peers say on connections: more work at once, or an answer
//! that is no. A node that has no such work ignores it.

/// A change of what a node is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Load {
    /// So many of the facts that were to come one after the other come now.
    Burst {
        /// How many.
        records: u32,
    },
    /// So many facts more than were to come, and as many come now.
    More {
        /// How many.
        records: u32,
    },
    /// Everything that is asked for is refused from now on, or taken again.
    Refuse(bool),
    /// The next new record is one that is refused, whoever asks and however often, or is so no longer.
    Poison(bool),
}
