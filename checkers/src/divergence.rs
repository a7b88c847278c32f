//! **Agreement.** Replicas hold the same below the same high watermark, and one offset of a log is delivered with one message.
//! (DOMAIN.md S4.)

use crate::history::{Entry, Event, MessageId, Name, Offset, Time, TopicPartition};
use crate::judge::{Blame, Checker, Found};
use crate::ledger::Ledger;
use crate::verdict::{Kind, Path};

/// See the module.
#[derive(Default)]
pub struct Divergence {
    digests: Vec<(TopicPartition, Offset, u64, Name)>,
    delivered: Vec<(TopicPartition, Offset, MessageId, Time)>,
}

impl Checker for Divergence {
    fn see(&mut self, entry: &Entry) {
        match entry.event {
            Event::Digest { log, watermark, hash } => {
                self.digests.push((log, watermark, hash, entry.process))
            }
            Event::Poll { log, offset, id, .. } => self.delivered.push((log, offset, id, entry.time)),
            _ => {}
        }
    }

    fn finish(&mut self, _: &Ledger, found: &mut Found<'_>) {
        self.digests.sort_unstable();
        for pair in self.digests.windows(2) {
            let [
                (log, watermark, hash, process),
                (other_log, other_watermark, other_hash, other),
            ] = *pair
            else {
                continue;
            };
            if (log, watermark) == (other_log, other_watermark) && hash != other_hash {
                let (one, other) = (found.names.text(process), found.names.text(other));
                let log = found.names.log(log);
                let sentence =
                    format!("{one} and {other} hold different records of {log} below offset {watermark}");
                found.anomaly(
                    Kind::Diverged,
                    Path::Broker,
                    Blame::LastBefore(Time::MAX),
                    Vec::new(),
                    sentence,
                );
            }
        }
        self.delivered.sort_unstable();
        self.delivered
            .dedup_by_key(|(log, offset, id, _)| (*log, *offset, *id));
        for pair in self.delivered.windows(2) {
            let [
                (log, offset, id, time),
                (other_log, other_offset, other, other_time),
            ] = *pair
            else {
                continue;
            };
            if (log, offset) == (other_log, other_offset) {
                let (one, other) = (found.names.message(id), found.names.message(other));
                let sentence = format!(
                    "{} offset {offset} was delivered as {one} and as {other}",
                    found.names.log(log)
                );
                let when = Blame::LastBefore(time.max(other_time));
                found.anomaly(Kind::Diverged, Path::Broker, when, vec![one, other], sentence);
            }
        }
    }
}
