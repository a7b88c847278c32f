//! A small, real, replicated message broker that does no I/O of its own.
//!
//! Everything here is a [`Node`]: a state machine that takes an [`Input`] and answers with [`Outputs`]. By default the crate
//! has no runtime, no clock and no entropy; the feature `server` adds the asynchronous shell that drives any node over any
//! network, and the real `broker` process.
//!
//! Every queue mode is one replicated log plus a row of policies ([`policy`]).

#[macro_use]
mod defect;

mod alarm;
pub mod authority;
mod broker;
mod catalogue;
pub mod client;
mod config;
mod controller;
mod deadlines;
mod group;
mod link;
mod load;
pub mod log;
mod node;
mod observation;
mod peer;
pub mod policy;
mod record;
mod replica;
mod rng;
#[cfg(feature = "server")]
pub mod server;
mod types;
pub mod wire;

pub use alarm::Alarm;
pub use broker::Broker;
pub use catalogue::{BrokerState, Catalogue, PartitionState};
pub use config::{Authority, ClusterConfig, Timing, TopicConfig};
pub use controller::Controller;
#[cfg(feature = "defects")]
pub use defect::{Defect, Promise, Source, Standing};
pub use link::{BackOff, Link, Readiness, Terms};
pub use load::Load;
pub use node::{Action, FrameInfo, Input, Node, Outputs, STOP_GRACE, StoredFile};
pub use observation::{DropReason, EventKind, EventSet, Frequency, Mark, Observation, Observed, Phase};
pub use peer::RECONNECT_PAUSE;
pub use policy::Policies;
pub use record::{ProducerStamp, Record, Records};
pub use types::{
    ConnId, Epoch, FileId, Generation, GroupId, MessageId, Micros, NodeId, Now, Offset, TopicId,
    TopicPartition, earliest,
};
pub use wire::{Frame, RequestId};
