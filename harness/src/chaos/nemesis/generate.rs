//! What a seed draws: which kinds of faults are possible at all, how many strike, when and at whom (swarm testing). Drawn from
//! the cast and the fault model alone; what a scenario expects is not known here.
//!
//! Every choice of a name (a kind, an event, a role) is by rendezvous, so that a new name re-deals nothing between the known ones.

use std::time::Duration;

use super::chain::{Chain, Link, behind};
use super::events::Events;
use super::outage::Outage;
use super::targets::{roster, targets};
use super::turnover::Turnover;
use crate::chaos::cast::{Cast, Target};
use crate::chaos::fault::{Dice, Draws, FaultKind, FaultModel, Field, Roster};
use crate::chaos::schedule::{Moment, Step};
use crate::sabotage::sabotage;
use crate::seed::rendezvous::{Candidates, key};
use crate::seed::{Seed, bounded};

/// The place of what is drawn once for a whole run, where a step has its number.
const RUN: u64 = u64::MAX >> 1;

/// The steps that a seed stands for.
#[must_use]
pub fn generate(model: &FaultModel, cast: &Cast, seed: Seed, chaos: Duration) -> Vec<Step> {
    let roster = roster(&targets(cast));
    Generator { model, cast, seed, chaos, events: &Events::new(cast), roster: &roster }.steps()
}

/// The kinds of this model that have something to aim at in this cast.
pub(crate) fn aimed(model: &FaultModel, cast: &Cast) -> Vec<FaultKind> {
    let (seed, chaos, roster) = (Seed(0), Duration::ZERO, roster(&targets(cast)));
    let generator = Generator { model, cast, seed, chaos, events: &Events::new(cast), roster: &roster };
    generator.having_targets(&Draws { seed, step: RUN })
}

/// What is drawn from.
#[derive(Clone, Copy)]
struct Generator<'a> {
    model: &'a FaultModel,
    cast: &'a Cast,
    seed: Seed,
    chaos: Duration,
    events: &'a Events,
    roster: &'a Roster,
}

/// How the steps of a seed come about. Each way finds what the others seldom do, so each seed draws one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Each step by itself, half of them at a time.
    Scattered,
    /// Most steps at an event and at the node it happens to; most others right behind the one before, at the same node.
    Aimed,
    /// Strike upon strike at whoever leads one log.
    Chained,
    /// One replica of a log after another.
    Outage,
    /// One leader of a log after another, each with what nobody else has; where replicas elect it.
    Turnover,
}

impl Way {
    /// All of them by name, and how often each is drawn.
    const ALL: [(&'static str, u64, Way); 5] = [
        ("scattered", 1, Way::Scattered),
        ("aimed", 1, Way::Aimed),
        ("chained", 1, Way::Chained),
        ("outage", 1, Way::Outage),
        ("turnover", 1, Way::Turnover),
    ];
}

/// The kinds of faults, as often as they come in one run.
struct Kinds {
    possible: Candidates<FaultKind>,
    /// For a run in which none happens to be possible.
    all: Candidates<FaultKind>,
}

impl Generator<'_> {
    fn steps(&self) -> Vec<Step> {
        let run = Draws { seed: self.seed, step: RUN };
        let count = 2 + run.below(self.model.most.max(2) - 1, Field::Count);
        let draws = (0..count).map(|step| Draws { seed: self.seed, step });
        let turnover = Turnover::new(self.cast, self.model, &run);
        let ways = Way::ALL.into_iter().filter(|(.., way)| *way != Way::Turnover || turnover.is_some());
        let way = Candidates::new(ways).draw(run.stream(Field::Way)).copied();
        if let (Some(Way::Turnover), Some(turnover)) = (way, turnover) {
            return draws.filter_map(|draws| self.turned(&turnover, &run, &draws)).collect();
        }
        if let (Some(Way::Chained), Some(chain)) = (way, Chain::new(self.cast, &run)) {
            let around = Generator { roster: &chain.roster, ..*self };
            return draws.filter_map(|draws| around.chained(&chain, &run, &draws)).collect();
        }
        if let (Some(Way::Outage), Some(outage)) = (way, Outage::new(self.cast, &run)) {
            let keepers = Generator { roster: &outage.roster, ..*self };
            return draws.filter_map(|draws| keepers.taken(&outage, &run, &draws)).collect();
        }
        let (kinds, aimed) = (self.kinds(&run, |_| 1), way == Some(Way::Aimed));
        let mut steps: Vec<Step> = Vec::new();
        for draws in draws {
            let step = match aimed {
                true => self.aimed(&kinds, &draws, steps.last()),
                false => self.scattered(&kinds, &draws),
            };
            steps.extend(step);
        }
        steps
    }

