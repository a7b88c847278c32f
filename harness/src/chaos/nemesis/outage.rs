//! Outages: the replicas of one log go one after another, and come back in an order of their own. Strikes at roles take whoever leads
//! by then, and leave the last one alone; here it also happens that who was in sync last, who led last, who has most and who is back
//! first are different brokers.

use super::chain::{DUE, LATE, SOON, absence};
use super::targets::{replicated_log, roster};
use crate::chaos::cast::{Cast, Part, Target};
use crate::chaos::fault::{Draws, FaultKind, Field, Roster};

/// An outage that seeds draw from.
pub(super) struct Outage {
    /// Those who keep the log.
    pub roster: Roster,
    /// The same, in the order in which they go.
    order: Vec<Target>,
}

impl Outage {
    /// An outage of one log of this cast, where there is one that several brokers keep.
    pub fn new(cast: &Cast, run: &Draws) -> Option<Self> {
        let (_, keepers) = replicated_log(cast, run, |log| Some(log) != cast.offsets)?;
        let brokers = cast.of(Part::Broker).zip(1..);
        let keeps = brokers.filter(|(player, _)| keepers.contains(&player.id));
        let roles: Vec<(Target, u64)> = keeps.map(|(_, n)| (Target::Broker(n), 1)).collect();
        let (roster, mut order) = (roster(&roles), Vec::new());
        let next = |gone: &[Target]| {
            roster.all.draw_of(run.stream(Field::Order), |target| !gone.contains(target)).cloned()
        };
        while let Some(target) = next(&order) {
            order.push(target);
        }
        Some(Outage { roster, order })
    }

    /// Whom a step takes: everybody has gone once before the first goes again.
    pub fn aim(&self, step: u64) -> Option<&Target> {
        self.order.iter().cycle().nth(step as usize)
    }

    /// How often a kind of fault is what takes them.
    pub fn weight(kind: FaultKind) -> u64 {
        match kind {
            FaultKind::Crash => 8,
            FaultKind::PowerLoss | FaultKind::Partition => 4,
            FaultKind::Pause | FaultKind::Stop => 2,
            FaultKind::Restart | FaultKind::DiskLoss | FaultKind::TornWrite => 1,
            _ => 0,
        }
    }

    /// After how many milliseconds one is back.
    pub fn heal_after(draws: &Draws) -> u64 {
        absence([SOON, DUE, LATE, LATE], draws)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use broker::{NodeId, TopicId, TopicPartition};

    use super::*;
    use crate::chaos::cast::Player;
    use crate::seed::Seed;

    /// One log, kept by brokers 2 to 4 of four.
    fn cast() -> Cast {
        let log = TopicPartition { topic: TopicId(0), partition: 0 };
        let brokers = (1..=4).map(|n| Player::new(NodeId(n), format!("broker-{n}"), Part::Broker));
        Cast {
            players: brokers.collect(),
            topics: vec!["payments".to_owned()],
            placement: vec![(log, (2..=4).map(NodeId).collect())],
            ..Cast::default()
        }
    }

    #[test]
    fn whoever_keeps_the_log_goes_once_before_anybody_goes_again_and_every_order_comes_up() {
        let mut orders = BTreeSet::new();
        for seed in 0..200 {
            let outage = Outage::new(&cast(), &Draws { seed: Seed(seed), step: 0 }).unwrap();
            let order = [0, 1, 2].map(|step| outage.aim(step).unwrap().to_string());
            let gone: BTreeSet<&str> = order.iter().map(String::as_str).collect();
            assert_eq!(gone.into_iter().collect::<Vec<_>>(), ["broker 2", "broker 3", "broker 4"]);
            assert_eq!(outage.aim(3), outage.aim(0));
            orders.insert(order);
        }
        assert_eq!(orders.len(), 6);
    }

    #[test]
    fn where_nobody_keeps_a_copy_there_is_no_outage_to_draw() {
        let alone = Cast { placement: vec![(cast().placement[0].0, vec![NodeId(1)])], ..cast() };
        assert!(Outage::new(&alone, &Draws { seed: Seed(1), step: 0 }).is_none());
    }
}
