//! The replicas that a broker keeps, and when the first of them has something due. A step touches one replica or none, so the
//! others are not asked again what they want.

use crate::replica::Replica;
use crate::types::earliest;
use crate::{Micros, TopicPartition};

/// Replicas in ascending order of their topic partitions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Replicas {
    kept: Vec<Replica>,
    /// When each has something due, as it said when it was asked last.
    deadlines: Vec<Option<Micros>>,
    /// Whether each may want something else now.
    touched: Vec<bool>,
}

impl Replicas {
    /// Adds one behind all others.
    pub(super) fn push(&mut self, replica: Replica) {
        self.kept.push(replica);
        self.deadlines.push(None);
        self.touched.push(true);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Replica> {
        self.kept.iter()
    }

    /// Those that were touched since the last look at the deadline.
    pub(super) fn touched(&mut self) -> impl Iterator<Item = &mut Replica> {
        self.kept.iter_mut().zip(&self.touched).filter(|(_, touched)| **touched).map(|(replica, _)| replica)
    }

    /// What all of them want may have become possible.
    pub(super) fn touch_all(&mut self) {
        self.touched.fill(true);
    }

    /// All of them, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Replica> {
        self.touch_all();
        self.kept.iter_mut()
    }

    /// The first that `wanted` picks, to be changed.
    pub(super) fn find_mut(&mut self, wanted: impl Fn(&Replica) -> bool) -> Option<&mut Replica> {
        let at = self.kept.iter().position(wanted)?;
        self.touched[at] = true;
        self.kept.get_mut(at)
    }

    /// The replica of this topic partition, to be changed.
    pub(super) fn get_mut(&mut self, topic_partition: TopicPartition) -> Option<&mut Replica> {
        self.find_mut(|replica| replica.topic_partition() == topic_partition)
    }

    /// When the first of them has something due.
    pub(super) fn deadline(&mut self) -> Option<Micros> {
        for (at, touched) in self.touched.iter_mut().enumerate() {
            if std::mem::take(touched) {
                self.deadlines[at] = self.kept[at].deadline();
            }
        }
        earliest(self.deadlines.iter().copied())
    }
}
