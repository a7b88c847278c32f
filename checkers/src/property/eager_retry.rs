//! Claim: whoever asks for time gets it. `eager-retry`, consumer: a consumer handed a record to its handler again, within one
//! assignment and one incarnation, sooner after it had handed it out the last time than the back-off for which handlers of its group ask.
//!
//! A record comes back within an assignment only because its handler asked for it again, and that was after it had been handed out.
//! When the handler asked no history tells: a refusal at the sink may reach the consumer when the handler has long given up on it.
//! So the back-off is counted from the handing out, and what this tells holds for every handler.
//!
//! A record granted anew, or handed out by another incarnation, may be tried at once. A consumer that was ever struck is not judged
//! from then on, for its clock may run as it likes; what struck others, its sink above all, is no excuse. A log that changed its leader is
//! not judged from then on: where the next one lacks what a consumer had read, that consumer begins again before it, without a grant.
//!
//! Source: the contract of `Consumer::retry`; Spring Kafka's `DefaultErrorHandler`, whose `BackOff` rests before a record is handed out
//! again.
//!
//! Needs the back-off: it is on no list, whoever declares it adds it. Does not see a retry that comes too early after long work,
//! nor one that comes too late.

use std::collections::VecDeque;

use crate::struck::Struck;
use crate::{
    Availability, Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, MessageId, Name, Names,
    Offset, Path, Time, TopicPartition, Wanted,
};

/// Records that come back to their handlers before these wanted them.
#[derive(Clone, Debug)]
pub struct EagerRetry {
    /// The least back-off of each group that declares one, in microseconds.
    backoffs: Vec<(Name, Time)>,
    /// The longest of them: what was handed out earlier is of no interest.
    longest: Time,
    struck: Struck,
    /// Logs that have had a leader, and those of them that have had another since.
    led: Vec<TopicPartition>,
    changed: Vec<TopicPartition>,
    /// What was handed out within the longest back-off, the oldest first.
    handed: VecDeque<Handed>,
    found: Vec<(Handed, Time)>,
}

#[derive(Clone, Copy, Debug)]
struct Handed {
    time: Time,
    consumer: Name,
    log: TopicPartition,
    offset: Offset,
    id: MessageId,
}

impl EagerRetry {
    /// Judges every group by the back-off that is promised for it; `names` are those of the history.
    #[must_use]
    pub fn new(promise: &Availability, names: &mut Names) -> Self {
        let declared = promise.groups.iter().filter_map(|group| Some((group, group.retries_after?)));
        let backoffs: Vec<(Name, Time)> =
            declared.map(|(group, backoff)| (names.intern(&group.group), backoff)).collect();
        EagerRetry {
            longest: backoffs.iter().map(|(_, backoff)| *backoff).max().unwrap_or_default(),
            backoffs,
            struck: Struck::default(),
            led: Vec::new(),
            changed: Vec::new(),
            handed: VecDeque::new(),
            found: Vec::new(),
        }
    }

    fn hands(&mut self, group: Name, next: Handed) {
        let Some(&(_, backoff)) = self.backoffs.iter().find(|(declared, _)| *declared == group) else {
            return;
        };
        if self.struck.has(next.consumer) || self.changed.contains(&next.log) {
            return;
        }
        let passed = |last: &Handed| next.time.saturating_sub(last.time);
        while self.handed.front().is_some_and(|oldest| passed(oldest) >= self.longest) {
            self.handed.pop_front();
        }
        if let Some(last) = self.handed.iter().rev().find(|last| last.is_same(&next))
            && passed(last) < backoff
        {
            self.found.push((*last, next.time));
        }
        self.handed.push_back(next);
    }

    fn leads(&mut self, log: TopicPartition) {
        let once = if self.led.contains(&log) { &mut self.changed } else { &mut self.led };
        if !once.contains(&log) {
            once.push(log);
        }
    }
}

impl Handed {
    fn is_same(&self, other: &Handed) -> bool {
        (self.consumer, self.log, self.offset) == (other.consumer, other.log, other.offset)
    }
}

impl Checker for EagerRetry {
    fn name(&self) -> &'static str {
        "eager-retry"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[
            EventKind::Poll,
            EventKind::Grant,
            EventKind::Revoke,
            EventKind::Began,
            EventKind::Lead,
            EventKind::Fault,
            EventKind::Halted,
        ])
    }

    fn see(&mut self, entry: &Entry) {
        let (time, consumer) = (entry.time, entry.process);
        match entry.event {
            Event::Poll { group, log, offset, id } => {
                self.hands(group, Handed { time, consumer, log, offset, id });
            }
            Event::Grant { log, .. } | Event::Revoke { log, .. } => {
                self.handed.retain(|handed| (handed.consumer, handed.log) != (consumer, log));
            }
            Event::Began => self.handed.retain(|handed| handed.consumer != consumer),
            Event::Lead { log, .. } => self.leads(log),
            _ => self.struck.see(entry),
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        self.found.iter().for_each(|(last, again)| report(case, last, *again, &mut findings));
        findings
    }

    fn reset(&mut self) {
        self.struck.reset();
        self.led.clear();
        self.changed.clear();
        self.handed.clear();
        self.found.clear();
    }
}

