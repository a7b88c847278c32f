//! Who a system may have to do without, and how it comes to that.

use std::fmt;

use super::cast::Target;
use super::fault::Fault;
use super::schedule::{Moment, Step};

/// Who is down, all at once, and comes back later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absent {
    /// A broker that keeps a log and does not lead it.
    Follower,
    /// The leader of a log.
    Leader,
    /// That, and the controller that would have to replace it.
    LeaderAndController,
}

impl Absent {
    /// Every one, in ascending order.
    pub const ALL: &[Absent] = &[Absent::Follower, Absent::Leader, Absent::LeaderAndController];

    /// The processes are killed at one time, in milliseconds, and started again at another.
    #[must_use]
    pub fn steps(self, topic: &str, from: u64, until: u64) -> Vec<Step> {
        let kill = |target| Step::new(Moment::Ms(from), Fault::crash(target)).heal_after_ms(until - from);
        let leader = || Target::leader(topic, 0);
        match self {
            Absent::Follower => vec![kill(Target::follower(topic, 0, 1))],
            Absent::Leader => vec![kill(leader())],
            Absent::LeaderAndController => vec![kill(Target::Controller), kill(leader())],
        }
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Absent::Follower => "a follower",
            Absent::Leader => "a leader",
            Absent::LeaderAndController => "a leader with the controller",
        })
    }
}
