//! Claim: what is safe is the same everywhere, at every moment of the run. `diverged`, broker: two replicas called a log safe up to the
//! same offset and held different records below it, or one replica did so twice. Told once for each log.
//!
//! Source: Raft's state machine safety (Ongaro, Ousterhout 2014); openraft's `tests-turmoil/src/invariants/committed_immutable.rs`.
//!
//! Does not see replicas whose watermarks never stand at the same offset. What replicas hold at the end is judged by `diverged`.

use std::collections::BTreeMap;

use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Offset, Path, Time,
    TopicPartition, Wanted,
};

#[derive(Default)]
pub(super) struct CommittedPrefix {
    /// By log and watermark: who called that safe first.
    first: BTreeMap<TopicPartition, BTreeMap<Offset, Claim>>,
    parted: Vec<Parting>,
}

/// A replica held this below a watermark.
#[derive(Clone, Copy)]
struct Claim {
    broker: Name,
    hash: u64,
}

/// The first moment at which two replicas of a log did not agree.
#[derive(Clone, Copy)]
struct Parting {
    time: Time,
    log: TopicPartition,
    watermark: Offset,
    one: Name,
    other: Name,
}

impl Checker for CommittedPrefix {
    fn name(&self) -> &'static str {
        "committed-prefix"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::Committed])
    }

    fn see(&mut self, entry: &Entry) {
        let Event::Committed { log, watermark, hash, .. } = entry.event else { return };
        let mine = Claim { broker: entry.process, hash };
        let first = *self.first.entry(log).or_default().entry(watermark).or_insert(mine);
        if first.hash != hash && self.parted.iter().all(|parting| parting.log != log) {
            let (one, other) = (first.broker, mine.broker);
            self.parted.push(Parting { time: entry.time, log, watermark, one, other });
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for parting in &self.parted {
            findings.report(case, Kind::Diverged, Path::Broker, || Evidence {
                messages: Vec::new(),
                sentence: parting.told(case),
                fault: case.faults.until(parting.time),
                moment: Some(parting.time),
            });
        }
        findings
    }

    fn reset(&mut self) {
        self.first.clear();
        self.parted.clear();
    }
}

impl Parting {
    fn told(&self, case: &Case<'_>) -> String {
        let (one, other) = (case.names.text(self.one), case.names.text(self.other));
        let who = if one == other { format!("{one} at two times") } else { format!("{one} and {other}") };
        format!(
            "{who} called {} safe up to offset {} and held different records below",
            case.names.log(self.log),
            self.watermark
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path};

    #[test]
    fn replicas_that_call_different_records_safe_have_diverged_whatever_they_hold_in_the_end() {
        let story = Story::new().intent("p1-0").committed("broker-1", 3, 0xaa).committed("broker-2", 3, 0xbb);
        let story = story.committed("broker-2", 4, 0xcc).committed("broker-1", 4, 0xdd);
        let verdict = story.digest("broker-1", 5, 1).digest("broker-2", 5, 1).audited().verdict();
        assert_eq!(verdict.classes(), [(Kind::Diverged, Path::Broker)].into());
        assert_eq!(verdict.anomalies.len(), 1);
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"broker-1 and broker-2 called payments/0 safe up to offset 3 and held different records below");
    }

    #[test]
    fn a_replica_that_comes_back_with_other_records_has_diverged_from_itself() {
        let story = Story::new().intent("p1-0").committed("broker-1", 3, 0xaa).recovered("broker-1");
        story.committed("broker-1", 3, 0xbb).invalid(Kind::Diverged, Path::Broker);
    }

    #[test]
    fn replicas_that_agree_lag_or_hold_another_log_are_legal() {
        let story = Story::new().intent("p1-0").committed("broker-1", 3, 0xaa).committed("broker-2", 3, 0xaa);
        story.committed("broker-3", 2, 0xbb).partition(1).committed("broker-2", 3, 0xcc).valid();
    }
}
