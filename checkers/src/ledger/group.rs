//! What one consumer group was granted, settled and gave up.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Disposition, Name, Offset, Scope, Time};

/// A settlement that moved a group's position on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The first offset that is not settled.
    pub upto: Offset,
    /// Whether only the record before that is.
    pub alone: bool,
    /// When it was begun, in microseconds of the run.
    pub begun: Time,
    /// When it was accepted, in microseconds of the run.
    pub time: Time,
    /// The generation that settled; of a position that a member was told, the member's.
    pub generation: u64,
}

impl Settled {
    /// Of which records it is, for people.
    #[must_use]
    pub fn told(&self) -> String {
        match self.alone {
            true => format!("at {} alone", self.upto.saturating_sub(1)),
            false => format!("up to {}", self.upto),
        }
    }
}

/// A member was told that its group stands below what was acknowledged before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retreat {
    /// Where the group stands, as the member was told.
    pub told: Offset,
    /// The settlement that it should have been told.
    pub settled: Settled,
    /// When it was told, in microseconds of the run.
    pub time: Time,
}

/// The last grant of a log to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) process: Name,
    pub(super) generation: u64,
    pub(super) time: Time,
    /// The last settlement that this process began after the grant, and that was accepted.
    pub(super) settled: Option<Time>,
}

/// What a group did with one log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Whether any member was ever granted it.
    pub granted: bool,
    /// Accepted settlements, each higher than the one before.
    pub settled: Vec<Settled>,
    /// The first accepted settlement of each record that was settled alone.
    alone: BTreeMap<Offset, Settled>,
    /// All below may be settled: accepted, unknown, or still under way.
    perhaps: Offset,
    /// Records that may be settled alone.
    perhaps_alone: BTreeSet<Offset>,
    /// Settled, and put aside: from one offset to before another.
    dead: Vec<(Offset, Offset)>,
    /// How often, and how far, members were told less than was acknowledged.
    pub retreats: Vec<Retreat>,
    /// Accepted settlements below an earlier one, with the time of their acceptance: somebody went back on purpose.
    back: Vec<(Offset, Time)>,
    /// Where members were told that the group stands though every settlement up to there was refused, and when.
    pub denied: Vec<(Offset, Time)>,
    /// Settlements of unknown outcome. They may take effect at any time.
    doubtful: Vec<Offset>,
    /// Settlements that were refused for certain.
    refused: Vec<Offset>,
    /// The last grant to each process.
    granted_to: Vec<Granted>,
}

impl Position {
    /// The first accepted settlement that covers an offset.
    #[must_use]
    pub fn covering(&self, offset: Offset) -> Option<Settled> {
        let at = self.settled.partition_point(|settled| settled.upto <= offset);
        let (all, alone) = (self.settled.get(at).copied(), self.alone.get(&offset).copied());
        match (all, alone) {
            (Some(all), Some(alone)) => Some(if alone.time < all.time { alone } else { all }),
            (all, alone) => all.or(alone),
        }
    }

    /// Whether anything was settled that nobody would wait for.
    #[must_use]
    pub fn has_settled(&self) -> bool {
        !self.settled.is_empty() || !self.alone.is_empty()
    }

    /// Whether no settlement covers an offset or any above.
    #[must_use]
    pub fn ends_before(&self, offset: Offset) -> bool {
        self.settled.last().is_none_or(|last| last.upto <= offset)
            && self.alone.range(offset..).next().is_none()
    }

    /// Whether a settlement that covers an offset was accepted, may have been, or is still under way.
    #[must_use]
    pub fn may_cover(&self, offset: Offset) -> bool {
        offset < self.perhaps || self.perhaps_alone.contains(&offset)
    }

    /// Whether the record there was put aside by a settlement.
    #[must_use]
    pub fn put_aside(&self, offset: Offset) -> bool {
        self.dead.iter().any(|&(from, to)| (from..to).contains(&offset))
    }

    /// The highest settlement.
    #[must_use]
    pub fn furthest(&self) -> Option<Settled> {
        let alone = self.alone.values().next_back();
        self.settled.last().into_iter().chain(alone).max_by_key(|settled| settled.upto).copied()
    }

    /// Notes a settlement that a process made and that was accepted. What is returned is not settled.
    pub(super) fn accept(
        &mut self,
        process: Name,
        what: &Scope,
        how: Disposition,
        settled: impl Fn(Offset, bool) -> Settled,
    ) {
        if how == Disposition::Return {
            return;
        }
        if let Scope::UpTo(upto) = *what {
            let from = self.settled.last().map_or(0, |last| last.upto);
            self.settled_by(process, settled(upto, false));
            self.dead.extend((how == Disposition::Dead && from < upto).then_some((from, upto)));
        }
        for &offset in what.alone() {
            let end = offset.saturating_add(1);
            self.alone.entry(offset).or_insert_with(|| settled(end, true));
            self.perhaps_alone.insert(offset);
            self.dead.extend((how == Disposition::Dead).then_some((offset, end)));
        }
    }

