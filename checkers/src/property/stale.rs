//! Claim: a sink ends with the newest fact of each key. `stale`, consumer: the last effect of a producer and key at a sink is that of
//! an older intent than one that took effect there before.
//!
//! Where the older one appeared in the log only after the newer one had taken effect, it is the path's of whoever made it appear late.
//!
//! Source: DOMAIN S7b; what a cache shows after a late retry.
//!
//! Stands beyond the verdict: what made it so is a duplicate or a reordering, and is told as that. It matters to a sink that
//! keeps the last value; one that adds up does not care.

use std::collections::BTreeMap;

use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, MessageId, Name, Path, Time, Wanted,
};

#[derive(Default)]
pub(super) struct Stale {
    /// Every effect, in the order of time.
    effects: Vec<(Time, Name, MessageId)>,
}

/// The newest fact of a key at a sink, and the last.
#[derive(Clone, Copy)]
struct Held {
    newest: (u32, MessageId),
    /// When that took effect.
    since: Time,
    last: (u32, MessageId),
    time: Time,
}

impl Checker for Stale {
    fn name(&self) -> &'static str {
        "stale"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::Apply])
    }

    fn see(&mut self, entry: &Entry) {
        if let Event::Apply { id } = entry.event {
            self.effects.push((entry.time, entry.process, id));
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut held: BTreeMap<(Name, u32), Held> = BTreeMap::new();
        for &(time, sink, id) in &self.effects {
            let Some((lane, rank)) = case.ledger.lane(id) else { continue };
            let now = (rank, id);
            let first = Held { newest: now, since: time, last: now, time };
            let held = held.entry((sink, lane)).or_insert(first);
            if now > held.newest {
                (held.newest, held.since) = (now, time);
            }
            (held.last, held.time) = (now, time);
        }
        let mut findings = Findings::default();
        for ((sink, _), held) in held.into_iter().filter(|(_, held)| held.last.0 < held.newest.0) {
            report(case, sink, held, &mut findings);
        }
        findings
    }

    fn reset(&mut self) {
        self.effects.clear();
    }
}

fn report(case: &Case<'_>, sink: Name, held: Held, findings: &mut Findings) {
    let late = case.ledger.find(held.last.1).and_then(|slot| {
        let place = case.ledger.place(slot)?;
        case.ledger.latecomer(slot, place, held.since)
    });
    findings.report(case, Kind::Stale, late.unwrap_or(Path::Consumer), || {
        let [old, new] = [held.last.1, held.newest.1].map(|id| case.names.message(id));
        let sentence =
            format!("{} ends with {old}, although {new} of the same key is newer", case.names.text(sink));
        let (fault, moment) = (case.faults.until(held.time), Some(held.time));
        Evidence { messages: vec![old, new], sentence, fault, moment }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;

    #[test]
    fn an_old_fact_applied_again_after_a_newer_one_is_told_beyond_the_verdict() {
        let story = Story::new().intent("p1-0").intent("p1-1").applied("p1-0").applied("p1-1");
        assert_eq!(story.clone().beyond(), "");
        insta::assert_snapshot!(story.applied("p1-0").beyond(), @"stale/consumer x1: ledger ends with p1-0, although p1-1 of the same key is newer");
    }

    #[test]
    fn other_keys_and_other_sinks_hold_their_own() {
        let story = Story::new().intent_of("p1-0", 1).intent_of("p1-1", 2).applied("p1-1").applied("p1-0");
        assert_eq!(story.sink("cache").applied("p1-0").beyond(), "");
    }
}
