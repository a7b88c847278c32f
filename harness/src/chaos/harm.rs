//! What faults do to a world, as the world counts it. A fault that struck is one because of which something of this was done; one
//! whose moment came and that did nothing has only fired.

use broker::NodeId;

use crate::chaos::link::Link;

macro_rules! harms {
    ($($(#[doc = $about:literal])+ $harm:ident = $name:literal,)+) => {
        /// Something that is done to a host or on a link.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Harm {
            $($(#[doc = $about])+ $harm,)+
        }

        impl Harm {
            /// Every kind of harm.
            pub const ALL: &[Harm] = &[$(Harm::$harm,)+];

            /// What is counted, in a few words.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Harm::$harm => $name,)+
                }
            }
        }
    };
}

harms! {
    /// A process that ran was ended.
    Killed = "processes killed",
    /// A process that was asked to stop has stopped, or was killed when its grace was over.
    Stopped = "processes stopped in good order",
    /// The peer of a process that ended was told that their connection is closed.
    HungUp = "connections closed with their process",
    /// An input had to wait because its process stood still.
    Postponed = "inputs postponed",
    /// A host took longer for an input.
    Slowed = "inputs slowed down",
    /// Bytes that were not synced are gone with the power, or came back that had been cut off.
    Unsynced = "unsynced bytes lost",
    /// Bytes of a disk that was lost.
    Erased = "bytes erased",
    /// Bytes at the end of a write that was cut short.
    Torn = "bytes torn off",
    /// A file was read that holds a flipped bit.
    Rotten = "rotten files read",
    /// A sync failed.
    FailedSync = "syncs failed",
    /// A sync said that it was done, and something of what it had to write is not written.
    IdleSync = "syncs that wrote nothing",
    /// A sync took longer.
    SlowSync = "syncs slowed down",
    /// An append failed.
    RefusedAppend = "appends refused",
    /// A timer was armed that fires at another time than by a clock that is right.
    StrayTimer = "timers moved",
    /// A node took a step at which its wall time was wrong.
    WrongWall = "steps at a wrong wall time",
    /// A node did something because the world outside asked for more.
    Asked = "requests for more heeded",
    /// A sink refused an effect.
    RefusedEffect = "effects refused",
    /// Something that travels on a link waited for the end of a cut.
    Held = "frames held",
    /// Something that travelled on a link was lost to a cut, or sent on a connection that had died of it.
    Lost = "frames lost to a cut",
    /// An attempt to connect was refused because of a cut.
    Refused = "connections refused",
    /// A connection that stood was reset.
    Reset = "connections reset",
    /// Something that travels on a stalled connection waited.
    Stalled = "frames stalled",
    /// A single frame was lost, and its connection with it.
    LostFrame = "single frames lost",
    /// Something was sent on a connection that the network has forgotten.
    Forgotten = "frames lost on forgotten connections",
    /// Something that travels on a link took longer.
    Delayed = "frames delayed",
}

/// Where something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// To a host.
    Host(NodeId),
    /// On a directed link.
    Link(Link),
}

/// How often each kind of harm was done in one place since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Toll([u32; Harm::ALL.len()]);

impl Toll {
    /// Once more.
    #[inline]
    pub fn count(&mut self, harm: Harm) {
        self.count_many(harm, 1);
    }

    /// So many times more.
    #[inline]
    pub fn count_many(&mut self, harm: Harm, times: u64) {
        let counted = &mut self.0[harm as usize];
        *counted = counted.saturating_add(u32::try_from(times).unwrap_or(u32::MAX));
    }

    /// How often.
    #[must_use]
    pub fn of(&self, harm: Harm) -> u32 {
        self.0[harm as usize]
    }

    /// This and another one.
    #[must_use]
    pub fn with(mut self, other: &Toll) -> Self {
        Harm::ALL.iter().for_each(|&harm| self.count_many(harm, u64::from(other.of(harm))));
        self
    }
}

/// Kinds of harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Harms(u32);

// A set has a bit for each kind.
const _: () = assert!(Harm::ALL.len() <= u32::BITS as usize);

impl Harms {
    /// These and one more.
    pub fn insert(&mut self, harm: Harm) {
        self.0 |= 1 << harm as u32;
    }

    /// Whether it is among them.
    #[must_use]
    pub fn contains(self, harm: Harm) -> bool {
        self.0 >> harm as u32 & 1 == 1
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// These and those.
    #[must_use]
    pub fn and(self, others: Harms) -> Self {
        Harms(self.0 | others.0)
    }
}

impl FromIterator<Harm> for Harms {
    fn from_iter<I: IntoIterator<Item = Harm>>(harms: I) -> Self {
        let mut all = Harms::default();
        harms.into_iter().for_each(|harm| all.insert(harm));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toll_counts_each_kind_for_itself_and_never_beyond_its_end() {
        let mut toll = Toll::default();
        toll.count(Harm::Held);
        toll.count_many(Harm::Unsynced, u64::MAX);
        toll.count(Harm::Unsynced);
        assert_eq!((toll.of(Harm::Held), toll.of(Harm::Unsynced), toll.of(Harm::Lost)), (1, u32::MAX, 0));
        assert_eq!(toll.with(&toll).of(Harm::Held), 2);
    }

    #[test]
    fn a_set_has_what_was_put_into_it_and_nothing_else() {
        let some: Harms = [Harm::Killed, Harm::Delayed].into_iter().collect();
        let members = Harm::ALL.iter().copied().filter(|&harm| some.contains(harm));
        assert!(members.eq([Harm::Killed, Harm::Delayed]));
        assert!(!some.is_empty() && Harms::default().is_empty());
    }
}
