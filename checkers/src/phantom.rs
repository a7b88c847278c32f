//! **Integrity.** Nothing is delivered, applied or kept that nobody intended, and what was delivered is in the final log.
//! (DOMAIN.md S2, S3.)
//!
//! A phantom in the log is the broker's, one that only a sink has seen is the consumer's; a dirty read is the broker's, which
//! showed what it could not keep.

use crate::history::{Entry, Event, MessageId, Offset, Time, TopicPartition};
use crate::judge::{Blame, Checker, Found};
use crate::ledger::Ledger;
use crate::verdict::{Kind, Path};

/// See the module.
#[derive(Default)]
pub struct Phantom {
    polled: Vec<(TopicPartition, Offset, MessageId, Time)>,
}

impl Checker for Phantom {
    fn see(&mut self, entry: &Entry) {
        if let Event::Poll { log, offset, id, .. } = entry.event {
            self.polled.push((log, offset, id, entry.time));
        }
    }

    fn finish(&mut self, ledger: &Ledger, found: &mut Found<'_>) {
        if ledger.intents == 0 {
            return;
        }
        for (id, account) in ledger.iter().filter(|(_, account)| account.key.is_none()) {
            let name = || found.names.message(id);
            if !account.logged.is_empty() {
                let sentence = format!("{} is in the log, and nobody intended it", name());
                found.anomaly(Kind::Phantom, Path::Broker, Blame::Nobody, vec![name()], sentence);
            } else if let Some(&(_, time)) = account.applied.first() {
                let sentence = format!("the effect of {} happened, and nobody intended it", name());
                found.anomaly(
                    Kind::Phantom,
                    Path::Consumer,
                    Blame::LastBefore(time),
                    vec![name()],
                    sentence,
                );
            }
        }
        if ledger.audited {
            self.dirty_reads(ledger, found);
        }
    }
}

impl Phantom {
    fn dirty_reads(&mut self, ledger: &Ledger, found: &mut Found<'_>) {
        let mut kept: Vec<(TopicPartition, Offset, MessageId)> = ledger
            .iter()
            .flat_map(|(id, account)| account.logged.iter().map(move |copy| (copy.log, copy.offset, id)))
            .collect();
        kept.sort_unstable();
        self.polled.sort_unstable();
        self.polled
            .dedup_by_key(|(log, offset, id, _)| (*log, *offset, *id));
        for &(log, offset, id, time) in &self.polled {
            if kept.binary_search(&(log, offset, id)).is_err() {
                let name = found.names.message(id);
                let log = found.names.log(log);
                let sentence =
                    format!("{name} was delivered from {log} offset {offset}, and is not there at the end");
                found.anomaly(
                    Kind::DirtyRead,
                    Path::Broker,
                    Blame::FirstAfter(time),
                    vec![name],
                    sentence,
                );
            }
        }
    }
}
