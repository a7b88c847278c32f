//! The replicas that a broker keeps, and when the first of them has something due. A step touches one replica or none, so the
//! others are not asked again what they want.

use std::collections::BTreeMap;

use crate::deadlines::Deadlines;
use crate::replica::Replica;
use crate::{ConnId, FileId, Micros, TopicPartition};

/// Replicas in ascending order of their topic partitions. A place is one of them, by this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Replicas {
    kept: Vec<Replica>,
    /// Which log each replicates; apart, because a look for one passes over several.
    topic_partitions: Vec<TopicPartition>,
    /// Who awaits the syncs of a file.
    by_file: BTreeMap<FileId, usize>,
    /// When each has something due, as it said when it was asked last.
    deadlines: Deadlines,
    /// The places of those that may want something else now, in ascending order.
    touched: Vec<usize>,
}

impl Replicas {
    /// Adds one behind all others.
    pub(super) fn push(&mut self, replica: Replica) {
        let place = self.kept.len();
        for file in replica.files().filter(|&file| replica.syncs(file)) {
            self.by_file.entry(file).or_insert(place);
        }
        self.topic_partitions.push(replica.topic_partition());
        self.kept.push(replica);
        self.touched.push(place);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Replica> {
        self.kept.iter()
    }

    /// Does this for each that was touched since the last look at the deadline.
    pub(super) fn for_each_touched(&mut self, mut act: impl FnMut(&mut Replica)) {
        self.touched.iter().for_each(|&place| act(&mut self.kept[place]));
    }

    /// What all of them want may have become possible.
    pub(super) fn touch_all(&mut self) {
        self.touched.clear();
        self.touched.extend(0..self.kept.len());
    }

    /// What those want that have something due may have become possible.
    pub(super) fn touch_due(&mut self, now: Micros) {
        self.deadlines.due(now).into_iter().for_each(|place| self.touch_at(place));
    }

    /// What the replica of this topic partition wants may have become possible.
    pub(super) fn touch(&mut self, topic_partition: TopicPartition) {
        self.get_mut(topic_partition);
    }

    /// A connection of somebody else's is gone.
    pub(super) fn closed(&mut self, conn: ConnId) {
        for place in 0..self.kept.len() {
            if self.kept[place].closed(conn) {
                self.touch_at(place);
            }
        }
    }

    /// The replica of this topic partition.
    pub(super) fn get(&self, topic_partition: TopicPartition) -> Option<&Replica> {
        self.kept.get(self.place(topic_partition)?)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, topic_partition: TopicPartition) -> Option<&mut Replica> {
        let place = self.place(topic_partition)?;
        self.touch_at(place);
        self.kept.get_mut(place)
    }

    /// The replica that awaits syncs of this file, to be changed.
    pub(super) fn syncing_mut(&mut self, file: FileId) -> Option<&mut Replica> {
        let place = *self.by_file.get(&file)?;
        self.touch_at(place);
        self.kept.get_mut(place)
    }

    /// When the first of them has something due.
    pub(super) fn deadline(&mut self) -> Option<Micros> {
        for place in self.touched.drain(..) {
            self.deadlines.set(place, self.kept[place].deadline());
        }
        self.deadlines.first()
    }

    fn place(&self, topic_partition: TopicPartition) -> Option<usize> {
        self.topic_partitions.binary_search(&topic_partition).ok()
    }

    fn touch_at(&mut self, place: usize) {
        if let Err(at) = self.touched.binary_search(&place) {
            self.touched.insert(at, place);
        }
    }
}
