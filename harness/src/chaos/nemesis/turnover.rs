//! Turnovers: leader after leader of one log takes in what nobody else has, goes, and comes back when others have led. Where replicas elect
//! their leader by their logs, the rules for which entries count matter only to logs that have parted several times, and strikes at
//! random seldom leave a leader both its clients and nothing of its followers (figure 8 of the Raft paper needs three rounds).
//!
//! A round is two steps. In most rounds a leader is cut off from the other brokers when it is elected, and not from its clients, and is taken
//! once it has taken in a few records. In the others it is spared that, and taken once it has answered for a few.

use super::chain::{DUE, LATE, SOON, absence};
use super::targets::{leader_of, replicated_log};
use crate::chaos::cast::{Cast, Target};
use crate::chaos::fault::{Draws, Fault, FaultKind, FaultModel, Field, Partition};
use crate::chaos::schedule::{Moment, Step};

/// A turnover that seeds draw from, where replicas elect their leader.
pub(super) struct Turnover {
    pub leader: Target,
    /// Whether the rounds follow each other as in figure 8: two leaders are cut off, the first of them is back soon and is spared, and the
    /// second one is back once that one has been taken. Otherwise each round is as it is drawn.
    in_turn: bool,
}

impl Turnover {
    /// The turnover of one log of this cast.
    pub fn new(cast: &Cast, model: &FaultModel, run: &Draws) -> Option<Self> {
        if !cast.elects() || !model.kinds.contains(&FaultKind::Partition) || model.streams.is_empty() {
            return None;
        }
        let &(log, _) = replicated_log(cast, run, |log| Some(log) != cast.offsets)?;
        Some(Turnover { leader: leader_of(cast, log), in_turn: run.below(2, Field::Shape) == 0 })
    }

    /// Cuts a new leader off from the others, unless it is spared. `first` is when the first round begins.
    pub fn alone(&self, model: &FaultModel, draws: &Draws, first: Option<Moment>) -> Option<Step> {
        let streams = model.streams.get(draws.below(model.streams.len() as u64, Field::Streams) as usize)?;
        let cut = Partition::isolate(self.leader.clone(), *streams).brokers_only();
        let at = first.unwrap_or_else(|| Moment::event("lead", 1).behind());
        let lasts = absence([SOON, DUE, DUE, LATE], draws);
        (!self.spares(draws)).then(|| Step::new(at, Fault::from(cut)).heal_after_ms(lasts))
    }

    /// When the leader is taken.
    pub fn moment(&self, draws: &Draws) -> Moment {
        let few = draws.log_uniform(1, 3, Field::Occurrence);
        if self.spares(draws) {
            return Moment::event("send-ok", few).behind();
        }
        Moment::event("append", few).behind().later(draws.below(4, Field::Time))
    }

    /// How often a kind of fault is what takes it.
    pub fn weight(kind: FaultKind) -> u64 {
        match kind {
            FaultKind::Crash => 64,
            FaultKind::PowerLoss => 8,
            FaultKind::Pause | FaultKind::Partition => 2,
            FaultKind::Stop | FaultKind::Restart | FaultKind::DiskLoss | FaultKind::TornWrite => 1,
            _ => 0,
        }
    }

    /// After how many milliseconds it is back.
    pub fn heal_after(&self, draws: &Draws) -> u64 {
        match (self.in_turn, round(draws) % 3) {
            (true, 0) => absence([DUE; 4], draws),
            (true, _) => absence([LATE; 4], draws),
            (false, _) => absence([SOON, DUE, LATE, LATE], draws),
        }
    }

    /// Whether the leader of this step's round is not cut off.
    fn spares(&self, draws: &Draws) -> bool {
        match self.in_turn {
            true => round(draws) % 3 == 2,
            false => Draws { seed: draws.seed, step: 2 * round(draws) }.below(3, Field::Shape) == 0,
        }
    }
}

/// A round has two steps.
fn round(draws: &Draws) -> u64 {
    draws.step / 2
}

#[cfg(test)]
mod tests {
    use broker::{NodeId, TopicId, TopicPartition};

    use super::*;
    use crate::chaos::cast::{Part, Player};
    use crate::seed::Seed;

    fn cast() -> Cast {
        let log = TopicPartition { topic: TopicId(0), partition: 0 };
        let brokers = (1..=3).map(|n| Player::new(NodeId(n), format!("broker-{n}"), Part::Broker));
        Cast {
            players: brokers.collect(),
            topics: vec!["payments".to_owned()],
            placement: vec![(log, (1..=3).map(NodeId).collect())],
            ..Cast::default()
        }
    }

    #[test]
    fn leaders_turn_over_only_where_replicas_elect_them() {
        let (model, run) = (FaultModel::default(), Draws { seed: Seed(1), step: 0 });
        assert!(Turnover::new(&cast(), &model, &run).is_some());
        let mut ruled = cast();
        ruled.players.push(Player::new(NodeId(0), "controller", Part::Controller));
        assert!(Turnover::new(&ruled, &model, &run).is_none());
    }

    #[test]
    fn in_turn_two_leaders_are_cut_off_and_the_third_is_spared() {
        let turnover = Turnover { leader: Target::leader("payments", 0), in_turn: true };
        let cut = |round: u64| {
            turnover.alone(&FaultModel::default(), &Draws { seed: Seed(7), step: 2 * round }, None)
        };
        assert_eq!(
            (0..6).map(|round| cut(round).is_some()).collect::<Vec<_>>(),
            [true, true, false, true, true, false]
        );
        let spared = |step| turnover.moment(&Draws { seed: Seed(7), step });
        let name = |moment| match moment {
            Moment::Event(event) => event.name,
            other => panic!("{other:?}"),
        };
        assert_eq!([1, 3, 5].map(|step| name(spared(step))), ["append", "append", "send-ok"]);
    }

    #[test]
    fn two_leaders_of_three_are_cut_off_when_they_are_elected() {
        let (model, turnover) =
            (FaultModel::default(), Turnover { leader: Target::leader("payments", 0), in_turn: false });
        let round = |step| turnover.alone(&model, &Draws { seed: Seed(7), step }, None);
        let cut: Vec<Step> = (0..300).filter_map(round).collect();
        assert!((150..250).contains(&cut.len()), "{}", cut.len());
        assert!(cut.iter().all(|step| step.at == Moment::event("lead", 1).behind()));
    }
}
