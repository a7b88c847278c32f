//! What a cluster promises about waiting: how long at most, by what is lost. Plain data, declared by whoever knows the cluster.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Time;

/// What a cluster promises. Names are those of the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// The processes that elect leaders: of several, one decides, and any one of them may be lost.
    pub controllers: Vec<String>,
    /// The processes that keep logs.
    pub brokers: Vec<String>,
    /// How many replicas of a log must be in sync for it to serve.
    pub min_in_sync: usize,
    /// Every log, those that groups keep their offsets in among them.
    pub logs: Vec<LogPromise>,
    /// Every consumer group.
    pub groups: Vec<GroupPromise>,
    /// A send that begins when nothing has been wrong for so long ends with a known outcome, in microseconds. Nothing where
    /// producers give up before the longest wait is over.
    pub resolves_after: Option<Time>,
}

impl Availability {
    /// The longest wait of anybody while this is lost, in microseconds, where no other record waits as well.
    #[must_use]
    pub fn bound(&self, lost: Lost) -> Time {
        self.all().map(|within| within.bound(lost, 0)).max().unwrap_or_default()
    }

    /// The longest wait of anybody while this is lost, in microseconds, however much waits.
    #[must_use]
    pub fn longest(&self, lost: Lost) -> Time {
        self.all().map(|within| within.bound(lost, u64::MAX)).max().unwrap_or_default()
    }

    /// The longest wait of anybody who sends while this is lost, in microseconds.
    #[must_use]
    pub fn longest_of_senders(&self, lost: Lost) -> Time {
        self.logs.iter().map(|log| log.within.bound(lost, 0) + log.turn).max().unwrap_or_default()
    }

    /// How long after its healing a fault is present for anybody, in microseconds.
    #[must_use]
    pub fn recovery(&self) -> Time {
        self.all().map(|within| within.recovery).max().unwrap_or_default()
    }

    fn all(&self) -> impl Iterator<Item = &Within> {
        self.logs.iter().map(|log| &log.within).chain(self.groups.iter().map(|group| &group.within))
    }
}

/// What is promised to those who send to a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPromise {
    /// Its topic.
    pub topic: String,
    /// Its partition, from 0.
    pub partition: u32,
    /// The brokers that keep it.
    pub replicas: Vec<String>,
    /// So long after it had its first leader whoever serves clients may not know that leader yet, in microseconds.
    pub known_after: Time,
    /// How long they wait at most until one of them is acknowledged.
    pub within: Within,
    /// So much longer may each of them wait for an acknowledgement of its own, in microseconds.
    pub turn: Time,
}

/// What is promised to a consumer group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPromise {
    /// Its name.
    pub group: String,
    /// The processes without which it gets no further: its consumers, and where their effects happen.
    pub members: Vec<String>,
    /// The places of the logs that it reads, in [`Availability::logs`].
    pub reads: Vec<usize>,
    /// How long it waits at most to settle something of a log that it reads, whatever it does with the others meanwhile.
    pub within: Within,
    /// The least back-off for which a handler of its consumers asks when it wants a record again, in microseconds. Nothing where nobody
    /// knows it.
    pub retries_after: Option<Time>,
}

/// The longest waits that are allowed, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// By what is lost, in the order of [`Lost::ALL`].
    pub bounds: [Time; Lost::ALL.len()],
    /// In addition for every record that waits, of any log: whoever works on them may have turned to the others first.
    pub per_record: Time,
    /// At most so many others can have been turned to first.
    pub records: u64,
    /// A fault is present until so long after its healing.
    pub recovery: Time,
}

impl Within {
    /// The longest wait while this is lost, in microseconds, where so many records wait.
    #[must_use]
    pub fn bound(&self, lost: Lost, records: u64) -> Time {
        self.bounds[lost as usize] + self.per_record * records.min(self.records)
    }
}

/// What a log, or a group, has to do without. The order matters: of several the last counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lost {
    /// Nothing, and no fault has struck anybody since the history began: no connection can be dead, and nobody is silent who did not
    /// say goodbye.
    NothingYet,
    /// Nothing.
    Nothing,
    /// The controller.
    Controller,
    /// A replica that follows, its link to the leader, or its link to the controller.
    Follower,
    /// The leader.
    Leader,
    /// The leader's link to the controller: it goes on serving until its followers have heard of another.
    LeadersController,
    /// Everything but a core that could serve alone, and that was healed: the fault `all-but-core`.
    AllButCore,
}

impl Lost {
    /// Every one, in ascending order.
    pub const ALL: &[Lost] = &[
        Lost::NothingYet,
        Lost::Nothing,
        Lost::Controller,
        Lost::Follower,
        Lost::Leader,
        Lost::LeadersController,
        Lost::AllButCore,
    ];

    /// Whether something is.
    #[must_use]
    pub fn is_something(self) -> bool {
        self > Lost::Nothing
    }

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Lost::NothingYet => "nothing-yet",
            Lost::Nothing => "nothing",
            Lost::Controller => "controller",
            Lost::Follower => "follower",
            Lost::Leader => "leader",
            Lost::LeadersController => "leaders-controller",
            Lost::AllButCore => "all-but-core",
        }
    }

    /// Half a sentence.
    pub(super) fn told(self) -> &'static str {
        match self {
            Lost::NothingYet => "before anything was struck",
            Lost::Nothing => "with nothing lost",
            Lost::Controller => "without the controller",
            Lost::Follower => "without one follower",
            Lost::Leader => "without its leader",
            Lost::LeadersController => "while its leader does not reach the controller",
            Lost::AllButCore => "while a core is healed that could serve alone",
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
