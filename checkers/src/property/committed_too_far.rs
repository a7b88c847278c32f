//! Claim: a group settles only what took effect. `committed-too-far`, consumer: at the moment a settlement was accepted, a record
//! below it had not taken effect on the group's behalf, and was not put aside.
//!
//! Source: DOMAIN S10b; CHECKERS C-FAR, jepsen.redpanda's `auto-commit`.
//!
//! A record that appeared only after it had been settled could not have taken effect by then: not told.
//!
//! Stands beyond the verdict: as long as nobody crashes the effect still comes. Needs the final read; says nothing about
//! groups that were never seen to call a sink.

use crate::ledger::{Group, Place, Position, Record};
use crate::{Case, Checker, Evidence, Findings, Kind, Path, Time};

pub(super) struct CommittedTooFar;

impl Checker for CommittedTooFar {
    fn name(&self) -> &'static str {
        "committed-too-far"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        if !case.ledger.audited {
            return findings;
        }
        for group in case.ledger.groups.iter().filter(|group| !group.sinks.is_empty()) {
            let applied = first_effects(case, group);
            for (log, position) in (0..).zip(&group.positions) {
                for record in &case.ledger.logs[log as usize].records {
                    judge(case, group, log, position, record, applied[record.slot as usize], &mut findings);
                }
            }
        }
        findings
    }
}

/// By message: when it first took effect at a sink of the group.
fn first_effects(case: &Case<'_>, group: &Group) -> Vec<Option<Time>> {
    let mut applied: Vec<Option<Time>> = vec![None; case.ledger.messages.len()];
    for &sink in &group.sinks {
        for effect in &case.ledger.sinks[sink as usize].firsts {
            let first = &mut applied[effect.slot as usize];
            *first = Some(first.map_or(effect.time, |first| first.min(effect.time)));
        }
    }
    applied
}

/// Whether it was put aside, by itself or with a settlement: it need not take effect.
fn aside(group: &Group, position: &Position, record: &Record) -> bool {
    group.dead_lettered(record.slot) || position.put_aside(record.offset)
}

fn judge(
    case: &Case<'_>,
    group: &Group,
    log: u32,
    position: &Position,
    record: &Record,
    applied: Option<Time>,
    findings: &mut Findings,
) {
    let Some(settled) = position.covering(record.offset) else { return };
    let message = case.ledger.message(record.slot);
    let late = applied.is_none_or(|applied| applied > settled.time);
    let intended = case.ledger.standing(record.slot).intent.is_some();
    if !late || !intended || message.dropped.is_some() || aside(group, position, record) {
        return;
    }
    if case.ledger.latecomer(record.slot, Place { log, offset: record.offset }, settled.time).is_some() {
        return;
    }
    findings.report(case, Kind::CommittedTooFar, Path::Consumer, || {
        let text = case.text(record.slot);
        let sentence = format!(
            "{} settled {} {} while {text} at offset {} had not taken effect",
            case.names.text(group.name),
            case.log(log),
            settled.told(),
            record.offset
        );
        let (fault, moment) = (case.faults.until(settled.time), Some(settled.time));
        Evidence { messages: vec![text], sentence, fault, moment }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;

    #[test]
    fn a_settlement_before_the_effect_is_told_beyond_the_verdict_although_the_effect_came() {
        let story = Story::new().sent("p1-0", 0).granted().polled("p1-0", 0).settled(1).charged("p1-0");
        let story = story.logged("p1-0", 0).audited();
        story.clone().valid();
        insta::assert_snapshot!(story.beyond(), @"committed-too-far/consumer x1: billing settled payments/0 up to 1 while p1-0 at offset 0 had not taken effect");
    }

    #[test]
    fn an_effect_before_the_settlement_or_a_dead_letter_is_legal() {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1).granted().polled("p1-0", 0);
        let story = story.charged("p1-0").polled("p1-1", 1).dead_lettered("p1-1").settled(2);
        assert_eq!(story.logged("p1-0", 0).logged("p1-1", 1).audited().beyond(), "");
    }
}
