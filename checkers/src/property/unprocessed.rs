//! Claim: what a group settled took effect. `lost-unprocessed`, consumer: a record of the final log lies below an accepted
//! settlement of some group, was never applied on its behalf, and was not put aside as a dead letter.
//!
//! A record that appeared only after it had been settled, below what the group had read, is no consumer's loss: it is the path's of
//! whoever made it appear late ([`Ledger::latecomer`](crate::Ledger::latecomer)).
//!
//! "On its behalf" means at a sink that members of the group were ever seen to call; for a group that called none, at any sink.
//!
//! Source: DESIGN 8, attribution; CHECKERS L-CONS and C-FAR.
//!
//! Does not see: a settlement whose outcome is unknown (it judges only accepted ones), records that are in no final log (the
//! loss is then an earlier party's), and records without an intent. A message with several copies is judged by its first. It
//! takes every intended record to need an effect, so a group that filters must call its sink or dead-letter what it skips.

use crate::ledger::{Group, Place, Record, Settled};
use crate::{Case, Checker, Evidence, Findings, Kind, Path};

pub(super) struct Unprocessed;

impl Checker for Unprocessed {
    fn name(&self) -> &'static str {
        "unprocessed"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for group in &case.ledger.groups {
            for (log, position) in (0..).zip(&group.positions) {
                for record in &case.ledger.logs[log as usize].records {
                    if position.ends_before(record.offset) {
                        break;
                    }
                    let Some(settled) = position.covering(record.offset) else { continue };
                    if is_lost(case, group, log, record) && !position.put_aside(record.offset) {
                        report(case, group, log, record, settled, &mut findings);
                    }
                }
            }
        }
        findings
    }
}

fn is_lost(case: &Case<'_>, group: &Group, log: u32, record: &Record) -> bool {
    let message = case.ledger.standing(record.slot);
    let first = message.copies.first;
    let is_first = first.is_some_and(|first| first.log == log && first.offset == record.offset);
    message.intent.is_some()
        && is_first
        && !case.ledger.applied_for(group, record.slot)
        && !group.dead_lettered(record.slot)
}

