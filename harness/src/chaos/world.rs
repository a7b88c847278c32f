//! The one door through which faults act on an engine, and all that can be done through it.

use broker::{Load, Micros, NodeId};
use serde::{Deserialize, Serialize};

use crate::chaos::harm::{Place, Toll};
use crate::chaos::link::Link;

/// What becomes of open connections, and of attempts to open one, while their link is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Streams {
    /// Bytes wait and arrive after healing, in order: what TCP does in a short cut. Attempts to connect wait too.
    #[default]
    Hold,
    /// Bytes sent during the cut are gone and the connection is dead for ever, without an error: what TCP does when the
    /// cut outlasts everybody's patience. Attempts to connect are refused after a while.
    Hang,
    /// Open connections are reset at once, on both ends. Attempts to connect are refused.
    Reset,
}

/// What happens to a host's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClockChange {
    /// Wall time is off by so many microseconds from now on; 0 puts it right.
    Offset(i64),
    /// Wall time leaps by so many microseconds.
    Jump(i64),
    /// Both times run faster by so many millionths from now on; 0 lets them run right again, with the difference they have.
    Drift(i64),
}

/// What happens to a host's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiskChange {
    /// All files are gone.
    Lose,
    /// Appends fail, or succeed again.
    Full(bool),
    /// Syncs fail, and what they should have written never is (fsyncgate, 2018), or succeed again.
    FailSyncs(bool),
    /// Syncs succeed and write nothing, or do what they say again.
    Lie(bool),
    /// Syncs take so many microseconds longer from now on.
    Slow(Micros),
    /// Of the bytes that were appended last and not synced, only a prefix is there; the number says how much.
    Tear(u64),
    /// One bit is not what was written; the number says which.
    Rot(u64),
}

/// What can be done to the world: what a fault does now or later, and how it is healed. An engine does each with its own primitive
/// wherever it has one.
///
/// What is about a node that is already in that state does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorldAction {
    /// Ends the process: memory is gone, all that was appended stays, peers see their connections close.
    Crash(NodeId),
    /// Cuts the power: memory is gone, of the disk what was synced stays plus a torn prefix of the rest, peers hear nothing. The
    /// draws about the torn tail are keyed by the number.
    PowerLoss(NodeId, u64),
    /// Asks the process to stop in good order (SIGTERM): it ends when it says so, and is killed after
    /// [`STOP_GRACE`](broker::STOP_GRACE).
    Stop(NodeId),
    /// Starts a node that is down; one that is stopping, as soon as it has stopped.
    Restart(NodeId),
    /// Stops a node in its tracks; what is sent to it waits.
    Pause(NodeId),
    /// Lets a paused node go on.
    Resume(NodeId),
    /// Cuts a directed link; a link that is cut is from now on cut in this way.
    Cut(Link, Streams),
    /// Mends a directed link, however often it was cut.
    Mend(Link),
    /// Loses the next frame on this directed link, and resets the connection it was on: TCP loses no single frame.
    LoseFrame(Link),
    /// The connections that stand between these hosts carry nothing any more, in either direction and for ever, and nobody is told:
    /// what a firewall does that forgot them. New ones can be opened.
    HalfOpen(Link),
    /// What the connections that stand carry on this directed link waits, or, with `false`, arrives and goes on. New ones can be
    /// opened, and carry.
    Stall(Link, bool),
    /// From now on everything takes so many microseconds longer on this directed link.
    Delay(Link, Micros),
    /// From now on a node takes so many microseconds longer for everything that reaches it.
    Slow(NodeId, Micros),
    /// Changes a node's clock.
    Clock(NodeId, ClockChange),
    /// Changes a node's disk.
    Disk(NodeId, DiskChange),
    /// Changes what the world outside asks of a node; one that is down does not hear of it.
    Load(NodeId, Load),
}

/// The one door through which faults act on an engine.
pub trait World {
    /// Simulated microseconds since the start of the run.
    fn now(&self) -> Micros;
    /// What faults have done in this place so far.
    fn toll(&self, place: Place) -> Toll;
    /// Whether a node's disk has written all that it ever said it had, and all that it failed to write before.
    fn durable_as_told(&self, node: NodeId) -> bool;
    /// Does something to it.
    fn act(&mut self, action: WorldAction);
}

impl WorldAction {
    /// The host or the link that it is about.
    #[must_use]
    pub fn place(self) -> Place {
        match self {
            WorldAction::Crash(node)
            | WorldAction::PowerLoss(node, _)
            | WorldAction::Stop(node)
            | WorldAction::Restart(node)
            | WorldAction::Pause(node)
            | WorldAction::Resume(node)
            | WorldAction::Slow(node, _)
            | WorldAction::Clock(node, _)
            | WorldAction::Disk(node, _)
            | WorldAction::Load(node, _) => Place::Host(node),
            WorldAction::Cut(link, _)
            | WorldAction::Mend(link)
            | WorldAction::LoseFrame(link)
            | WorldAction::HalfOpen(link)
            | WorldAction::Stall(link, _)
            | WorldAction::Delay(link, _) => Place::Link(link),
        }
    }

    /// Where something changes because of it: a connection that is forgotten is so in both directions.
    pub(crate) fn touches(self) -> impl Iterator<Item = Place> {
        let back = match self {
            WorldAction::HalfOpen(link) => Some(Place::Link(link.reversed())),
            _ => None,
        };
        back.into_iter().chain([self.place()])
    }

    /// Whether it concerns these nodes, and links among them, alone.
    #[must_use]
    pub fn is_within(self, has: impl Fn(NodeId) -> bool) -> bool {
        match self.place() {
            Place::Host(node) => has(node),
            Place::Link(link) => has(link.from) && has(link.to),
        }
    }

    /// Whether it ends a state that another fault may have wanted as well; what is down or paused is up again for all.
    #[must_use]
    pub fn ends_a_state(self) -> bool {
        !matches!(self, WorldAction::Stop(_) | WorldAction::Restart(_) | WorldAction::Resume(_))
    }
}