    /// Notes that all below an offset are settled.
    fn settle(&mut self, settled: Settled) {
        self.perhaps = self.perhaps.max(settled.upto);
        if self.settled.last().is_none_or(|last| last.upto < settled.upto) {
            self.settled.push(settled);
        } else if self.settled.last().is_some_and(|last| settled.upto < last.upto) {
            self.back.push((settled.upto, settled.time));
        }
    }

    /// Notes a settlement whose outcome nobody learned.
    pub(super) fn doubt(&mut self, what: &Scope, how: Disposition) {
        if how == Disposition::Return {
            return;
        }
        if let Scope::UpTo(upto) = *what {
            self.perhaps = self.perhaps.max(upto);
            self.doubtful.push(upto);
        }
        self.perhaps_alone.extend(what.alone());
    }

    /// Notes a settlement that was refused.
    pub(super) fn refuse(&mut self, what: &Scope, how: Disposition) {
        if let (&Scope::UpTo(upto), Disposition::Done | Disposition::Dead) = (what, how)
            && !self.refused.contains(&upto)
        {
            self.refused.push(upto);
        }
    }

    /// Notes a grant.
    pub(super) fn grant(&mut self, granted: Granted) {
        self.granted = true;
        self.granted_to.retain(|before| before.process != granted.process);
        self.granted_to.push(granted);
    }

    /// Notes that a process has settled by its own doing.
    fn settled_by(&mut self, process: Name, settled: Settled) {
        let granted = self.granted_to.iter_mut().find(|granted| granted.process == process);
        if let Some(granted) = granted.filter(|granted| granted.time <= settled.begun) {
            granted.settled = Some(settled.time);
        }
        self.settle(settled);
    }

    /// Notes what a member was told; `open` are the settlements under way.
    ///
    /// It must be told at least what was acknowledged before it asked. Nobody records the asking. It asked after the log was
    /// granted to it, so what was acknowledged before the grant counts; and who settles by itself in a grant and is told again
    /// has asked again. Settlements of a newer generation do not count: a member of an older one that still asks an old
    /// coordinator owns nothing any more.
    pub(super) fn tell(&mut self, process: Name, told: Offset, time: Time, open: &[Offset]) {
        let granted = self.granted_to.iter().find(|granted| granted.process == process);
        let asked = granted.map_or(time, |granted| granted.settled.unwrap_or(granted.time));
        let generation = granted.map_or(u64::MAX, |granted| granted.generation);
        let counts = |settled: &&Settled| settled.time <= asked && settled.generation <= generation;
        if let Some(&settled) = self.settled.iter().rev().find(counts)
            && told < settled.upto
            && !self.may_stand_at(told, Some(settled.begun), open)
        {
            self.retreats.push(Retreat { told, settled, time });
        }
        if self.refused.contains(&told) && !self.may_stand_at(told, None, open) {
            self.denied.push((told, time));
        }
        let generation = granted.map_or(0, |granted| granted.generation);
        self.settle(Settled { upto: told, alone: false, begun: asked, time, generation });
    }

    /// Whether a settlement of exactly so much was accepted or told of, after another had begun where that is asked, or may yet have been
    /// stored.
    fn may_stand_at(&self, told: Offset, after: Option<Time>, open: &[Offset]) -> bool {
        let counts = |upto: Offset, time: Time| upto == told && after.is_none_or(|begun| time > begun);
        self.settled.iter().any(|settled| counts(settled.upto, settled.time))
            || self.back.iter().any(|&(upto, time)| counts(upto, time))
            || self.doubtful.contains(&told)
            || open.contains(&told)
    }

    /// The retreat that hands a record out again, if one had been told by then.
    #[must_use]
    pub fn retreated_over(&self, offset: Offset, by: Time) -> Option<&Retreat> {
        let over = |retreat: &&Retreat| retreat.told <= offset && offset < retreat.settled.upto;
        self.retreats.iter().find(|retreat| over(retreat) && retreat.time <= by)
    }
}

/// One consumer group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: Name,
    /// Its position in each log, by the log's index; may be shorter than the list of logs.
    pub positions: Vec<Position>,
    /// Indexes of the sinks its members called.
    pub sinks: Vec<u32>,
    /// The messages it put aside; sorted once the ledger is closed.
    pub dead: Vec<u32>,
}

impl Group {
    pub(super) fn new(name: Name) -> Self {
        Group { name, positions: Vec::new(), sinks: Vec::new(), dead: Vec::new() }
    }

    pub(super) fn position(&mut self, log: u32) -> &mut Position {
        let log = log as usize;
        if log >= self.positions.len() {
            self.positions.resize_with(log + 1, Position::default);
        }
        &mut self.positions[log]
    }

    /// Whether it put this message aside; only once the ledger is closed.
    #[must_use]
    pub fn dead_lettered(&self, slot: u32) -> bool {
        self.dead.binary_search(&slot).is_ok()
    }
}
