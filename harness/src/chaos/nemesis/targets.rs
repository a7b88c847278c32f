//! At whom the faults of a seed are aimed: the roles of a cast.

use broker::{NodeId, TopicPartition};

use crate::chaos::cast::{Cast, Part, Target};
use crate::chaos::fault::{Draws, Field, Roster};
use crate::seed::rendezvous::Candidates;

/// Every role of this cast, and how much more often than others it is struck: roles that move as often as fixed places.
pub(crate) fn targets(cast: &Cast) -> Vec<(Target, u64)> {
    let mut targets = Vec::new();
    for (log, nodes) in cast.logs_of_records() {
        let topic = topic_of(cast, *log);
        let followers = nodes.len().saturating_sub(1) as u64;
        targets.push((Target::leader(topic, log.partition), 1));
        targets.extend((followers > 0).then(|| (Target::any_follower(topic, log.partition), followers)));
    }
    targets.extend(cast.groups.iter().map(|group| (Target::member(group), 2)));
    targets.extend((1..=cast.of(Part::Broker).count()).map(|n| (Target::Broker(n), 1)));
    targets.extend((1..=cast.of(Part::Producer).count()).map(|n| (Target::Producer(n), 1)));
    targets.extend(cast.of(Part::Controller).take(1).map(|_| (Target::Controller, 1)));
    targets.extend(cast.catalogue.map(|log| (Target::any_follower(topic_of(cast, log), log.partition), 1)));
    targets.extend(cast.offsets.map(|_| (Target::Coordinator, 1)));
    targets.push((Target::Random, 1));
    // One that stands alone in its rack is a broker like any other. Of the strikes that may be at a rack every second one is.
    let racks = cast.racks.iter().zip(1..).filter(|(brokers, _)| brokers.len() > 1);
    let racks: Vec<Target> = racks.map(|(_, n)| Target::Rack(n)).collect();
    let of_one: u64 = targets.iter().map(|(_, weight)| weight).sum();
    let weight = of_one.div_ceil(racks.len().max(1) as u64);
    targets.extend(racks.into_iter().map(|rack| (rack, weight)));
    targets
}

/// One of the wanted logs that several brokers keep, and who keeps it.
pub(super) fn replicated_log<'a>(
    cast: &'a Cast,
    run: &Draws,
    wanted: impl Fn(TopicPartition) -> bool,
) -> Option<&'a (TopicPartition, Vec<NodeId>)> {
    let logs = cast.placement.iter().filter(|(log, nodes)| wanted(*log) && nodes.len() > 1);
    let named: Vec<(String, _)> = logs.map(|kept| (leader_of(cast, kept.0).to_string(), kept)).collect();
    // What strikes around the catalogue strikes the work of a log more seldom.
    let weight = |log| if cast.catalogue.is_some_and(|catalogue| catalogue != log) { 5 } else { 1 };
    let logs = Candidates::new(named.iter().map(|(name, kept)| (name.as_str(), weight(kept.0), *kept)));
    logs.draw(run.stream(Field::Log)).copied()
}

/// Whoever leads a log: of the committed offsets, that is the coordinator, of the catalogue the controller.
pub(super) fn leader_of(cast: &Cast, log: TopicPartition) -> Target {
    if Some(log) == cast.offsets {
        return Target::Coordinator;
    }
    if Some(log) == cast.catalogue {
        return Target::Controller;
    }
    Target::leader(topic_of(cast, log), log.partition)
}

/// The name of a log's topic.
pub(super) fn topic_of(cast: &Cast, log: TopicPartition) -> &str {
    cast.topics.get(usize::from(log.topic.0)).map_or("", String::as_str)
}

/// Roles and how often each is struck, to draw from.
pub(crate) fn roster(targets: &[(Target, u64)]) -> Roster {
    let brokers = targets.iter().filter(|(target, _)| is_broker(target));
    let keepers = targets.iter().filter(|(target, _)| is_broker(target) || *target == Target::Controller);
    let all = targets.iter().filter(|(target, _)| target.of_several().is_none());
    Roster { all: named(all), at_once: named(targets), brokers: named(brokers), keepers: named(keepers) }
}

fn named<'a>(targets: impl IntoIterator<Item = &'a (Target, u64)>) -> Candidates<Target> {
    let named: Vec<(String, u64, Target)> =
        targets.into_iter().map(|(target, weight)| (target.to_string(), *weight, target.clone())).collect();
    Candidates::new(named.iter().map(|(name, weight, target)| (name.as_str(), *weight, target.clone())))
}

fn is_broker(target: &Target) -> bool {
    matches!(target, Target::Leader(_) | Target::Follower(_) | Target::Broker(_) | Target::Coordinator)
}
