//! **Progress.** After all faults are healed, every send ends and every group settles what is in its logs. (DOMAIN.md L1-L4.)
//!
//! Says nothing of a history that was not healed: nothing was promised then.

use crate::history::Entry;
use crate::judge::{Blame, Checker, Found};
use crate::ledger::Ledger;
use crate::verdict::{Kind, Path};

/// See the module.
pub struct Progress;

impl Checker for Progress {
    fn see(&mut self, _: &Entry) {}

    fn finish(&mut self, ledger: &Ledger, found: &mut Found<'_>) {
        let Some(healed) = ledger.healed else { return };
        let around = Blame::LastBefore(healed);
        for (id, account) in ledger.iter() {
            let name = || found.names.message(id);
            let over = |(process, time)| {
                ledger
                    .began
                    .iter()
                    .any(|&(its, began)| its == process && began > time)
            };
            if account.sending.is_some_and(|sending| !over(sending)) {
                let sentence = format!(
                    "the send of {} has not ended, long after everything was healed",
                    name()
                );
                found.anomaly(Kind::Stuck, Path::Producer, around, vec![name()], sentence);
            }
            for copy in account.logged.iter().filter(|_| account.key.is_some()) {
                let behind = ledger
                    .positions
                    .iter()
                    .filter(|position| position.log == copy.log);
                for position in behind.filter(|position| position.settled <= copy.offset) {
                    let group = found.names.text(position.group);
                    let sentence = format!(
                        "{group} has not settled {}, long after everything was healed",
                        found.names.message(id)
                    );
                    found.anomaly(
                        Kind::Stuck,
                        Path::Consumer,
                        around,
                        vec![found.names.message(id)],
                        sentence,
                    );
                }
            }
        }
    }
}
