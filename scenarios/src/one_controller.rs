//! What the one controller does not survive. It keeps its log alone until it is replicated, so what takes the end of that log
//! makes it go back to what it had decided before; each such fault is an exclusion with its witness. It survives a crash, a
//! power loss, a torn write, and a sync that fails or lies as long as the power stays.

use harness::cast::{Part, Target};
use harness::fault::{BitRot, DiskLoss, Fault, FaultKind, LyingSync, Restart};
use harness::schedule::{Expect, Moment, Step};
use harness::{Exclusion, Kind, Path, Witness};

/// A decision of the controller that matters when it is forgotten.
pub struct Decision {
    /// What it follows from, and what makes it matter.
    pub steps: Vec<Step>,
    /// When it is forgotten, in milliseconds.
    pub forgotten_at: u64,
}

impl Decision {
    /// Broker 3 leaves the in-sync sets of three replicas and more. When that is forgotten and all others are down, it is
    /// elected, without what was acknowledged since it left.
    pub fn who_is_behind() -> Self {
        let stands_still = Step::new(Moment::Ms(400), Fault::pause(Target::Broker(3))).heal_after_ms(760);
        let down =
            |broker| Step::new(Moment::Ms(1_110), Fault::crash(Target::Broker(broker))).heal_after_ms(2_000);
        Decision {
            steps: [stands_still].into_iter().chain([1, 2, 4, 5].map(down)).collect(),
            forgotten_at: 900,
        }
    }

    /// The leader of two replicas is down and has left the in-sync set. When that is forgotten, it is elected in the epoch in
    /// which the other one led.
    pub fn who_leads() -> Self {
        let down = Fault::crash(Target::leader("payments", 0));
        Decision { steps: vec![Step::new(Moment::Ms(400), down).heal_after_ms(1_500)], forgotten_at: 1_090 }
    }
}

/// A fault, why the controller does not survive it, and how it strikes by some time.
type Forgets = (FaultKind, &'static str, fn(u64) -> Vec<Step>);

const FORGETS: &[Forgets] = &[
    (FaultKind::DiskLoss, "nobody else has what the controller decided", |at| {
        vec![strike(at, DiskLoss { target: Target::Controller }).heal_after_ms(50)]
    }),
    (FaultKind::BitRot, "the controller's log ends before a bit that is wrong", |at| {
        let rot = |before| strike(at - before, BitRot { target: Target::Controller });
        let again = strike(at + 1, Restart { target: Target::Controller });
        [30, 20, 10, 0].map(rot).into_iter().chain([again]).collect()
    }),
    (FaultKind::LyingSync, "the controller tells what it was told is synced, and the power goes", |at| {
        let lie = strike(1, LyingSync { target: Target::Controller }).heal_after_ms(2_000);
        vec![lie, strike(at, Fault::power_loss(Target::Controller)).heal_after_ms(50)]
    }),
];

fn strike(ms: u64, fault: impl Into<Fault>) -> Step {
    Step::new(Moment::Ms(ms), fault.into())
}

/// The exclusions, each shown by this decision being forgotten.
pub fn exclusions(decision: &Decision) -> impl Iterator<Item = Exclusion> {
    let exclusion = |&(fault, reason, strikes): &Forgets| {
        let steps = decision.steps.iter().cloned().chain(strikes(decision.forgotten_at)).collect();
        let may_follow = [
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
            witness: Witness { records: 40, steps },
        }
    };
    FORGETS.iter().map(exclusion)
}
