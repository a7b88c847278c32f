//! Long runs: one fault that a cluster must survive, and time to see that it does. In a usual run faults follow each other faster
//! than any bound on waiting, so that no wait could be too long. In a long one the first strike comes when the calm before it has
//! been judged, the fault is held for three times its bound, and its recovery is waited for.

use broker::Micros;
use checkers::{Availability, Lost};

use super::targets::topic_of;
use crate::chaos::cast::{Cast, Target};
use crate::chaos::fault::{Between, Direction, Fault, FaultModel, Partition};
use crate::chaos::schedule::{Moment, Step};
use crate::chaos::world::Streams;
use crate::seed::{Purpose, Seed};

/// One run in so many is long.
const ONE_IN: u64 = 8;

/// The strike comes up to so many milliseconds after it could, so that it meets any moment of what goes on.
const LATER_MS: u64 = 500;

/// A run that is long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Long {
    /// What strikes, and when it is healed.
    pub step: Step,
    /// When its recovery is over, in milliseconds of the run.
    pub chaos_ms: u64,
}

/// What a draw is for.
#[derive(Clone, Copy)]
enum Field {
    IsLong,
    Shape,
    Direction,
    Streams,
    Later,
}

/// The long run that a seed stands for, if it stands for one. `promise` is what its cluster promises.
#[must_use]
pub fn long(model: &FaultModel, cast: &Cast, seed: Seed, promise: &Availability) -> Option<Long> {
    let below = |bound: usize, field: Field| seed.below(bound as u64, Purpose::Long, [field as u64]) as usize;
    if below(ONE_IN as usize, Field::IsLong) > 0 {
        return None;
    }
    let direction = [Direction::Both, Direction::Outbound, Direction::Inbound][below(3, Field::Direction)];
    let streams = *model.streams.get(below(model.streams.len(), Field::Streams))?;
    let mut shapes = shapes(cast, direction, streams);
    shapes.retain(|(fault, _)| model.kinds.contains(&fault.kind()));
    if shapes.is_empty() {
        return None;
    }
    let (fault, lost) = shapes.swap_remove(below(shapes.len(), Field::Shape));
    let recovery = millis(promise.recovery());
    let strikes = recovery + below(LATER_MS as usize, Field::Later) as u64;
    let held = 3 * millis(promise.bound(lost));
    let step = Step::new(Moment::Ms(strikes), fault).heal_after_ms(held);
    Some(Long { step, chaos_ms: strikes + held + recovery })
}

/// Everything that can be lost alone: a node that is down or stands still, a link that is cut.
fn shapes(cast: &Cast, direction: Direction, streams: Streams) -> Vec<(Fault, Lost)> {
    let cut = |from: &Target, to: &Target| {
        let between = Between { from: from.clone(), to: to.clone() };
        Fault::from(Partition { direction, link: Some(between), ..Partition::whole(direction, streams) })
    };
    let down = |target: &Target| [Fault::crash(target.clone()), Fault::pause(target.clone())];
    let mut shapes: Vec<(Fault, Lost)> = Vec::new();
    let ruled = !cast.elects();
    if ruled {
        shapes.extend(down(&Target::Controller).map(|fault| (fault, Lost::Controller)));
    }
    let leaders = cast.offsets.map(|_| (Target::Coordinator, None)).into_iter();
    for (leader, follower) in leaders.chain(roles(cast)) {
        shapes.extend(down(&leader).map(|fault| (fault, Lost::Leader)));
        if ruled {
            shapes.push((cut(&leader, &Target::Controller), Lost::LeadersController));
        }
        if let Some(follower) = follower {
            shapes.extend(down(&follower).map(|fault| (fault, Lost::Follower)));
            shapes.push((cut(&leader, &follower), Lost::Follower));
            if ruled {
                shapes.push((cut(&follower, &Target::Controller), Lost::Follower));
            }
        }
    }
    shapes
}

/// The leader of every log but that of the offsets and that of the catalogue, and any follower of it.
fn roles(cast: &Cast) -> impl Iterator<Item = (Target, Option<Target>)> {
    cast.logs_of_records().map(|(log, _)| {
        let topic = topic_of(cast, *log);
        (Target::leader(topic, log.partition), Some(Target::any_follower(topic, log.partition)))
    })
}

fn millis(micros: Micros) -> u64 {
    micros.div_ceil(1_000)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Cluster;
    use crate::seed::knob::Knobs;
    use crate::system::System;

    #[test]
    fn one_run_in_eight_is_long_and_every_loss_comes_up_in_them() {
        let cluster = Cluster::new();
        let (cast, promise) = (cluster.cast(&Knobs::new()), cluster.availability(&Knobs::new(), 0));
        let promise = promise.unwrap();
        let drawn = |seed| long(&FaultModel::default(), &cast, Seed(seed), &promise);
        let long: Vec<Long> = (0..8_000).filter_map(drawn).collect();
        assert!((800..1_200).contains(&long.len()), "{}", long.len());
        let faults: BTreeSet<String> =
            long.iter().map(|long| serde_json::to_string(&long.step.inject).unwrap()).collect();
        let (nodes, links) = (2 * (1 + 1 + 2 * 2), (1 + 2 * 3) * 3 * 3);
        assert_eq!(faults.len(), nodes + links);
        for Long { step, chaos_ms } in &long {
            let Moment::Ms(strikes) = step.at else { panic!("{step:?}") };
            assert!(strikes * 1_000 >= promise.recovery());
            assert!(strikes + step.heal_after_ms.unwrap() < *chaos_ms);
        }
    }
}
