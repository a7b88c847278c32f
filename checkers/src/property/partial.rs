//! Claim: what a group does for a record it does at all its sinks, or at none. `partial`, consumer: a record that the group settled
//! took effect at some of the sinks that its members call, and not at the others.
//!
//! Source: DOMAIN L6 and S12; sagas (Garcia-Molina, Salem 1987), where what was done is finished or compensated.
//!
//! Stands beyond the verdict: a group may mean to call one sink for some records and another for others. Needs the final read;
//! knows no compensation, for no history tells one.

use crate::ledger::{Group, Record};
use crate::{Case, Checker, Evidence, Findings, Kind, Path};

pub(super) struct Partial;

impl Checker for Partial {
    fn name(&self) -> &'static str {
        "partial"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for group in case.ledger.groups.iter().filter(|group| case.ledger.audited && group.sinks.len() > 1) {
            for (log, position) in (0..).zip(&group.positions) {
                for record in &case.ledger.logs[log as usize].records {
                    if position.covering(record.offset).is_some() {
                        judge(case, group, record, &mut findings);
                    }
                }
            }
        }
        findings
    }
}

fn judge(case: &Case<'_>, group: &Group, record: &Record, findings: &mut Findings) {
    let sinks = group.sinks.iter().map(|&sink| &case.ledger.sinks[sink as usize]);
    let (did, did_not): (Vec<_>, Vec<_>) = sinks.partition(|sink| sink.times(record.slot) > 0);
    if did.is_empty() || did_not.is_empty() {
        return;
    }
    findings.report(case, Kind::Partial, Path::Consumer, || {
        let text = case.text(record.slot);
        let names = |sinks: &[&crate::ledger::Sink]| {
            let names: Vec<&str> = sinks.iter().map(|sink| case.names.text(sink.name)).collect();
            names.join(" and ")
        };
        let sentence = format!("{text} took effect at {} and never at {}", names(&did), names(&did_not));
        let last = did.iter().filter_map(|sink| sink.firsts.iter().rfind(|first| first.slot == record.slot));
        let moment = last.map(|first| first.time).max();
        let fault = moment.and_then(|moment| case.faults.end_since(moment, case.names));
        Evidence { messages: vec![text], sentence, fault, moment }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;

    fn two_sinks() -> Story {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1).granted().polled("p1-0", 0).charged("p1-0");
        let story = story.sink("parcels").charged("p1-0").sink("ledger").polled("p1-1", 1).charged("p1-1");
        story.settled(2).logged("p1-0", 0).logged("p1-1", 1)
    }

    #[test]
    fn a_record_that_took_effect_at_one_sink_of_two_is_told_beyond_the_verdict() {
        insta::assert_snapshot!(two_sinks().audited().beyond(), @"partial/consumer x1: p1-1 took effect at ledger and never at parcels");
    }

    #[test]
    fn all_sinks_or_none_is_legal() {
        assert_eq!(
            two_sinks()
                .sink("parcels")
                .applied("p1-1")
                .audited()
                .beyond()
                .lines()
                .filter(|line| line.starts_with("partial"))
                .count(),
            0
        );
        assert_eq!(two_sinks().beyond(), "", "without the final read nobody knows what was settled for good");
    }
}