    /// The kinds that are possible in this run, each as often as it is frequent; none that has nothing to aim at.
    fn kinds(&self, run: &Draws, weigh: impl Fn(FaultKind) -> u64) -> Kinds {
        let mut aimed = self.having_targets(run);
        let left_out = |kind: FaultKind| {
            sabotage!(SomeKindsNeverDrawn)
                && matches!(kind, FaultKind::HalfOpen | FaultKind::Stall | FaultKind::Reset)
        };
        aimed.retain(|&kind| !left_out(kind));
        let is_possible =
            |kind: &FaultKind| run.stream(Field::Possible).draw(key(kind.name())).is_multiple_of(2);
        let weight =
            |kind: FaultKind| weigh(kind) << bounded(run.stream(Field::Weight).draw(key(kind.name())), 3);
        let named = |kind: FaultKind| (kind.name(), weight(kind), kind);
        Kinds {
            possible: Candidates::new(aimed.iter().copied().filter(is_possible).map(named)),
            all: Candidates::new(aimed.iter().copied().map(named)),
        }
    }

    fn having_targets(&self, run: &Draws) -> Vec<FaultKind> {
        let dice = self.dice(run, None);
        self.model.kinds.iter().copied().filter(|kind| kind.draw(&dice).is_some()).collect()
    }

    fn dice<'a>(&'a self, draws: &'a Draws, rather: Option<(&'a Target, u64)>) -> Dice<'a> {
        Dice { draws, model: self.model, roster: self.roster, cast: self.cast, rather }
    }

    fn scattered(&self, kinds: &Kinds, draws: &Draws) -> Option<Step> {
        // The first step comes at a time, for certain; an event may not happen often enough in this run.
        let at_event = draws.step > 0 && draws.below(2, Field::AtEvent) == 1;
        let (at, rather) = match at_event {
            true => (self.events.any(draws)?, Some((&Target::Actor, 2))),
            false => (Moment::Ms(self.time(draws)), None),
        };
        self.step(kinds, at, self.dice(draws, rather))
    }

    fn aimed(&self, kinds: &Kinds, draws: &Draws, before: Option<&Step>) -> Option<Step> {
        if let Some(before) = before.filter(|_| draws.below(3, Field::Follows) > 0) {
            return self.step(
                kinds,
                right_behind(before, draws),
                self.dice(draws, Some((&Target::Struck, 4))),
            );
        }
        if draws.below(if draws.step == 0 { 2 } else { 4 }, Field::AtEvent) == 0 {
            return self.step(kinds, Moment::Ms(self.time(draws)), self.dice(draws, None));
        }
        // What others follow must come to pass, or none of them strikes.
        let event = if draws.step == 0 { self.events.often(draws)? } else { self.events.any(draws)? };
        let after =
            if draws.below(2, Field::After) == 0 { 0 } else { draws.log_uniform(1, 256, Field::Time) };
        self.step(kinds, event.later(after), self.dice(draws, Some((&Target::Actor, 4))))
    }

    fn chained(&self, chain: &Chain, run: &Draws, draws: &Draws) -> Option<Step> {
        let link = Link::draw(draws)?;
        let kinds = self.kinds(run, |kind| link.weight(kind));
        let rather = Some((&chain.aim(link, draws), 6));
        let at = self.one_behind_another(draws, || chain.moment(link, self.events, draws))?;
        let step = self.step(&kinds, at, self.dice(draws, rather))?;
        Some(step.heal_after_ms(link.heal_after(draws)))
    }

    fn taken(&self, outage: &Outage, run: &Draws, draws: &Draws) -> Option<Step> {
        let kinds = self.kinds(run, Outage::weight);
        let rather = outage.aim(draws.step).map(|target| (target, 6));
        let at = self.one_behind_another(draws, || behind(false, self.events, draws))?;
        let step = self.step(&kinds, at, self.dice(draws, rather))?;
        Some(step.heal_after_ms(Outage::heal_after(draws)))
    }

    fn turned(&self, turnover: &Turnover, run: &Draws, draws: &Draws) -> Option<Step> {
        if draws.step.is_multiple_of(2) {
            let first = (draws.step == 0).then(|| Moment::Ms(self.time(draws)));
            return turnover.alone(self.model, draws, first);
        }
        let kinds = self.kinds(run, Turnover::weight);
        let rather = Some((&turnover.leader, 6));
        let step = self.step(&kinds, turnover.moment(draws), self.dice(draws, rather))?;
        Some(step.heal_after_ms(turnover.heal_after(draws)))
    }

    /// The first at a time or with something that often happens, every later one behind the one before.
    fn one_behind_another(&self, draws: &Draws, next: impl FnOnce() -> Option<Moment>) -> Option<Moment> {
        match draws.step {
            0 if draws.below(2, Field::AtEvent) == 0 => Some(Moment::Ms(self.time(draws))),
            0 => self.events.often(draws),
            _ => next(),
        }
    }

    fn step(&self, kinds: &Kinds, at: Moment, dice: Dice<'_>) -> Option<Step> {
        let kind = kinds.draw(dice.draws)?;
        let heal_after = dice.draws.log_uniform(20, 2_000, Field::Heal);
        Some(Step::new(at, kind.draw(&dice)?).heal_after_ms(heal_after))
    }

    /// A time at which the system is at work: after it has come up, and well before the chaos ends.
    fn time(&self, draws: &Draws) -> u64 {
        let chaos_ms = u64::try_from(self.chaos.as_millis()).unwrap_or(u64::MAX);
        // One in four comes in a burst: right behind where the step before it has its time.
        if draws.step > 0 && draws.below(4, Field::Burst) == 0 {
            let before = Draws { seed: draws.seed, step: draws.step - 1 };
            return self.time(&before) + draws.below(30, Field::Time);
        }
        chaos_ms / 10 + draws.below(chaos_ms / 2, Field::Time)
    }
}

