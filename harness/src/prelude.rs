//! All that a system of your own is written with: `use harness::prelude::*;`. See the example `own_broker`.

pub use broker::server::{Wire, WireError};
pub use broker::{
    ConnId, FileId, FrameInfo, Input, MessageId, Node, NodeId, Now, Observation, Outputs, Phase, StoredFile,
    TopicId, TopicPartition,
};
pub use bytes::Bytes;

pub use crate::chaos::cast::{Cast, Part, Player};
pub use crate::chaos::fault::{FaultKind, FaultModel};
pub use crate::engine::Host;
pub use crate::seed::knob::{Knob, Knobs};
pub use crate::system::System;
pub use crate::{Kind, Path, Scenario, Variant};
