//! What a seed draws: which kinds of faults are possible at all, how many strike, when and at whom (swarm testing). Drawn from
//! the cast and the fault model alone; what a scenario expects is not known here.

use std::iter;
use std::time::Duration;

use crate::cast::{Cast, Part, Target};
use crate::fault::{Dice, Draws, FaultKind, FaultModel, Field};
use crate::schedule::{Moment, Step};
use crate::seed::Seed;

/// Events at which it is interesting to strike, in any system, and how often they are likely to come in a run.
const EVENTS: &[(&str, u64)] = &[
    ("append", 64),
    ("watermark", 64),
    ("send", 64),
    ("send-ok", 64),
    ("poll", 64),
    ("apply", 64),
    ("effect-ok", 64),
    ("settle", 32),
    ("settle-ok", 32),
    ("effect-before-commit", 64),
    ("commit-before-effect", 32),
    ("send-before-answer", 64),
    ("append-before-ack", 64),
    ("ack-before-replication", 32),
    ("ack-before-sync", 32),
    ("replicated-before-watermark", 64),
    ("lead", 4),
    ("election-started", 2),
    ("grant", 4),
    ("rebalance-started", 2),
    ("retry-send", 4),
];

/// The steps that a seed stands for.
#[must_use]
pub fn generate(model: &FaultModel, cast: &Cast, seed: Seed, chaos: Duration) -> Vec<Step> {
    let run = Draws { seed, step: u64::MAX >> 1 };
    let targets = targets(cast);
    let dice = Dice { draws: &run, model, targets: &targets, cast, at_event: false };
    let kinds = possible(&dice);
    let steps = 2 + run.below(model.most.max(2) - 1, Field::Count);
    let step = |step| one_step(&kinds, Dice { draws: &Draws { seed, step }, ..dice }, chaos);
    (0..steps).filter_map(step).collect()
}

/// The kinds that are possible in this run, each as often as it is frequent; none that has nothing to aim at.
fn possible(dice: &Dice<'_>) -> Vec<FaultKind> {
    let run = dice.draws;
    let aimed: Vec<FaultKind> = having_targets(dice).collect();
    let mask = run.below(1 << aimed.len().min(63), Field::Possible);
    let drawn = aimed.iter().zip(0..).filter(|(_, bit)| mask >> bit & 1 == 1 || mask == 0);
    let weighed = drawn.flat_map(|(&kind, bit)| {
        let frequent = 1 << Draws { seed: run.seed, step: run.step - 1 - bit }.below(3, Field::Weight);
        iter::repeat_n(kind, frequent)
    });
    weighed.collect()
}

/// The kinds of this model that have something to aim at in this cast.
pub(crate) fn aimed(model: &FaultModel, cast: &Cast) -> Vec<FaultKind> {
    let (draws, targets) = (Draws { seed: Seed(0), step: 0 }, targets(cast));
    having_targets(&Dice { draws: &draws, model, targets: &targets, cast, at_event: false }).collect()
}

fn having_targets(dice: &Dice<'_>) -> impl Iterator<Item = FaultKind> {
    dice.model.kinds.iter().copied().filter(|kind| kind.draw(dice).is_some())
}

fn one_step(kinds: &[FaultKind], dice: Dice<'_>, chaos: Duration) -> Option<Step> {
    let draws = dice.draws;
    let kind = *draws.pick(kinds, Field::Kind)?;
    // The first step comes at a time, for certain; an event may not happen often enough in this run.
    let at_event = draws.step > 0 && draws.below(2, Field::AtEvent) == 1;
    let at = if at_event {
        let &(event, likely) = draws.pick(EVENTS, Field::Event)?;
        Moment::event(event, draws.log_uniform(1, likely, Field::Occurrence))
    } else {
        Moment::Ms(time(draws, chaos))
    };
    let inject = kind.draw(&Dice { at_event, ..dice })?;
    let heal_after = draws.log_uniform(20, 2_000, Field::Heal);
    Some(Step::new(at, inject).heal_after_ms(heal_after))
}

/// A time at which the system is at work: after it has come up, and well before the chaos ends.
fn time(draws: &Draws, chaos: Duration) -> u64 {
    let chaos_ms = u64::try_from(chaos.as_millis()).unwrap_or(u64::MAX);
    // One in four comes in a burst: right behind where the step before it has its time.
    if draws.step > 0 && draws.below(4, Field::Burst) == 0 {
        let before = Draws { seed: draws.seed, step: draws.step - 1 };
        return time(&before, chaos) + draws.below(30, Field::Time);
    }
    chaos_ms / 10 + draws.below(chaos_ms / 2, Field::Time)
}

/// Every role that exists in this cast. Roles that move come as often as fixed places.
pub(crate) fn targets(cast: &Cast) -> Vec<Target> {
    let mut targets = Vec::new();
    for (log, nodes) in cast.placement.iter().filter(|(log, _)| Some(*log) != cast.offsets) {
        let topic = cast.topics.get(usize::from(log.topic.0)).map_or("", String::as_str);
        targets.push(Target::leader(topic, log.partition));
        targets.extend((1..nodes.len()).map(|_| Target::any_follower(topic, log.partition)));
    }
    targets.extend(cast.groups.iter().flat_map(|group| [Target::member(group), Target::member(group)]));
    targets.extend((1..=cast.of(Part::Broker).count()).map(Target::Broker));
    targets.extend((1..=cast.of(Part::Producer).count()).map(Target::Producer));
    targets.extend(cast.of(Part::Controller).map(|_| Target::Controller));
    targets.extend(cast.offsets.map(|_| Target::Coordinator));
    targets.push(Target::Random);
    targets
}