impl Kinds {
    fn draw(&self, draws: &Draws) -> Option<FaultKind> {
        let drawn = self.possible.draw(draws.stream(Field::Kind));
        drawn.or_else(|| self.all.draw(draws.stream(Field::Kind))).copied()
    }
}

/// What is healed later than so many milliseconds is not waited for: the chaos may be over by then.
const SOON: u64 = 500;

/// Milliseconds after the step before has struck, or after it was healed: in the middle of what the node does about it.
fn right_behind(before: &Step, draws: &Draws) -> Moment {
    let healed = before.heal_after_ms.filter(|&ms| ms <= SOON && draws.below(2, Field::After) == 1);
    before.at.clone().later(healed.unwrap_or(0) + draws.log_uniform(1, 32, Field::Time))
}

#[cfg(test)]
mod tests {
    use broker::{EventKind, NodeId, TopicId, TopicPartition};
    use proptest::prelude::*;

    use super::*;
    use crate::chaos::cast::{Part, Player};

    const CHAOS: Duration = Duration::from_millis(1_600);

    fn cast() -> Cast {
        let brokers = (1..=3).map(|n| Player::new(NodeId(n), format!("broker-{n}"), Part::Broker));
        let clients = [
            Player::new(NodeId(101), "producer-1", Part::Producer),
            Player::new(NodeId(201), "consumer-billing-1", Part::Consumer(0)),
            Player::new(NodeId(400), "sink-billing", Part::Sink(0)),
        ];
        let log = TopicPartition { topic: TopicId(0), partition: 0 };
        Cast {
            players: brokers.chain(clients).collect(),
            topics: vec!["payments".to_owned()],
            groups: vec!["billing".to_owned()],
            placement: vec![(log, (1..=3).map(NodeId).collect())],
            ..Cast::default()
        }
    }

    /// The steps of a seed, of these kinds, events and roles.
    fn steps(kinds: &[FaultKind], events: &[EventKind], roles: &[(Target, u64)], seed: u64) -> Vec<Step> {
        let model = FaultModel { kinds: kinds.to_vec(), ..FaultModel::default() };
        let (cast, events, roster) = (cast(), Events::of(events.iter().copied()), roster(roles));
        let (seed, chaos) = (Seed(seed), CHAOS);
        Generator { model: &model, cast: &cast, seed, chaos, events: &events, roster: &roster }.steps()
    }

    /// Whether only steps that are new by this measure differ, and those that come right behind a differing one.
    fn only_new_ones_differ(before: &[Step], after: &[Step], new: impl Fn(&Step) -> bool) -> bool {
        let mut moved = false;
        before.len() == after.len()
            && before.iter().zip(after).all(|(before, after)| {
                let (same, follows) = (before == after, moved && before.inject == after.inject);
                moved = !same;
                same || new(after) || follows
            })
    }

    fn names(step: &Step, target: &Target) -> bool {
        step.inject.targets().contains(&target)
    }

