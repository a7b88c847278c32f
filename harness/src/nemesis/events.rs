//! The events at which the faults of a seed strike: everything that a node can observe or mark before all is healed, as the types have
//! it.

use broker::{EventKind, Frequency, Mark};

use crate::fault::{Draws, Field};
use crate::rendezvous::Candidates;
use crate::schedule::Moment;

/// Of what comes with records, one of the first so many is waited for; of the rest, one of the first few.
const OFTEN: u64 = 64;
const SELDOM: u64 = 3;

/// What happens where a log has a new leader, as the leader, its followers, the controller and those who send to it see it.
const TURN: u64 = 6;
const TURNS: &[&str] =
    &["lead", "members", "append", "watermark", "recover", "truncate", "halted", "send-fail", "send-info"];
const TURNING_MARKS: &[Mark] = &[
    Mark::AppendBeforeAck,
    Mark::ReplicatedBeforeWatermark,
    Mark::RefuseSequenceGap,
    Mark::RecogniseDuplicate,
    Mark::RefuseMinIsr,
    Mark::FetchDiverges,
    Mark::ShrinkIsr,
    Mark::ExpandIsr,
    Mark::ElectionStarted,
    Mark::FenceBroker,
    Mark::RegisterBroker,
    Mark::RetrySend,
    Mark::BumpProducerEpoch,
];

/// The same of the log of committed offsets, which those who coordinate see, and the members of their groups.
const COORDINATED: &[&str] = &[
    "lead",
    "members",
    "recover",
    "truncate",
    "halted",
    "settle",
    "settle-ok",
    "settle-fail",
    "settle-info",
    "grant",
    "position",
    "revoke",
];
const COORDINATING_MARKS: &[Mark] = &[
    Mark::RefuseStaleGeneration,
    Mark::RebalanceStarted,
    Mark::FetchDiverges,
    Mark::ShrinkIsr,
    Mark::ExpandIsr,
    Mark::ElectionStarted,
    Mark::FenceBroker,
    Mark::RegisterBroker,
];

/// What the controller is asked to decide, or has decided.
const DECIDED: &[&str] = &["lead", "members"];
const DECIDING_MARKS: &[Mark] =
    &[Mark::ShrinkIsr, Mark::ExpandIsr, Mark::ElectionStarted, Mark::FenceBroker, Mark::RegisterBroker];

/// The events to draw from.
#[derive(Debug)]
pub(crate) struct Events {
    all: Candidates<EventKind>,
    /// What comes for certain, if anything does.
    often: Candidates<EventKind>,
    /// What happens where a log has a new leader.
    turns: Candidates<EventKind>,
    /// The same where that log keeps the committed offsets.
    coordinated: Candidates<EventKind>,
    /// What is decided.
    decisions: Candidates<EventKind>,
}

impl Events {
    /// Of all that there is.
    pub fn new() -> Self {
        Self::of(EventKind::all())
    }

    /// Of these.
    pub fn of(kinds: impl Iterator<Item = EventKind>) -> Self {
        let kinds: Vec<EventKind> = kinds.filter(|kind| kind.frequency() != Frequency::AtTheEnd).collect();
        let often = kinds.iter().copied().filter(|kind| kind.frequency() == Frequency::Often);
        // Waiting for what comes seldom is more often in vain.
        let weight = |kind: EventKind| if kind.frequency() == Frequency::Seldom { 1 } else { 2 };
        let among = |names: &[&str], marks: &[Mark]| {
            let is_one = |kind: EventKind| {
                names.contains(&kind.name()) || marks.iter().any(|&mark| kind == mark.into())
            };
            let those = kinds.iter().copied().filter(|&kind| is_one(kind));
            Candidates::new(those.map(|kind| (kind.name(), 1, kind)))
        };
        Events {
            turns: among(TURNS, TURNING_MARKS),
            coordinated: among(COORDINATED, COORDINATING_MARKS),
            decisions: among(DECIDED, DECIDING_MARKS),
            often: Candidates::new(often.map(|kind| (kind.name(), 1, kind))),
            all: Candidates::new(kinds.iter().map(|&kind| (kind.name(), weight(kind), kind))),
        }
    }

    /// An occurrence of any event.
    pub fn any(&self, draws: &Draws) -> Option<Moment> {
        Self::occurrence(&self.all, draws)
    }

    /// An occurrence of an event that comes often.
    pub fn often(&self, draws: &Draws) -> Option<Moment> {
        Self::occurrence(&self.often, draws)
    }

    /// One of the first occurrences, behind the step before, of what happens where a log has a new leader, which may coordinate
    /// groups.
    pub fn turn(&self, coordinates: bool, draws: &Draws) -> Option<Moment> {
        Self::behind(if coordinates { &self.coordinated } else { &self.turns }, draws)
    }

    /// One of the first occurrences, behind the step before, of what is being decided.
    pub fn decision(&self, draws: &Draws) -> Option<Moment> {
        Self::behind(&self.decisions, draws)
    }

    fn behind(of: &Candidates<EventKind>, draws: &Draws) -> Option<Moment> {
        let &kind = of.draw(draws.stream(Field::Event))?;
        Some(Moment::event(kind.name(), draws.log_uniform(1, TURN, Field::Occurrence)).behind())
    }

    fn occurrence(of: &Candidates<EventKind>, draws: &Draws) -> Option<Moment> {
        let &kind = of.draw(draws.stream(Field::Event))?;
        let likely = if kind.frequency() == Frequency::Seldom { SELDOM } else { OFTEN };
        Some(Moment::event(kind.name(), draws.log_uniform(1, likely, Field::Occurrence)))
    }
}
