//! Claim: once all faults are healed and the run has come to its end, nothing waits.
//!
//! * `stuck`, producer: the last send of a message was begun and never ended, and its process was not ended by a fault or halt
//!   since.
//! * `stuck`, consumer: a group that was ever granted a log, or settled it, left intended records of it unsettled. A
//!   settlement whose outcome is unknown, or that was still under way, counts as settled. One anomaly per group and log.
//!
//! Source: DOMAIN L1 to L4; CHECKERS V-DRN and V-STK.
//!
//! Does not see intents that nobody began to send, nor slowness. Says nothing unless the history was healed and audited: before
//! that, waiting is no crime.

use crate::ledger::{Group, Message, OpenSend, Position, Record};
use crate::{Case, Checker, Evidence, Findings, Kind, Path, Time};

pub(super) struct Stuck;

impl Checker for Stuck {
    fn name(&self) -> &'static str {
        "stuck"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        let Some(healed) = case.ledger.healed.filter(|_| case.ledger.audited) else {
            return findings;
        };
        for (slot, message) in case.ledger.ask(&case.ledger.suspects.hanging) {
            if let Some(open) = hanging(case, message) {
                report_send(case, healed, slot, open, &mut findings);
            }
        }
        for group in &case.ledger.groups {
            for (log, position) in (0..).zip(&group.positions) {
                report_backlog(case, healed, group, log, position, &mut findings);
            }
        }
        findings
    }
}

/// The open send of a message, unless the one who waits for it is gone.
fn hanging<'a>(case: &Case<'_>, message: &'a Message) -> Option<&'a OpenSend> {
    let open = message.open_send.as_ref()?;
    let mut halts = case.ledger.halts.iter();
    let halted = halts.any(|halt| halt.process == open.process && halt.time >= open.time);
    let gone = halted || case.faults.ended(open.process, open.time, case.names);
    (!gone).then_some(open)
}

fn report_send(case: &Case<'_>, healed: Time, slot: u32, open: &OpenSend, findings: &mut Findings) {
    report(case, healed, Path::Producer, findings, || {
        let message = case.text(slot);
        let process = case.names.text(open.process);
        let sentence = format!("{process} never learned what became of {message} in {}", case.log(open.log));
        (vec![message], sentence)
    });
}

fn report_backlog(
    case: &Case<'_>,
    healed: Time,
    group: &Group,
    log: u32,
    position: &Position,
    findings: &mut Findings,
) {
    let concerned = position.granted || position.has_settled();
    let records = &case.ledger.logs[log as usize].records;
    let waits = |record: &&Record| {
        !position.may_cover(record.offset)
            && case.ledger.standing(record.slot).intent.is_some()
            && !group.dead_lettered(record.slot)
    };
    let mut waiting = records.iter().filter(waits);
    let Some(first) = waiting.next().filter(|_| concerned) else {
        return;
    };
    report(case, healed, Path::Consumer, findings, || {
        let message = case.text(first.slot);
        let sentence = format!(
            "{} left {} records of {} unsettled, the first is {message} at offset {}",
            case.names.text(group.name),
            1 + waiting.count(),
            case.log(log),
            first.offset
        );
        (vec![message], sentence)
    });
}

fn report(
    case: &Case<'_>,
    healed: Time,
    path: Path,
    findings: &mut Findings,
    told: impl FnOnce() -> (Vec<String>, String),
) {
    findings.report(case, Kind::Stuck, path, || {
        let (messages, sentence) = told();
        let fault = case.faults.until(healed);
        Evidence { messages, sentence, fault, moment: Some(healed) }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path, Phase};

    #[test]
    fn a_send_that_nobody_answers_after_healing_is_stuck() {
        let story = Story::new().intent("p1-0").send("p1-0", Phase::Invoke).later(5);
        let story = story.fault("partition", "broker-1").later(2).healed().audited();
        let verdict = story.verdict();
        assert_eq!(verdict.classes(), [(Kind::Stuck, Path::Producer)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"producer-1 never learned what became of p1-0 in payments/0; the last fault before it: partition of broker-1, 3 ms earlier");
    }

    #[test]
    fn a_send_whose_producer_is_gone_or_who_sent_again_is_not_stuck() {
        let open = Story::new().intent("p1-0").send("p1-0", Phase::Invoke).later(1);
        let crashed = open.clone().fault("crash", "producer-1");
        let halted = open.clone().halted("producer-1", "done");
        let again = open.clone().send("p1-0", Phase::Invoke).send("p1-0", Phase::Info);
        for story in [crashed, halted, again] {
            story.healed().audited().valid();
        }
        let paused = open.fault("pause", "producer-1").healed().audited();
        paused.invalid(Kind::Stuck, Path::Producer);
    }

    #[test]
    fn records_that_a_group_leaves_behind_are_one_anomaly_per_log() {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1).sent("p1-2", 2).granted();
        let story = story.applied("p1-0").settled(1).healed().logged("p1-0", 0);
        let verdict = story.logged("p1-1", 1).logged("p1-2", 2).audited().verdict();
        assert_eq!(verdict.anomalies.len(), 1);
        assert_eq!(verdict.classes(), [(Kind::Stuck, Path::Consumer)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"billing left 2 records of payments/0 unsettled, the first is p1-1 at offset 1");
    }

    #[test]
    fn an_unknown_or_open_settlement_may_have_settled_and_a_refused_one_has_not() {
        let story = Story::new().sent("p1-0", 0).granted().applied("p1-0").healed();
        let story = story.settle(1, Phase::Invoke).logged("p1-0", 0).audited();
        story.clone().valid();
        story.clone().settle(1, Phase::Info).valid();
        story.settle(1, Phase::Fail).invalid(Kind::Stuck, Path::Consumer);
    }

    #[test]
    fn logs_that_no_group_was_ever_granted_and_dead_letters_may_rest() {
        let story = Story::new().sent("p1-0", 0).healed().logged("p1-0", 0).audited();
        story.clone().valid();
        story.granted().dead_lettered("p1-0").valid();
    }

    #[test]
    fn before_healing_or_without_the_final_read_waiting_is_no_crime() {
        let waiting = Story::new().intent("p1-0").send("p1-0", Phase::Invoke);
        waiting.clone().audited().valid();
        waiting.healed().valid();
    }
}
