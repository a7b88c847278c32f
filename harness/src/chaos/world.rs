//! The one door through which faults act on an engine.

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

/// What a fault can do to the world. An engine implements each verb with its own primitive wherever it has one.
///
/// Verbs about a node that is already in that state do nothing.
pub trait World {
    /// Simulated microseconds since the start of the run.
    fn now(&self) -> Micros;
    /// What faults have done in this place so far.
    fn toll(&self, place: Place) -> Toll;
    /// Whether a node's disk has written all that it ever said it had, and all that it failed to write before.
    fn durable_as_told(&self, node: NodeId) -> bool;
    /// Ends the process: memory is gone, all that was appended stays, peers see their connections close.
    fn crash(&mut self, node: NodeId);
    /// Cuts the power: memory is gone, of the disk what was synced stays plus a torn prefix of the rest, peers hear
    /// nothing. The draws about the torn tail are keyed by `key`.
    fn power_loss(&mut self, node: NodeId, key: u64);
    /// Asks the process to stop in good order (SIGTERM): it ends when it says so, and is killed after
    /// [`STOP_GRACE`](broker::STOP_GRACE).
    fn stop(&mut self, node: NodeId);
    /// Starts a node that is down; one that is stopping, as soon as it has stopped.
    fn restart(&mut self, node: NodeId);
    /// Stops a node in its tracks; what is sent to it waits.
    fn pause(&mut self, node: NodeId);
    /// Lets a paused node go on.
    fn resume(&mut self, node: NodeId);
    /// Cuts a directed link; a link that is cut is from now on cut in this way.
    fn cut(&mut self, link: Link, streams: Streams);
    /// Mends a directed link, however often it was cut.
    fn mend(&mut self, link: Link);
    /// Loses the next frame on this directed link, and resets the connection it was on: TCP loses no single frame.
    fn lose_frame(&mut self, link: Link);
    /// The connections that stand between these hosts carry nothing any more, in either direction and for ever, and nobody is
    /// told: what a firewall does that forgot them. New ones can be opened.
    fn half_open(&mut self, link: Link);
    /// What the connections that stand carry on this directed link waits, or, with `false`, arrives and goes on. New ones can
    /// be opened, and carry.
    fn stall(&mut self, link: Link, stalled: bool);
    /// From now on everything takes so many microseconds longer on this directed link.
    fn delay(&mut self, link: Link, longer: Micros);
    /// From now on a node takes so many microseconds longer for everything that reaches it.
    fn slow(&mut self, node: NodeId, longer: Micros);
    /// Changes a node's clock.
    fn clock(&mut self, node: NodeId, change: ClockChange);
    /// Changes a node's disk.
    fn disk(&mut self, node: NodeId, change: DiskChange);
    /// Changes what the world outside asks of a node; one that is down does not hear of it.
    fn load(&mut self, node: NodeId, load: Load);
}
