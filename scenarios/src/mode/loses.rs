//! What modes do not survive, and do not keep out: the shortest schedule that shows each.

use harness::chaos::cast::Target;
use harness::chaos::fault::{DiskLoss, Fault, FaultKind, HalfOpen, LyingSync, SyncFailure, TornWrite};
use harness::chaos::schedule::{Expect, Moment, Step};
use harness::{Exclusion, Kind, Path, Unpromised, Witness};

use crate::catalogue::{
    LOSS_AT_BROKERS, LOSS_AT_CONSUMERS, ack_lost_retry_duplicate, fire_and_forget_drop, leader_only_ack_crash,
};
use crate::rot;

pub const LOST_ACKED: Expect = Expect { anomaly: Kind::LostAcked, path: Path::Broker };
/// Where nothing is acknowledged, what was read and then lost shows that it was stored.
pub const DIRTY_READ: Expect = Expect { anomaly: Kind::DirtyRead, path: Path::Broker };
/// Somebody leads who lacks what was told to be safe, be it acknowledged or settled.
pub const INCOMPLETE: Expect = Expect { anomaly: Kind::Incomplete, path: Path::Broker };
const LOST_INTENT: Expect = Expect { anomaly: Kind::LostIntent, path: Path::Producer };
const DUPLICATE_LOG: Expect = Expect { anomaly: Kind::DuplicateLog, path: Path::Producer };
const REORDER_LOG: Expect = Expect { anomaly: Kind::ReorderLog, path: Path::Producer };

/// So many records each producer sends in a witness: until whoever was struck is back.
const RECORDS: u64 = 80;

/// What follows where a log forgets what it had told.
pub fn follows_from_loss() -> Vec<Expect> {
    let at = |path| move |&anomaly: &Kind| Expect { anomaly, path };
    let at_brokers = LOSS_AT_BROKERS.iter().map(at(Path::Broker));
    [LOST_ACKED]
        .into_iter()
        .chain(at_brokers)
        .chain(LOSS_AT_CONSUMERS.iter().map(at(Path::Consumer)))
        .collect()
}

/// Every fault that takes what a broker has stored without a sync, or at all.
pub fn stored_data(reason: &'static str, breaks: Expect) -> Vec<Exclusion> {
    let kinds = [FaultKind::PowerLoss, FaultKind::TornWrite, FaultKind::DiskLoss, FaultKind::BitRot];
    kinds.map(|kind| excluded(kind, reason, breaks)).to_vec()
}

/// The same where only a leader that comes back with less than its followers shows it.
pub fn unnoticed(breaks: Expect) -> Vec<Exclusion> {
    let reason =
        "whoever comes back with less than it had keeps its place, and the others cut their logs to match";
    let told = |beyond: Exclusion| match beyond.fault {
        // Of the end of its log it had told less than half a batch.
        FaultKind::TornWrite => Exclusion { breaks: INCOMPLETE, ..beyond },
        _ => beyond,
    };
    stored_data(reason, breaks).into_iter().map(told).collect()
}

/// What nobody is left to have synced.
pub fn all_go_dark(fault: FaultKind, reason: &'static str) -> Exclusion {
    let (strikes, breaks): (fn(Target) -> Fault, _) = match fault {
        // Of what was appended last a part is gone, whichever log that was.
        FaultKind::TornWrite => (|target| TornWrite { target }.into(), INCOMPLETE),
        _ => (Fault::power_loss, LOST_ACKED),
    };
    let dark = |broker| Step::new(Moment::Ms(500), strikes(Target::Broker(broker))).heal_after_ms(100);
    shown(fault, reason, breaks, [1, 2, 3].map(dark).to_vec())
}

/// What a voter may forget without noticing, so that it votes as if it remembered.
pub struct Forgetful {
    /// By which fault.
    pub fault: FaultKind,
    /// Why.
    pub reason: &'static str,
    /// What breaks.
    pub breaks: Expect,
    /// In the log of this topic, of so many voters.
    pub log: (&'static str, usize),
    /// When, in milliseconds.
    pub at: u64,
}

impl Forgetful {
    /// All but a bare majority stand still, and one of that majority forgets. The others of it die, and those that stood still elect somebody
    /// together with the forgetful one.
    pub fn excluded(self) -> Exclusion {
        let (topic, voters) = self.log;
        let follower = |nth| Target::follower(topic, 0, nth);
        let majority = voters / 2 + 1;
        let behind =
            |nth| Step::new(Moment::Ms(self.at - 230), Fault::pause(follower(nth))).heal_after_ms(290);
        let dies = |target| Step::new(Moment::Ms(self.at + 5), Fault::crash(target)).heal_after_ms(1_500);
        let others = (2..majority).map(follower).chain([Target::leader(topic, 0)]);
        let steps = (majority..voters).map(behind).chain(self.forgets(follower(1))).chain(others.map(dies));
        shown(self.fault, self.reason, self.breaks, steps.collect())
    }