fn report(case: &Case<'_>, last: &Handed, again: Time, findings: &mut Findings) {
    findings.report(case, Kind::EagerRetry, Path::Consumer, || {
        let message = case.names.message(last.id);
        let sentence = format!(
            "{} handed {message} of {} to its handler again {} us after the last time, sooner than any handler asks for",
            case.names.text(last.consumer),
            case.names.log(last.log),
            again - last.time
        );
        Evidence { messages: vec![message], sentence, fault: case.faults.until(again), moment: Some(again) }
    });
}

#[cfg(test)]
mod tests {
    use super::EagerRetry;
    use crate::story::Story;
    use crate::{Availability, GroupPromise, Kind, Path, Phase, Verdict, Within};

    /// The group `billing` asks for twenty milliseconds, `shipping` for nobody knows what.
    fn judged(story: &Story) -> Verdict {
        let group = |name: &str, retries_after| GroupPromise {
            group: name.to_owned(),
            members: Vec::new(),
            reads: Vec::new(),
            within: Within::default(),
            retries_after,
        };
        let groups = vec![group("shipping", None), group("billing", Some(20_000))];
        let promise = Availability { groups, ..Availability::default() };
        let mut story = story.clone();
        let checker = EagerRetry::new(&promise, &mut story.names);
        story.verdict_with(Box::new(checker))
    }

    fn told(story: Story) -> Verdict {
        let verdict = judged(&story.audited());
        assert_eq!(verdict.classes(), [(Kind::EagerRetry, Path::Consumer)].into(), "{verdict:#?}");
        verdict
    }

    fn legal(story: Story) {
        let verdict = judged(&story.audited());
        assert_eq!(verdict.anomalies, []);
    }

    /// A record is in a log and handed out, and its sink refuses it.
    fn refused(story: Story) -> Story {
        let stored = story.intent("p1-0").send("p1-0", Phase::Invoke).appended("p1-0", 0);
        try_it(stored.acknowledged("p1-0", 0).granted())
    }

    fn try_it(story: Story) -> Story {
        story.polled("p1-0", 0).effect("p1-0", Phase::Invoke).effect("p1-0", Phase::Fail)
    }

    /// What comes of it in the end.
    fn succeeds(story: Story) -> Story {
        story.polled("p1-0", 0).charged("p1-0").settled(1).logged("p1-0", 0)
    }

    #[test]
    fn a_record_that_comes_back_to_its_handler_at_once_is_told() {
        let verdict = told(succeeds(refused(Story::new())));
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"consumer-1 handed p1-0 of payments/0 to its handler again 3000 us after the last time, sooner than any handler asks for");
    }

    #[test]
    fn each_return_is_judged_by_the_one_before() {
        let patient = try_it(refused(Story::new()).later(17));
        legal(succeeds(patient.clone().later(17)));
        assert_eq!(told(succeeds(patient.later(16))).anomalies.len(), 1);
    }

    #[test]
    fn what_struck_the_sink_or_a_broker_is_no_excuse() {
        for node in ["ledger", "broker-1"] {
            told(succeeds(refused(Story::new().struck("stall", &[node], &[]))));
        }
        told(succeeds(refused(Story::new().led("broker-1", 1))));
    }

    #[test]
    fn a_record_that_comes_back_when_its_time_has_come_or_later_is_legal() {
        for rest in [17, 900] {
            legal(succeeds(refused(Story::new()).later(rest)));
        }
    }

    #[test]
    fn a_record_that_is_granted_anew_or_comes_to_another_consumer_or_incarnation_may_be_tried_at_once() {
        legal(succeeds(refused(Story::new()).revoked().granted()));
        legal(succeeds(refused(Story::new()).revoked().by("consumer-2").granted()));
        legal(succeeds(refused(Story::new()).began("consumer-1").granted()));
        legal(succeeds(refused(Story::new()).began("consumer-1")));
    }

    #[test]
    fn a_handler_may_ask_its_sink_again_while_it_has_the_record() {
        let again = refused(Story::new()).effect("p1-0", Phase::Invoke).effect("p1-0", Phase::Fail);
        legal(again.charged("p1-0").settled(1).logged("p1-0", 0));
    }

    #[test]
    fn a_consumer_that_was_ever_struck_may_have_a_clock_that_runs_as_it_likes() {
        let drifts = Story::new().struck("clock-drift", &["consumer-1"], &[]);
        let over = drifts.clone().over("clock-drift", &["consumer-1"], &[]).later(9_000);
        let untold = Story::new().fault("clock-drift", "somebody");
        for struck in [drifts, over, untold] {
            legal(succeeds(refused(struck)));
        }
        let meanwhile = refused(Story::new()).struck("clock-drift", &["consumer-1"], &[]);
        legal(succeeds(meanwhile));
    }

    #[test]
    fn a_log_whose_next_leader_may_lack_what_was_read_is_no_matter() {
        let changed = refused(Story::new().led("broker-1", 1)).led("broker-2", 2);
        legal(succeeds(changed));
    }

    #[test]
    fn a_group_that_declares_no_back_off_is_not_judged() {
        legal(succeeds(refused(Story::new().group("shipping", "consumer-1"))));
    }
}