fn report(
    case: &Case<'_>,
    group: &Group,
    log: u32,
    record: &Record,
    settled: Settled,
    findings: &mut Findings,
) {
    let place = Place { log, offset: record.offset };
    let late = case.ledger.latecomer(record.slot, place, settled.time);
    findings.report(case, Kind::LostUnprocessed, late.unwrap_or(Path::Consumer), || {
        let message = case.text(record.slot);
        let appeared = if late.is_some() { "appeared only after it had been" } else { "was" };
        let sentence = format!(
            "{message} at offset {} of {} {appeared} settled by {} and never took effect",
            record.offset,
            case.log(log),
            case.names.text(group.name)
        );
        let fault = match late {
            Some(_) => case.faults.until(settled.time),
            None => case.faults.end_since(settled.time, case.names),
        };
        Evidence { messages: vec![message], sentence, fault, moment: Some(settled.time) }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Disposition, Kind, Path, Phase, Scope};

    #[test]
    fn a_record_settled_before_its_effect_and_then_crashed_over_is_the_consumers_loss() {
        let verdict = Story::new()
            .sent("p1-0", 0)
            .granted()
            .polled("p1-0", 0)
            .settled(1)
            .later(2)
            .fault("crash", "consumer-1")
            .logged("p1-0", 0)
            .audited()
            .verdict();
        assert_eq!(verdict.classes(), [(Kind::LostUnprocessed, Path::Consumer)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"p1-0 at offset 0 of payments/0 was settled by billing and never took effect; the first fault after that to end a process: crash of consumer-1, 3 ms later");
    }

    #[test]
    fn a_settlement_before_the_effect_is_legal_while_the_effect_still_comes() {
        let story = Story::new().sent("p1-0", 0).settled(1).applied("p1-0");
        story.logged("p1-0", 0).audited().valid();
    }

    #[test]
    fn a_record_above_the_settlement_is_not_lost() {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1).applied("p1-0");
        story.settled(1).logged("p1-0", 0).logged("p1-1", 1).audited().valid();
    }

    #[test]
    fn refused_unknown_and_open_settlements_settle_nothing() {
        for phase in [Phase::Fail, Phase::Info, Phase::Invoke] {
            let story = Story::new().sent("p1-0", 0).settle(1, Phase::Invoke).settle(1, phase);
            story.logged("p1-0", 0).audited().valid();
        }
    }

    #[test]
    fn a_dead_letter_is_no_loss_for_the_group_that_wrote_it() {
        let story = Story::new().sent("p1-0", 0).settled(1).dead_lettered("p1-0");
        let story = story.logged("p1-0", 0).audited();
        story.clone().valid();
        let other = story.group("shipping", "consumer-9").settled(1);
        other.invalid(Kind::LostUnprocessed, Path::Consumer);
    }

    #[test]
    fn the_effect_of_one_group_does_not_excuse_another_that_has_its_own_sink() {
        let story = Story::new()
            .sent("p1-0", 0)
            .sent("p1-1", 1)
            .logged("p1-0", 0)
            .logged("p1-1", 1)
            .granted()
            .charged("p1-0")
            .charged("p1-1")
            .settled(2)
            .group("shipping", "consumer-9")
            .sink("parcels")
            .granted()
            .charged("p1-0")
            .settled(2)
            .audited();
        let verdict = story.verdict();
        assert_eq!(verdict.classes(), [(Kind::LostUnprocessed, Path::Consumer)].into());
        assert_eq!(verdict.anomalies[0].messages, ["p1-1"]);
        story.charged("p1-1").valid();
    }

    #[test]
    fn a_record_that_appears_below_what_was_settled_is_not_the_consumers_loss() {
        let read = |story: Story| story.granted().polled("p1-1", 1).charged("p1-1").settled(2);
        let begun = Story::new().intent("p1-0").send("p1-0", Phase::Invoke);
        let story = begun.clone().appended("p1-1", 1).sent("p1-1", 1);
        let end = |story: Story| story.logged("p1-0", 0).logged("p1-1", 1).audited();
        let late = end(read(story.clone()).appended("p1-0", 0));
        let verdict = late.verdict();
        assert_eq!(verdict.classes(), [(Kind::LostUnprocessed, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"p1-0 at offset 0 of payments/0 appeared only after it had been settled by billing and never took effect");
        assert_eq!(late.beyond(), "");
        // The producer's own table is the log: its record became visible when its transaction was committed.
        let table = read(begun.appended_by("producer-1", 1, "p1-1", 1).sent("p1-1", 1));
        end(table.appended_by("producer-1", 1, "p1-0", 0)).invalid(Kind::LostUnprocessed, Path::Producer);
        end(read(story.appended("p1-0", 0))).invalid(Kind::LostUnprocessed, Path::Consumer);
    }

    #[test]
    fn a_record_nobody_intended_needs_no_effect() {
        let story = Story::new().send("p1-0", Phase::Invoke).logged("p1-0", 0);
        let verdict = story.settled(1).audited().verdict();
        assert_eq!(verdict.anomalies, []);
    }

    #[test]
    fn what_a_deposed_leader_appends_to_its_own_copy_does_not_make_a_record_late() {
        // A deposed leader had it at 0, the leader since has it at 1, another deposed one wakes up and appends it at 2.
        let story =
            Story::new().intent("p1-0").send("p1-0", Phase::Invoke).appended_by("broker-1", 1, "p1-0", 0);
        let story = story.appended_by("broker-3", 1, "p1-0", 1).granted().polled("p1-0", 1).settled(2);
        let story = story.later(50).appended_by("broker-2", 1, "p1-0", 2);
        let verdict = story.send("p1-0", Phase::Ok).logged("p1-0", 1).audited().verdict();
        let paths = verdict.classes().into_iter().filter(|(kind, _)| *kind == Kind::LostUnprocessed);
        assert_eq!(paths.map(|(_, path)| path).collect::<Vec<_>>(), [Path::Consumer]);
    }

    /// Two records were handed out and one took effect; the queue settles each alone.
    fn each_alone(what: Scope, how: Disposition) -> Story {
        let story =
            Story::new().sent("p1-0", 0).sent("p1-1", 1).granted().polled("p1-0", 0).polled("p1-1", 1);
        let story = story.charged("p1-1").settled_so(Scope::One(1), Disposition::Done).settled_so(what, how);
        story.healed().logged("p1-0", 0).logged("p1-1", 1).audited()
    }

    #[test]
    fn a_record_that_is_settled_alone_must_have_taken_effect_and_the_others_are_not_settled_with_it() {
        let verdict = each_alone(Scope::One(0), Disposition::Done).verdict();
        assert_eq!(verdict.classes(), [(Kind::LostUnprocessed, Path::Consumer)].into());
        assert!(
            verdict.anomalies[0]
                .sentence
                .starts_with("p1-0 at offset 0 of payments/0 was settled by billing")
        );
        let both = Scope::Many([0, 1].into());
        each_alone(both, Disposition::Done).invalid(Kind::LostUnprocessed, Path::Consumer);
        // The other one, above, covers it nowhere: it waits.
        each_alone(Scope::One(1), Disposition::Done).invalid(Kind::Stuck, Path::Consumer);
    }

    #[test]
    fn what_is_returned_is_not_settled_and_what_is_put_aside_need_not_take_effect() {
        each_alone(Scope::One(0), Disposition::Return).invalid(Kind::Stuck, Path::Consumer);
        each_alone(Scope::UpTo(2), Disposition::Return).invalid(Kind::Stuck, Path::Consumer);
        each_alone(Scope::One(0), Disposition::Dead).valid();
        each_alone(Scope::UpTo(1), Disposition::Dead).valid();
    }
}
