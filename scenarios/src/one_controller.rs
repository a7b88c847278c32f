//! What the one controller does not survive. It keeps its log alone until it is replicated, so what takes the end of that log
//! makes it go back to what it had decided before; each such fault is an exclusion with its witness. It survives a crash, a
//! power loss, a torn write, and a sync that fails or lies as long as the power stays.

use harness::chaos::cast::{Part, Target};
use harness::chaos::fault::{DiskLoss, Fault, FaultKind, LyingSync, Partition};
use harness::chaos::schedule::{Expect, Moment, Step};
use harness::chaos::world::Streams;
use harness::{Exclusion, Kind, Path, Witness};

use crate::rot;

/// A decision of the controller that matters when it is forgotten.
pub struct Decision {
    /// What it follows from, and what makes it matter.
    pub steps: Vec<Step>,
    /// When it is forgotten, in milliseconds.
    pub forgotten_at: u64,
    /// Since when nothing was written, where syncs lie, in milliseconds.
    pub lied_since: u64,
    /// How many records each producer sends, so that some come after it.
    pub records: u64,
}

impl Decision {
    /// Broker 3 does not hear the leader of one log, and leaves its in-sync set: the last decision before it is forgotten, so that
    /// whatever is left of the controller's log forgets it. Then all others go down, and broker 3 is elected, without what was
    /// acknowledged since it left, so many milliseconds after it was cut off.
    pub fn who_is_behind(lag: u64) -> Self {
        let (one, other) = (Target::Broker(3), Target::leader("payments", 0));
        let (cut_at, left_at) = (400, 400 + lag);
        let cut = Fault::from(Partition::between(one, other, Streams::Hold));
        let cut = Step::new(Moment::Ms(cut_at), cut).heal_after_ms(lag + 360);
        let down = |broker| {
            let down = Fault::crash(Target::Broker(broker));
            Step::new(Moment::Ms(left_at + 310), down).heal_after_ms(2_000)
        };
        Decision {
            steps: [cut].into_iter().chain([1, 2, 4, 5].map(down)).collect(),
            forgotten_at: left_at + 100,
            lied_since: 350,
            records: lag / 10,
        }
    }

    /// The leader of two replicas is down and has left the in-sync set. When that is forgotten, it is elected in the epoch in
    /// which the other one led.
    pub fn who_leads() -> Self {
        let down = Fault::crash(Target::leader("payments", 0));
        Decision {
            steps: vec![Step::new(Moment::Ms(400), down).heal_after_ms(1_500)],
            forgotten_at: 1_090,
            lied_since: 1,
            records: 40,
        }
    }
}

/// A fault, why the controller does not survive it, and how it makes it forget a decision.
type Forgets = (FaultKind, &'static str, fn(&Decision) -> Vec<Step>);

const FORGETS: &[Forgets] = &[
    (FaultKind::DiskLoss, "nobody else has what the controller decided", |decision| {
        vec![strike(decision.forgotten_at, DiskLoss { target: Target::Controller }).heal_after_ms(50)]
    }),
    (FaultKind::BitRot, "the controller's log ends before a bit that is wrong", |decision| {
        rot::found_at_a_start(&Target::Controller, decision.forgotten_at + 1)
    }),
    (
        FaultKind::LyingSync,
        "the controller tells what it was told is synced, and the power goes",
        |decision| {
            let lie =
                strike(decision.lied_since, LyingSync { target: Target::Controller }).heal_after_ms(2_000);
            vec![lie, strike(decision.forgotten_at, Fault::power_loss(Target::Controller)).heal_after_ms(50)]
        },
    ),
];

fn strike(ms: u64, fault: impl Into<Fault>) -> Step {
    Step::new(Moment::Ms(ms), fault.into())
}

/// The exclusions, each shown by this decision being forgotten.
pub fn exclusions(decision: &Decision) -> impl Iterator<Item = Exclusion> {
    let exclusion = |&(fault, reason, strikes): &Forgets| {
        let steps = decision.steps.iter().cloned().chain(strikes(decision)).collect();
        let may_follow = [
            (Kind::Incomplete, Path::Broker),
            (Kind::DirtyRead, Path::Broker),
            (Kind::Diverged, Path::Broker),
            (Kind::LostSettlement, Path::Broker),
            (Kind::SplitBrain, Path::Broker),
            (Kind::Stuck, Path::Producer),
        ];
        Exclusion {
            fault,
            of: Some(Part::Controller),
            reason,
            breaks: Expect { anomaly: Kind::LostAcked, path: Path::Broker },
            also: may_follow.map(|(anomaly, path)| Expect { anomaly, path }).to_vec(),
            witness: Witness { records: decision.records, steps },
        }
    };
    FORGETS.iter().map(exclusion)
}
