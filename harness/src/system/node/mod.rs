//! The programs of the lab's own hosts.

mod auditor;
mod cluster;
mod consumer;
mod effects;
mod producer;

pub use auditor::Auditor;
pub use cluster::{BrokerNode, ControllerNode};
pub use consumer::{ConsumerNode, REDELIVERY_PAUSE, Stay, Workers};
pub use producer::ProducerNode;

use crate::engine::BoxedNode;
use crate::system::frame::LabFrame;

/// Makes a host's program anew for every incarnation.
pub type Factory = Box<dyn Fn() -> BoxedNode<LabFrame>>;
