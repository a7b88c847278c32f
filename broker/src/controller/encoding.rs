//! The catalogue as it stands in the controller's log. Every change writes all of it down, and most of it did not change: so the bytes
//! of each log's state are kept.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use crate::{Catalogue, PartitionState};

/// The states that were written down last, each with its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Encoding {
    states: Vec<(Arc<PartitionState>, Bytes)>,
}

impl Encoding {
    /// The bytes of this catalogue as `postcard` writes it: field after field, and before the states how many there are.
    pub(super) fn of(&mut self, catalogue: &Catalogue) -> Bytes {
        let Catalogue { version, brokers, partitions } = catalogue;
        if self.states.len() != partitions.len() {
            self.states = partitions.iter().map(encoded).collect();
        }
        let mut all = bytes(&(version, brokers, partitions.len()));
        for (written, state) in self.states.iter_mut().zip(partitions) {
            if !Arc::ptr_eq(&written.0, state) {
                *written = encoded(state);
            }
            all.extend_from_slice(&written.1);
        }
        all.into()
    }
}

fn encoded(state: &Arc<PartitionState>) -> (Arc<PartitionState>, Bytes) {
    (Arc::clone(state), bytes(state).into())
}

/// Serialising plain integers into memory cannot fail; a record that does not read back would be skipped.
fn bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{BrokerState, NodeId, TopicId, TopicPartition};

    fn state(partition: u16) -> Arc<PartitionState> {
        Arc::new(PartitionState {
            topic_partition: TopicPartition { topic: TopicId(0), partition },
            replicas: vec![NodeId(1), NodeId(2)],
            isr: vec![NodeId(1)],
            eligible: Vec::new(),
            leader: None,
            last_leader: None,
            leader_epoch: 0,
            version: 0,
        })
    }

    proptest! {
        #[test]
        fn whatever_changed_the_bytes_are_those_of_the_whole_catalogue(
            partitions in 0..200_u16, changes in prop::collection::vec((0..200_u16, any::<u32>()), 0..20)
        ) {
            let brokers = vec![BrokerState { node: NodeId(1), incarnation: 7, epoch: 3, alive: true }];
            let mut catalogue = Catalogue { version: 0, brokers, partitions: (0..partitions).map(state).collect() };
            let mut encoding = Encoding::default();
            for (partition, epoch) in changes {
                catalogue.version += epoch % 1_000;
                let log = TopicPartition { topic: TopicId(0), partition };
                if let Some(state) = catalogue.partition_mut(log) {
                    (state.leader, state.leader_epoch) = (Some(NodeId(epoch)), epoch);
                }
                prop_assert_eq!(encoding.of(&catalogue).to_vec(), postcard::to_stdvec(&catalogue).unwrap());
            }
        }
    }
}
