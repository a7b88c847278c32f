//! The replicas that a broker keeps, and when the first of them has something due. A step touches one replica or none, so the
//! others are not asked again what they want.

use crate::replica::Replica;
use crate::{Micros, TopicPartition};

/// Replicas in ascending order of their topic partitions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Replicas {
    kept: Vec<Kept>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kept {
    replica: Replica,
    /// When it has something due, as it said when it was asked last.
    deadline: Option<Micros>,
    /// It may say something else now.
    touched: bool,
}

impl Replicas {
    /// Adds one behind all others.
    pub(super) fn push(&mut self, replica: Replica) {
        self.kept.push(Kept { replica, deadline: None, touched: true });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Replica> {
        self.kept.iter().map(|kept| &kept.replica)
    }

    /// Those that were touched since the last look at the deadline.
    pub(super) fn touched(&mut self) -> impl Iterator<Item = &mut Replica> {
        self.kept.iter_mut().filter(|kept| kept.touched).map(|kept| &mut kept.replica)
    }

    /// What all of them want may have become possible.
    pub(super) fn touch_all(&mut self) {
        self.kept.iter_mut().for_each(|kept| kept.touched = true);
    }

    /// All of them, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Replica> {
        self.kept.iter_mut().map(Kept::touch)
    }

    /// Those that `wanted` picks, to be changed.
    pub(super) fn which(&mut self, wanted: impl Fn(&Replica) -> bool) -> impl Iterator<Item = &mut Replica> {
        self.kept.iter_mut().filter(move |kept| wanted(&kept.replica)).map(Kept::touch)
    }

    /// The replica of this topic partition, to be changed.
    pub(super) fn get_mut(&mut self, topic_partition: TopicPartition) -> Option<&mut Replica> {
        self.which(move |replica| replica.topic_partition() == topic_partition).next()
    }

    /// When the first of them has something due.
    pub(super) fn deadline(&mut self) -> Option<Micros> {
        for kept in self.kept.iter_mut().filter(|kept| kept.touched) {
            kept.deadline = kept.replica.deadline();
            kept.touched = false;
        }
        self.kept.iter().filter_map(|kept| kept.deadline).min()
    }
}

impl Kept {
    fn touch(&mut self) -> &mut Replica {
        self.touched = true;
        &mut self.replica
    }
}
