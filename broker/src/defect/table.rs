//! The one list of defects, from which their sites, the benchmark, its documents and the tests read.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Promise, Source, Standing};

/// The one that is on, counted from 1; 0 while none is.
static ON: AtomicUsize = AtomicUsize::new(0);

macro_rules! defects {
    ($(
        $(#[doc = $about:literal])+
        $name:ident = $text:literal in $site:literal, $source:ident($from:literal), breaks $($promise:ident)+
        $(, $standing:expr)?;
    )+) => {
        /// A bug of one line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Defect {
            $($(#[doc = $about])+ $name,)+
        }

        impl Defect {
            /// Every defect.
            pub const ALL: &[Defect] = &[$(Defect::$name,)+];

            /// Its name in tables and on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Defect::$name => $text,)+
                }
            }

            /// What it does, in a sentence.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $(Defect::$name => concat!($($about),+).trim_ascii_start(),)+
                }
            }

            /// The file of its site, within `broker/src`.
            #[must_use]
            pub fn site(self) -> &'static str {
                match self {
                    $(Defect::$name => $site,)+
                }
            }

            /// Where it comes from.
            #[must_use]
            pub fn source(self) -> Source {
                match self {
                    $(Defect::$name => Source::$source($from),)+
                }
            }

            /// The promises that it can break.
            #[must_use]
            pub fn breaks(self) -> &'static [Promise] {
                match self {
                    $(Defect::$name => &[$(Promise::$promise,)+],)+
                }
            }

            /// Whether it is expected to be found.
            #[must_use]
            pub fn standing(self) -> Standing {
                match self {
                    $(Defect::$name => among(&[$($standing)?]),)+
                }
            }
        }
    };
}

impl Defect {
    /// Turns this one on in the whole process, and every other off; `None` turns all off.
    pub fn turn_on(one: Option<Defect>) {
        ON.store(one.map_or(0, |defect| defect as usize + 1), Ordering::Relaxed);
    }

    /// Whether it is on.
    #[must_use]
    pub fn is_on(self) -> bool {
        ON.load(Ordering::Relaxed) == self as usize + 1
    }
}

/// What the list says of a defect, or that it can be found.
fn among(said: &[Standing]) -> Standing {
    said.first().copied().unwrap_or(Standing::Findable)
}

defects! {
    /// Whatever min ISR says, an in-sync set of the leader alone is enough for "all": what it acknowledges then is lost with it.
    AllMayBeOne = "all-may-be-one" in "broker/mod.rs", Report("K08-ISR"), breaks Durable Agreed Settled;
    /// A follower begins by cutting its log to the watermark that it remembers, which lags behind what was acknowledged.
    CutToOwnWatermark = "cut-to-own-watermark" in "replica/follower.rs", Report("K101-HW"), breaks Durable Agreed Settled;
    /// A leader serves a follower whose log parts from its own: one offset gets two values.
    LineageUnchecked = "lineage-unchecked" in "replica/leader.rs", Report("K101-DIV"), breaks Durable Agreed Settled;
    /// Asked where an epoch ends that it does not know, a leader answers as if it knew it: the follower cuts at the wrong place.
    UnknownEpochAffirmed = "unknown-epoch-affirmed" in "log/mod.rs", Report("K279"), breaks Durable Agreed;
    /// What is in the page cache alone counts as held where only synced records may.
    HeldUnsynced = "held-unsynced" in "log/mod.rs", Report("N-FSYNC"), breaks Durable Agreed Settled;
    /// Consumers read to the end of the leader's log: a group settles what is lost with the leader, and skips what takes its place.
    ReadBeyondWatermark = "read-beyond-watermark" in "policy/visibility.rs", Report("N-5412"), breaks Durable Agreed Settled;
    /// A restarted controller forgets its catalogue and begins with the first one, in which every replica is in sync.
    CatalogueForgotten = "catalogue-forgotten" in "controller/mod.rs", Report("N-6888"), breaks Durable Agreed Settled Available;
    /// A batch whose checksum does not match is read back all the same.
    DamageUnnoticed = "damage-unnoticed" in "log/batch.rs", Report("N-7549"), breaks Durable Agreed Truthful;
    /// A repeated batch is acknowledged at once, though the first is not replicated yet and may be overwritten after an election.
    RepetitionUnreplicated = "repetition-unreplicated" in "replica/leader.rs", Report("RP-3003"), breaks Durable Agreed;
    /// Where no in-sync replica is alive, any other is elected.
    AnyoneElected = "anyone-elected" in "policy/election.rs", Report("RMQ-33"), breaks Durable Agreed Settled;
    /// "All" is answered when the leader has it.
    AllIsLeader = "all-is-leader" in "replica/leader.rs", Report("ROC-ASYNC"), breaks Durable Agreed;
    /// A settlement is acknowledged when the leader of the offsets log alone has it: an election takes it back.
    SettledByLeaderAlone = "settled-by-leader-alone" in "broker/mod.rs", Report("PUL-22709"), breaks Settled Once;
    /// A producer whose request was not answered begins a new epoch and sends it again under a new number.
    DoubtBeginsEpoch = "doubt-begins-epoch" in "client/producer/queue.rs", Report("P-14034"), breaks Once Ordered;
    /// A deposed leader says of what it appended that it was not stored.
    DeposedMeansNotStored = "deposed-means-not-stored" in "replica/leader.rs", Report("P-AMBIG"), breaks Truthful Once Ordered;
    /// A repeated batch is acknowledged with offset 0.
    RepetitionAtZero = "repetition-at-zero" in "replica/leader.rs", Report("B-ZERO"), breaks Truthful Agreed;
    /// A commit is accepted from anybody, also from a member that was let go.
    CommitOfAnybody = "commit-of-anybody" in "group/mod.rs", Report("T-447"), breaks Owned Settled Once;
    /// A consumer keeps what it owned, with all that it was working on, over a rebalance.
    KeptOverRebalance = "kept-over-rebalance" in "client/consumer/parting.rs", Report("C-DOUBLE"), breaks Owned Settled Once Ordered;
    /// A record that its handler wants again goes behind all others of its lane.
    RetryBehindOthers = "retry-behind-others" in "client/work.rs", Report("C-KEYSH"), breaks Ordered;
    /// A record that its handler refuses counts as done.
    RefusedIsDone = "refused-is-done" in "client/consumer.rs", Report("C-POISON"), breaks Settled;
}
