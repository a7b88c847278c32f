//! At whom a fault is aimed: a role, resolved when the fault strikes. A schedule outlives node numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Target {
    /// The controller; of several, the one that decides.
    Controller,
    /// The leader of the committed offsets.
    Coordinator,
    /// The node in whose step the event happened; only at an event.
    Actor,
    /// The node at which the last fault that struck was aimed; of a fault between two, the first of them.
    Struck,
    /// Any node that faults may be aimed at, drawn when the fault strikes.
    Random,
    /// Fewer than half of the brokers, as many as that can be, drawn when the fault strikes; for faults that strike several at once.
    Minority,
    /// All brokers that stand in the n-th rack, from 1; for faults that strike several at once.
    Rack(usize),
    /// The n-th broker, from 1.
    Broker(usize),
    /// The n-th producer, from 1.
    Producer(usize),
    /// The broker that leads a topic partition.
    Leader(Log),
    /// A broker that keeps a topic partition and does not lead it.
    Follower(FollowerOf),
    /// The consumer of a group that was handed a record last.
    Member(Member),
}

/// A topic partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Log {
    /// The topic.
    pub topic: String,
    /// The partition, from 0.
    pub partition: u16,
}

/// One of a topic partition's followers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FollowerOf {
    /// The topic.
    pub topic: String,
    /// The partition, from 0.
    pub partition: u16,
    /// Which follower, from 1, in the order of placement; without it any, drawn when the fault strikes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<usize>,
}

/// A group's active member.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Member {
    /// The group.
    pub group: String,
}

impl Target {
    /// Its name in files, where several nodes may play it at once.
    #[must_use]
    pub fn of_several(&self) -> Option<&'static str> {
        match self {
            Target::Minority => Some("minority"),
            Target::Rack(_) => Some("rack"),
            _ => None,
        }
    }

    /// The leader of a topic partition.
    #[must_use]
    pub fn leader(topic: &str, partition: u16) -> Self {
        Target::Leader(Log { topic: topic.to_owned(), partition })
    }

    /// The n-th follower of a topic partition, from 1.
    #[must_use]
    pub fn follower(topic: &str, partition: u16, nth: usize) -> Self {
        Target::Follower(FollowerOf { topic: topic.to_owned(), partition, nth: Some(nth) })
    }

    /// Any follower of a topic partition.
    #[must_use]
    pub fn any_follower(topic: &str, partition: u16) -> Self {
        Target::Follower(FollowerOf { topic: topic.to_owned(), partition, nth: None })
    }

    /// The active member of a group.
    #[must_use]
    pub fn member(group: &str) -> Self {
        Target::Member(Member { group: group.to_owned() })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Controller => f.write_str("controller"),
            Target::Coordinator => f.write_str("coordinator"),
            Target::Actor => f.write_str("actor"),
            Target::Struck => f.write_str("whoever was struck last"),
            Target::Random => f.write_str("any node"),
            Target::Minority => f.write_str("a minority of brokers"),
            Target::Rack(n) => write!(f, "rack {n}"),
            Target::Broker(n) => write!(f, "broker {n}"),
            Target::Producer(n) => write!(f, "producer {n}"),
            Target::Leader(log) => write!(f, "leader of {}/{}", log.topic, log.partition),
            Target::Follower(of) => match of.nth {
                Some(nth) => write!(f, "follower {nth} of {}/{}", of.topic, of.partition),
                None => write!(f, "a follower of {}/{}", of.topic, of.partition),
            },
            Target::Member(member) => write!(f, "member of {}", member.group),
        }
    }
}