    proptest! {
        #[test]
        fn a_new_kind_changes_only_the_steps_that_are_of_it(new in 0..FaultKind::ALL.len(), seed: u64) {
            let events: Vec<EventKind> = EventKind::all().collect();
            let roles = targets(&cast());
            let mut kinds = FaultKind::ALL.to_vec();
            let after = steps(&kinds, &events, &roles, seed);
            let new = kinds.remove(new);
            let before = steps(&kinds, &events, &roles, seed);
            prop_assert!(only_new_ones_differ(&before, &after, |step| step.inject.kind() == new));
        }

        #[test]
        fn a_new_event_changes_only_the_steps_that_wait_for_it(new in 0..EventKind::all().count(), seed: u64) {
            let roles = targets(&cast());
            let mut events: Vec<EventKind> = EventKind::all().collect();
            let after = steps(FaultKind::ALL, &events, &roles, seed);
            let new = events.remove(new);
            let before = steps(FaultKind::ALL, &events, &roles, seed);
            prop_assert!(only_new_ones_differ(&before, &after, |step| step.awaits() == Some(new)));
        }

        #[test]
        fn a_new_role_changes_only_the_steps_that_are_aimed_at_it(new in 0..8_usize, seed: u64) {
            let events: Vec<EventKind> = EventKind::all().collect();
            let mut roles = targets(&cast());
            let after = steps(FaultKind::ALL, &events, &roles, seed);
            let (new, _) = roles.remove(new);
            let before = steps(FaultKind::ALL, &events, &roles, seed);
            prop_assert!(only_new_ones_differ(&before, &after, |step| names(step, &new)));
        }
    }

    #[test]
    fn a_rack_of_several_is_struck_by_what_strikes_all_of_them_at_once_and_one_that_stands_alone_is_no_rack()
    {
        let events: Vec<EventKind> = EventKind::all().collect();
        let racks = vec![vec![NodeId(1), NodeId(3)], vec![NodeId(2)]];
        let roles = targets(&Cast { racks, ..cast() });
        assert_eq!(roles.iter().filter(|(role, _)| matches!(role, Target::Rack(_))).count(), 1);
        let drawn = (0..2_000).flat_map(|seed| steps(FaultKind::ALL, &events, &roles, seed));
        let rack = Target::Rack(1);
        let struck: Vec<Step> = drawn.filter(|step| names(step, &rack)).collect();
        assert!(struck.iter().all(|step| step.inject.at_once().contains(&&rack)));
        for kind in [FaultKind::Crash, FaultKind::PowerLoss, FaultKind::Partition] {
            assert!(struck.iter().any(|step| step.inject.kind() == kind), "{}", kind.name());
        }
    }

    #[test]
    fn seeds_wait_for_everything_that_can_come_before_healing_and_for_nothing_else() {
        let events: Vec<EventKind> = EventKind::all().collect();
        let roles = targets(&cast());
        let drawn = (0..10_000).flat_map(|seed| steps(FaultKind::ALL, &events, &roles, seed));
        let awaited: Vec<EventKind> = drawn.filter_map(|step| step.awaits()).collect();
        for kind in events {
            let at_the_end = kind.frequency() == broker::Frequency::AtTheEnd;
            assert_eq!(awaited.contains(&kind), !at_the_end, "{}", kind.name());
        }
    }

    #[test]
    fn some_seeds_strike_whoever_leads_one_log_again_and_again() {
        let events: Vec<EventKind> = EventKind::all().collect();
        let roles = targets(&cast());
        let leader = Target::leader("payments", 0);
        let again = |step: &Step| names(step, &leader) && step.at.clone().behind() == step.at;
        let drawn = (0..1_000).map(|seed| steps(FaultKind::ALL, &events, &roles, seed));
        let chains = drawn.filter(|steps| steps.iter().filter(|step| again(step)).count() > 1);
        assert!(chains.count() > 100);
    }

    #[test]
    fn some_seeds_strike_one_node_twice_within_milliseconds_and_some_cut_only_among_brokers() {
        let events: Vec<EventKind> = EventKind::all().collect();
        let roles = targets(&cast());
        let drawn: Vec<Vec<Step>> =
            (0..1_000).map(|seed| steps(FaultKind::ALL, &events, &roles, seed)).collect();
        let twice = |pair: &[Step]| {
            names(&pair[1], &Target::Struck) && (1..=32).any(|ms| pair[0].at.clone().later(ms) == pair[1].at)
        };
        let seeds = |share: &dyn Fn(&Vec<Step>) -> bool| drawn.iter().filter(|steps| share(steps)).count();
        assert!(seeds(&|steps| steps.windows(2).any(twice)) > 100);
        let brokers_only = |step: &Step| matches!(&step.inject, crate::chaos::fault::Fault::Partition(partition) if partition.brokers_only);
        assert!(seeds(&|steps| steps.iter().any(brokers_only)) > 20);
    }
}
