//! One who waits, a log's senders or a group: the windows in which the bounds hold, and how long nothing got further in them.

use super::promise::{Lost, Within};
use crate::{Path, Time, Waited};

/// Somebody whose waiting is measured.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    within: Within,
    /// The window that is open now, if the bounds hold now.
    window: Option<Window>,
    /// Whether a fault is present.
    present: bool,
    /// How many faults struck and are not healed.
    unhealed: usize,
    /// What healed is present until here.
    until: Time,
    /// Since when something waits and nothing got further, within this window; nothing while nothing waits.
    since: Option<Time>,
    waits: bool,
    /// How many records wait, and how many did at most since then.
    records: u64,
    most: u64,
    /// Waits that are over, for the watcher to take.
    over: Vec<Wait>,
    waited: [Tally; Lost::ALL.len()],
}

/// A maximal interval in which nothing is present, or exactly one fault that struck when nothing was.
#[derive(Clone, Copy, Debug)]
struct Window {
    lost: Lost,
    /// When something waited in it for the first time.
    first: Option<Time>,
}

/// A wait that was longer than is allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    pub(super) from: Time,
    pub(super) to: Time,
    pub(super) lost: Lost,
    pub(super) bound: Time,
}

/// How long was waited, in all windows in which the same was lost.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    windows: u64,
    longest: Time,
    /// The largest part of its bound that a wait came to, in thousandths.
    share: u64,
}

impl Watch {
    pub(super) fn new(within: Within) -> Self {
        Watch {
            within,
            window: Some(Window { lost: Lost::NothingYet, first: None }),
            present: false,
            unhealed: 0,
            until: 0,
            since: None,
            waits: false,
            records: 0,
            most: 0,
            over: Vec::new(),
            waited: [Tally::default(); Lost::ALL.len()],
        }
    }

    /// The watch of another one for whom the same is lost and present, who has not waited yet, and may wait so much longer.
    pub(super) fn of_another(&self, longer: Time) -> Self {
        let mut within = self.within;
        within.bounds.iter_mut().for_each(|bound| *bound += longer);
        Watch {
            within,
            window: self.window.map(|window| Window { first: None, ..window }),
            since: None,
            waits: false,
            over: Vec::new(),
            waited: [Tally::default(); Lost::ALL.len()],
            ..*self
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Watch::new(self.within);
    }

    /// A fault is present until so long after its healing.
    pub(super) fn recovery(&self) -> Time {
        self.within.recovery
    }

    /// A fault strikes; `lost` is what it takes, nothing where the bounds do not speak of it.
    pub(super) fn struck(&mut self, now: Time, lost: Option<Lost>) {
        self.advance(now);
        let window = lost.filter(|_| !self.present).map(|lost| Window { lost, first: None });
        self.present = true;
        self.unhealed += 1;
        self.turn(now, window);
    }

    /// A fault strikes somebody, for the first time or again, whoever that is.
    pub(super) fn disturbed(&mut self, now: Time) {
        self.advance(now);
        if self.window.is_some_and(|window| window.lost == Lost::NothingYet) {
            self.turn(now, Some(Window { lost: Lost::Nothing, first: None }));
        }
    }

    /// Whatever was present: from now on a core is healed, and serves.
    pub(super) fn left_to_core(&mut self, now: Time) {
        self.advance(now);
        self.present = true;
        self.unhealed += 1;
        self.turn(now, Some(Window { lost: Lost::AllButCore, first: None }));
    }

    /// A fault is healed, and present for a while yet.
    pub(super) fn healed(&mut self, now: Time) {
        self.advance(now);
        self.unhealed = self.unhealed.saturating_sub(1);
        self.until = self.until.max(now.saturating_add(self.within.recovery));
    }

    /// Whether something waits from now on.
    pub(super) fn waits(&mut self, now: Time, waits: bool) {
        self.advance(now);
        if waits == self.waits {
            return;
        }
        self.stop(now);
        self.waits = waits;
        self.start(now);
    }

    /// How many records wait from now on, this one's and others that it may have to wait for.
    pub(super) fn stands_among(&mut self, records: u64) {
        self.records = records;
        self.most = self.most.max(records);
    }

    /// Something got further.
    pub(super) fn progressed(&mut self, now: Time) {
        self.advance(now);
        self.stop(now);
        self.start(now);
    }

    /// The history ends.
    pub(super) fn end(&mut self, now: Time) {
        self.advance(now);
        self.turn(now, None);
    }

    /// Whether there are waits to be taken over.
    pub(super) fn has_waited(&self) -> bool {
        !self.over.is_empty()
    }

    /// The waits that were too long since the last time.
    pub(super) fn take_over(&mut self) -> impl Iterator<Item = Wait> {
        self.over.drain(..)
    }

    /// By what was lost: how long was waited, where anything did.
    pub(super) fn waited(&self, path: Path) -> impl Iterator<Item = Waited> {
        let some =
            self.waited.iter().zip(Lost::ALL).filter(|(tally, _)| tally.windows > 0 || tally.longest > 0);
        some.map(move |(&Tally { windows, longest, share }, &lost)| Waited {
            path,
            lost,
            windows,
            longest,
            share,
        })
    }

    /// Once nothing is present any more, a window begins in which nothing is lost.
    fn advance(&mut self, now: Time) {
        if self.present && self.unhealed == 0 && self.until <= now {
            self.present = false;
            self.turn(self.until, Some(Window { lost: Lost::Nothing, first: None }));
        }
    }

    /// One window ends, another begins.
    fn turn(&mut self, now: Time, next: Option<Window>) {
        self.stop(now);
        // A core is looked at until it has served, however long that takes.
        if let Some(Window { lost, first: Some(first) }) = self.window
            && (lost == Lost::AllButCore || first.saturating_add(self.within.bound(lost, self.most)) <= now)
        {
            self.waited[lost as usize].windows += 1;
        }
        self.window = next;
        self.start(now);
    }

    fn start(&mut self, now: Time) {
        if let Some(window) = self.window.as_mut().filter(|_| self.waits) {
            window.first.get_or_insert(now);
            self.since = Some(now);
            self.most = self.records;
        }
    }

    fn stop(&mut self, now: Time) {
        let (Some(from), Some(Window { lost, .. })) = (self.since.take(), self.window) else { return };
        let (wait, bound) = (now.saturating_sub(from), self.within.bound(lost, self.most));
        let waited = &mut self.waited[lost as usize];
        waited.longest = waited.longest.max(wait);
        waited.share = waited.share.max(wait.saturating_mul(1_000) / bound.max(1));
        if wait > bound {
            self.over.push(Wait { from, to: now, lost, bound });
        }
    }
}
