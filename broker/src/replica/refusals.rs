//! Refusals by what the log lacks or holds, kept back until the controller has confirmed that this broker leads.
//!
//! 1. Broker 1 leads and is cut off from the controller, broker 2 is elected in its place.
//! 2. A producer's record 4 is stored by broker 2. Its record 5 goes to broker 1, by an older picture of who leads.
//! 3. Broker 1 has no record 4. If it refused record 5 as a gap, the producer would take number 4 as lost for good, begin a
//!    new producer epoch and send again, under new numbers, what broker 2 may have by then.
//!
//! So such a refusal is given only after an answer of the controller to a question that was asked after the produce request had
//! come. The controller sends its catalogue, where it is newer, before that answer: whoever still leads then in the same epoch
//! led when the request was judged. While the controller cannot be reached the producer is not answered; it doubts, and tries
//! again. That holds for volatile producer state as well: who leads and what a leader remembers are different questions, and
//! a confirmed leader without memory still refuses what it should not.

use super::Waiter;
use crate::ConnId;
use crate::policy::Ack;
use crate::wire::client::Refusal;

/// The refusals kept back in one reign, in the order of their requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Refusals {
    kept: Vec<Kept>,
}

/// One refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kept {
    pub(super) acks: Ack,
    pub(super) waiter: Waiter,
    pub(super) refusal: Refusal,
    /// The controller was asked after the request came, and has not answered.
    asked: bool,
}

impl Refusals {
    /// Keeps one back.
    pub(super) fn keep(&mut self, acks: Ack, waiter: Waiter, refusal: Refusal) {
        self.kept.push(Kept { acks, waiter, refusal, asked: false });
    }

    /// How many are kept back.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether the controller must be asked now; from then on it is. One question at a time: what comes meanwhile waits for
    /// the next.
    pub(super) fn ask(&mut self) -> bool {
        let due = !self.kept.is_empty() && self.kept.iter().all(|kept| !kept.asked);
        self.kept.iter_mut().for_each(|kept| kept.asked |= due);
        due
    }

    /// The question will not be answered.
    pub(super) fn ask_again(&mut self) {
        self.kept.iter_mut().for_each(|kept| kept.asked = false);
    }

    /// The controller confirmed: these are given now.
    pub(super) fn confirmed(&mut self) -> Vec<Kept> {
        self.kept.extract_if(.., |kept| kept.asked).collect()
    }

    /// The reign is over: none of them may be given.
    pub(super) fn drain(&mut self) -> Vec<Kept> {
        std::mem::take(&mut self.kept)
    }

    /// A connection is gone: nobody waits on it any longer.
    pub(super) fn closed(&mut self, conn: ConnId) {
        self.kept.retain(|kept| !matches!(kept.waiter, Waiter::Producer(own, _) if own == conn));
    }
}
