//! How many there are of everything in a cluster. Seeds draw the number of records; of the rest every seed has as many as the
//! scenario says, and a shrunk schedule fewer.

use super::{Cluster, FIRST_CONSUMER, FIRST_PRODUCER, PER_GROUP};
use broker::Micros;

use crate::system::{Knob, Knobs};

/// How many times slower than its scenario says records come.
const PACE: &str = "pace";

impl Cluster {
    /// The pace at which the last of the records that these knobs ask for come so many microseconds after the first.
    pub(super) fn pace_over(&self, knobs: &Knobs, span: Micros) -> (&'static str, u64) {
        let all = self.sized(knobs).producing;
        let usual = super::micros(all.every).saturating_mul(*all.records.start()).max(1);
        (PACE, (span / usual).max(1))
    }

    /// The knobs. What no draw is made for comes behind what seeds draw.
    pub(super) fn sizes(&self) -> Vec<Knob> {
        let fixed = |name, size: u64| Knob::new(name, size..=size);
        let consumers = self.groups.iter().map(|group| group.consumers).max().unwrap_or_default();
        vec![
            Knob::new("records", self.producing.records.clone()).allowing(1..=100_000),
            fixed("producers", self.producing.producers.into())
                .allowing(1..=(FIRST_CONSUMER - FIRST_PRODUCER - 1).into()),
            fixed("consumers", consumers.into()).allowing(consumers.min(1).into()..=PER_GROUP.into()),
            fixed("partitions", self.topic.partitions.into()).allowing(1..=100),
            fixed("brokers", self.brokers.into())
                .allowing(self.topic.replicas.into()..=(FIRST_PRODUCER - 1).into()),
            fixed(PACE, 1).allowing(1..=10_000),
        ]
    }

    /// The cluster that these knobs make of it. Groups that are smaller than the largest stay so, as long as they can.
    pub(super) fn sized(&self, knobs: &Knobs) -> Cluster {
        let mut sized = self.clone();
        let set = |name: &str, number: &mut u32| {
            if let Some(&size) = knobs.get(name) {
                *number = u32::try_from(size).unwrap_or(u32::MAX);
            }
        };
        let largest = self.groups.iter().map(|group| group.consumers).max().unwrap_or_default();
        let (mut consumers, mut partitions) = (largest, u32::from(self.topic.partitions));
        set("producers", &mut sized.producing.producers);
        set("consumers", &mut consumers);
        set("partitions", &mut partitions);
        set("brokers", &mut sized.brokers);
        for group in &mut sized.groups {
            group.consumers =
                if group.consumers == largest { consumers } else { group.consumers.min(consumers) };
        }
        sized.topic.partitions = u16::try_from(partitions).unwrap_or(u16::MAX);
        let slower = knobs.get(PACE).copied().and_then(|pace| u32::try_from(pace).ok()).unwrap_or(1);
        sized.producing.every *= slower;
        let records = knobs.get("records").unwrap_or(self.producing.records.start());
        sized.producing.records = *records..=*records;
        sized
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::Part;
    use crate::system::System;
    use crate::workload::{Effect, Way};
    use crate::{Cluster, Group};

    #[test]
    fn a_cluster_has_as_many_of_everything_as_its_knobs_say() {
        let effect = || Effect { way: Way::Inbox, work: std::time::Duration::ZERO };
        let cluster = Cluster::new()
            .group(Group::new("billing", effect))
            .group(Group::new("audit", effect).consumers(1));
        let count = |knobs: &Knobs| {
            let cast = cluster.cast(knobs);
            let of = |part| cast.of(part).count();
            let hosts = cluster.hosts(knobs).len();
            assert_eq!(hosts, cast.players.len());
            [
                of(Part::Broker),
                of(Part::Producer),
                of(Part::Consumer(0)),
                of(Part::Consumer(1)),
                cast.placement.len(),
            ]
        };
        assert_eq!(count(&Knobs::new()), [3, 2, 2, 1, 3]);
        let knobs = [("producers", 1), ("consumers", 3), ("partitions", 1), ("brokers", 4)];
        let knobs: Knobs = knobs.into_iter().map(|(name, number)| (name.to_owned(), number)).collect();
        assert_eq!(count(&knobs), [4, 1, 3, 1, 2]);
    }
}
