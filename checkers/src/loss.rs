//! **No loss.** A message the user was told is done, or a broker acknowledged, is in the final log; what a group settled had
//! its effect. (DOMAIN.md S1, S10b, L1.)
//!
//! Attribution: answered "done" without a broker's acknowledgement and absent at the end is the producer's; acknowledged and
//! in no final log is the broker's; settled without effect is the consumer's. An unknown outcome that is absent is no loss,
//! nor is one the user was told of.
//!
//! It does not see the loss of what lies in a log that was not read to its end.

use crate::history::{Entry, MessageId};
use crate::judge::{Blame, Checker, Found};
use crate::ledger::{Account, Ledger};
use crate::verdict::{Kind, Path};

/// See the module.
pub struct Loss;

impl Checker for Loss {
    fn see(&mut self, _: &Entry) {}

    fn finish(&mut self, ledger: &Ledger, found: &mut Found<'_>) {
        if ledger.intents > 0 && !ledger.audited {
            found.unknown(
                "the final logs were not read to their ends, so nothing can be said to be in none of them",
            );
        }
        for (id, account) in ledger.iter().filter(|(_, account)| account.key.is_some()) {
            if ledger.audited && account.logged.is_empty() && !account.dropped {
                absent(id, account, found);
            }
            if account.applied.is_empty() && !account.dead_lettered {
                unprocessed(id, account, ledger, found);
            }
        }
    }
}

fn absent(id: MessageId, account: &Account, found: &mut Found<'_>) {
    let name = found.names.message(id);
    if let Some(time) = account.acknowledged {
        let sentence = format!("{name} was acknowledged by a broker and is in no log at the end");
        found.anomaly(
            Kind::LostAcked,
            Path::Broker,
            Blame::FirstAfter(time),
            vec![name],
            sentence,
        );
    } else if let (Some(time), true) = (account.answered, account.applied.is_empty()) {
        let sentence =
            format!("the user was told that {name} is done; no broker acknowledged it, and it is in no log");
        found.anomaly(
            Kind::LostIntent,
            Path::Producer,
            Blame::LastBefore(time + GRACE),
            vec![name],
            sentence,
        );
    }
}

/// A frame may be lost a moment after the user was answered.
const GRACE: u64 = 10_000;

fn unprocessed(id: MessageId, account: &Account, ledger: &Ledger, found: &mut Found<'_>) {
    let Some(copy) = account.logged.first() else {
        return;
    };
    let passed =
        |position: &&crate::ledger::Position| position.log == copy.log && position.settled > copy.offset;
    let Some(position) = ledger.positions.iter().find(passed) else {
        return;
    };
    let settled = position
        .settlements
        .iter()
        .find(|(_, upto)| *upto > copy.offset)
        .map_or(0, |(time, _)| *time);
    let name = found.names.message(id);
    let group = found.names.text(position.group);
    let sentence = format!(
        "{group} settled {name} ({} offset {}), and its effect never happened",
        found.names.log(copy.log),
        copy.offset
    );
    found.anomaly(
        Kind::LostUnprocessed,
        Path::Consumer,
        Blame::FirstAfter(settled),
        vec![name],
        sentence,
    );
}
