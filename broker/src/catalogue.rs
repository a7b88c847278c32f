//! What the controller knows of the cluster and tells everybody: who is alive, who leads what, who is in sync.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Epoch, NodeId, TopicPartition};

/// The state of the cluster at one version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Catalogue {
    /// Grows with every change.
    pub version: u32,
    /// Every broker that ever registered, in the order of their ids.
    pub brokers: Vec<BrokerState>,
    /// Every topic partition, in ascending order. Catalogues of one controller share the states that did not change between them.
    pub partitions: Vec<Arc<PartitionState>>,
}

/// One broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BrokerState {
    /// Which one.
    pub node: NodeId,
    /// The incarnation it registered with.
    pub incarnation: u64,
    /// The epoch of that registration.
    pub epoch: u64,
    /// Whether the controller hears from it.
    pub alive: bool,
}

/// One topic partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PartitionState {
    /// Which one.
    pub topic_partition: TopicPartition,
    /// Where it is kept, the preferred leader first.
    pub replicas: Vec<NodeId>,
    /// Which replicas hold all that was acknowledged to `acks=all`, in ascending order.
    pub isr: Vec<NodeId>,
    /// Which others hold it too: they left the in-sync set while it was below min ISR (KIP-966); in ascending order.
    pub eligible: Vec<NodeId>,
    /// Who leads; `None` while nobody who may be elected is alive.
    pub leader: Option<NodeId>,
    /// Who led last, or leads; `None` for a log that never had a leader.
    pub last_leader: Option<NodeId>,
    /// The epoch of the last election.
    pub leader_epoch: Epoch,
    /// Grows with every change of this partition.
    pub version: u32,
}

impl Catalogue {
    /// The state of one topic partition.
    #[must_use]
    pub fn partition(&self, topic_partition: TopicPartition) -> Option<&PartitionState> {
        Some(&self.partitions[self.place(topic_partition)?])
    }

    /// The same, to be changed; catalogues that share it keep what it was.
    pub fn partition_mut(&mut self, topic_partition: TopicPartition) -> Option<&mut PartitionState> {
        let place = self.place(topic_partition)?;
        Some(Arc::make_mut(&mut self.partitions[place]))
    }

    fn place(&self, topic_partition: TopicPartition) -> Option<usize> {
        self.partitions.binary_search_by_key(&topic_partition, |state| state.topic_partition).ok()
    }

    /// Who leads a topic partition.
    #[must_use]
    pub fn leader(&self, topic_partition: TopicPartition) -> Option<NodeId> {
        self.partition(topic_partition)?.leader
    }
}
