//! The events at which the faults of a seed strike: everything that a node can observe or mark before all is healed, as the types have
//! it.

use broker::{EventKind, Frequency, Mark};

use crate::chaos::cast::Cast;
use crate::chaos::fault::{Draws, Field};
use crate::chaos::schedule::Moment;
use crate::seed::rendezvous::Candidates;

/// Of what comes with records, one of the first so many is waited for; of the rest, one of the first few.
const OFTEN: u64 = 64;
const SELDOM: u64 = 3;

/// Of what happens where a log has a new leader, one of the first few behind the step before is waited for.
const TURN: u64 = 6;

/// What the controller is asked to decide, or has decided.
const DECIDED: Few = Few {
    names: &["lead", "members"],
    marks: &[
        Mark::ShrinkIsr,
        Mark::ExpandIsr,
        Mark::ElectionStarted,
        Mark::FenceBroker,
        Mark::RegisterBroker,
    ],
};

/// What comes to pass only where replicas elect their leader.
const ELECTED: Few = Few { names: &["voter", "voters"], marks: &[Mark::ChangeVoters] };

/// What comes to pass only where each record of a log is a whole state.
const SUMMED_UP: Few = Few { names: &[], marks: &[Mark::TakeSnapshot, Mark::InstallSnapshot] };

/// What a log's replicas do about a new leader.
const FOLLOWED: Few = Few { names: &["recover", "truncate", "halted"], marks: &[Mark::FetchDiverges] };

/// What the leader of records, and those who send them, see of it.
const SENT: Few = Few {
    names: &["append", "watermark", "send-fail", "send-info"],
    marks: &[
        Mark::AppendBeforeAck,
        Mark::ReplicatedBeforeWatermark,
        Mark::RefuseSequenceGap,
        Mark::RecogniseDuplicate,
        Mark::RefuseMinIsr,
        Mark::RetrySend,
        Mark::BumpProducerEpoch,
    ],
};

/// What the coordinator of groups, and their members, see of it.
const COORDINATED: Few = Few {
    names: &["settle", "settle-ok", "settle-fail", "settle-info", "grant", "position", "revoke"],
    marks: &[Mark::RefuseStaleGeneration, Mark::RebalanceStarted],
};

/// A few events: observations by name, and marks.
struct Few {
    names: &'static [&'static str],
    marks: &'static [Mark],
}

impl Few {
    fn has(&self, kind: EventKind) -> bool {
        self.names.contains(&kind.name()) || self.marks.iter().any(|&mark| kind == mark.into())
    }
}

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
    /// Of all that there is in such a cast.
    pub fn new(cast: &Cast) -> Self {
        let elects = cast.elects() || cast.catalogue.is_some();
        let sums_up = cast.catalogue.is_some();
        let there_is =
            |kind: &EventKind| (elects || !ELECTED.has(*kind)) && (sums_up || !SUMMED_UP.has(*kind));
        Self::of(EventKind::all().filter(there_is))
    }

    /// Of these.
    pub fn of(kinds: impl Iterator<Item = EventKind>) -> Self {
        let kinds: Vec<EventKind> = kinds.filter(|kind| kind.frequency() != Frequency::AtTheEnd).collect();
        let often = kinds.iter().copied().filter(|kind| kind.frequency() == Frequency::Often);
        // Waiting for what comes seldom is more often in vain.
        let weight = |kind: EventKind| if kind.frequency() == Frequency::Seldom { 1 } else { 2 };
        let among = |those: &[Few]| {
            let is_one = |kind: &EventKind| those.iter().any(|few| few.has(*kind));
            Candidates::new(kinds.iter().copied().filter(is_one).map(|kind| (kind.name(), 1, kind)))
        };
        Events {
            turns: among(&[DECIDED, ELECTED, FOLLOWED, SENT]),
            coordinated: among(&[DECIDED, ELECTED, FOLLOWED, COORDINATED]),
            decisions: among(&[DECIDED, ELECTED]),
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