    /// It loses power while its syncs write nothing, or what it has not synced yet is damaged when it starts again.
    fn forgets(&self, target: Target) -> Vec<Step> {
        let at = |ms, fault: Fault| Step::new(Moment::Ms(ms), fault);
        match self.fault {
            FaultKind::BitRot => rot::found_at_a_start(&target, self.at),
            _ => vec![
                at(self.at - 330, LyingSync { target: target.clone() }.into()).heal_after_ms(430),
                at(self.at, Fault::power_loss(target)).heal_after_ms(40),
            ],
        }
    }
}

/// A disk that says it wrote what it did not deceives a voter as it deceives anybody.
pub fn lying_voter(voters: usize, breaks: Expect) -> Exclusion {
    let reason =
        "a voter tells what its disk only says is synced, and after a power loss votes as if it had it";
    Forgetful { fault: FaultKind::LyingSync, reason, breaks, log: ("payments", voters), at: 530 }.excluded()
}

/// A fault that takes what a leader has stored, while its producers send; it is back before anybody else leads.
pub fn excluded(fault: FaultKind, reason: &'static str, breaks: Expect) -> Exclusion {
    shown(fault, reason, breaks, takes_from_leader(fault))
}

/// A fault that is not survived, as these steps show.
fn shown(fault: FaultKind, reason: &'static str, breaks: Expect, steps: Vec<Step>) -> Exclusion {
    let witness = Witness { records: RECORDS, steps };
    Exclusion { fault, of: None, reason, breaks, also: follows_from_loss(), witness }
}

fn leader() -> Target {
    Target::leader("payments", 0)
}

fn takes_from_leader(fault: FaultKind) -> Vec<Step> {
    let at = |ms, fault: Fault| Step::new(Moment::Ms(ms), fault).heal_after_ms(50);
    match fault {
        FaultKind::DiskLoss => vec![at(500, DiskLoss { target: leader() }.into())],
        FaultKind::TornWrite => vec![at(500, TornWrite { target: leader() }.into())],
        FaultKind::BitRot => rot::found_at_a_start(&leader(), 501),
        // Harmless until the power goes.
        FaultKind::LyingSync => {
            let lies = Step::new(Moment::Ms(300), LyingSync { target: leader() }.into()).heal_after_ms(300);
            vec![lies, at(500, Fault::power_loss(leader()))]
        }
        // What was not written is in the page cache still: whoever starts again reads it there, and no later sync writes it.
        FaultKind::SyncFailure => {
            let fails =
                Step::new(Moment::Ms(300), SyncFailure { target: leader() }.into()).heal_after_ms(100);
            vec![fails, at(700, Fault::power_loss(leader()))]
        }
        _ => vec![at(500, Fault::power_loss(leader()))],
    }
}

/// A request is lost on the way, and nobody waits for its answer.
pub fn fire_and_forget() -> Unpromised {
    Unpromised {
        anomaly: LOST_INTENT,
        also: vec![REORDER_LOG],
        reason: "whoever does not wait for an answer does not learn that a request was lost",
        witness: Witness { records: 10, steps: vec![fire_and_forget_drop::lost_request(1)] },
    }
}

/// An acknowledgement is lost, and the record is sent again.
pub fn sent_twice() -> Unpromised {
    Unpromised {
        anomaly: DUPLICATE_LOG,
        also: vec![REORDER_LOG],
        reason: "a record that is sent again is stored again: nobody recognises it",
        witness: Witness { records: 10, steps: vec![ack_lost_retry_duplicate::lost_acknowledgement()] },
    }
}

/// Several requests wait on a connection that carries nothing any more; each is sent again after a rest of its own.
pub fn overtaken() -> Unpromised {
    let forgotten = |(ms, producer)| {
        let half_open = HalfOpen { from: Target::Producer(producer), to: leader() };
        Step::new(Moment::Ms(ms), half_open.into())
    };
    let steps = [(300, 1), (300, 2), (900, 1), (900, 2)].map(forgotten).to_vec();
    Unpromised {
        anomaly: REORDER_LOG,
        also: vec![DUPLICATE_LOG],
        reason: "a request that is sent again lands behind those that were sent meanwhile",
        witness: Witness { records: RECORDS, steps },
    }
}

/// The leader acknowledges what its followers have not fetched, and is gone.
pub fn acknowledged_alone() -> Unpromised {
    let still = leader_only_ack_crash::follower_stands_still;
    let steps = vec![still(1), still(2), leader_only_ack_crash::leader_dies()];
    Unpromised {
        anomaly: LOST_ACKED,
        also: Vec::new(),
        reason: "what only the leader has is acknowledged, and lost with it",
        witness: Witness { records: 40, steps },
    }
}
