//! Claim: while nothing is wrong, who sends learns what came of it. `unresolved`, broker: a send began when nothing had been wrong for
//! as long as a cluster takes to recover, nothing struck until its end, and it ended with an unknown outcome.
//!
//! Something is wrong from a fault's strike until its healing, and from the halt of a node until all is healed.
//!
//! Source: DOMAIN 3.3, *unknown* is the last resort; the bounds of `unavailable`, on which this rests.
//!
//! Needs the time of recovery: it is on no list, whoever declares it adds it. Only where producers wait for longer than the
//! longest wait of the cluster anybody may promise it.

use crate::{
    Case, Checker, Course, Entry, Event, EventKind, Evidence, Findings, Kind, MessageId, Name, Path, Phase,
    Time, Wanted,
};

/// Sends that end in doubt although nothing is wrong.
#[derive(Clone, Debug)]
pub struct Unresolved {
    recovery: Time,
    /// What struck and is not healed.
    present: Vec<(Name, Name)>,
    /// Whether a node stopped itself since everything was healed.
    halted: bool,
    /// Since when nothing is wrong, unless something is.
    calm: Time,
    /// Sends that are judged and have not ended.
    open: Vec<(Name, MessageId, Time)>,
    found: Vec<(MessageId, Time, Time)>,
}

impl Unresolved {
    /// Sends that begin so many microseconds after the last thing that was wrong end with a known outcome.
    #[must_use]
    pub fn after(recovery: Time) -> Self {
        Unresolved {
            recovery,
            present: Vec::new(),
            halted: false,
            calm: 0,
            open: Vec::new(),
            found: Vec::new(),
        }
    }

    fn is_calm(&self, now: Time) -> bool {
        !self.halted && self.present.is_empty() && self.calm.saturating_add(self.recovery) <= now
    }

    /// Something goes wrong, or is right again: whatever is open is not judged.
    fn disturbed(&mut self, now: Time) {
        self.calm = now;
        self.open.clear();
    }

    fn sent(&mut self, now: Time, sender: Name, id: MessageId, phase: Phase) {
        if phase == Phase::Invoke {
            if self.is_calm(now) {
                self.open.push((sender, id, now));
            }
            return;
        }
        let at = self.open.iter().position(|&(by, open, _)| (by, open) == (sender, id));
        if let Some(begun) = at.map(|at| self.open.swap_remove(at).2)
            && phase == Phase::Info
        {
            self.found.push((id, begun, now));
        }
    }
}

impl Checker for Unresolved {
    fn name(&self) -> &'static str {
        "unresolved"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[
            EventKind::Send,
            EventKind::Fault,
            EventKind::Healed,
            EventKind::Halted,
            EventKind::Began,
        ])
    }

    fn see(&mut self, entry: &Entry) {
        let now = entry.time;
        match &entry.event {
            Event::Send { phase, id, .. } => self.sent(now, entry.process, *id, *phase),
            Event::Fault { fault, target, healed, reach } => {
                let once = reach.as_ref().is_some_and(|reach| reach.course == Course::Once);
                self.present.retain(|present| *present != (*fault, *target));
                if !healed && !once {
                    self.present.push((*fault, *target));
                }
                self.disturbed(now);
            }
            Event::Halted { .. } => {
                self.halted = true;
                self.disturbed(now);
            }
            Event::Healed => {
                self.halted = false;
                self.present.clear();
                self.disturbed(now);
            }
            Event::Began => self.open.retain(|&(sender, ..)| sender != entry.process),
            _ => {}
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for &(id, begun, ended) in &self.found {
            findings.report(case, Kind::Unresolved, Path::Broker, || {
                let message = case.names.message(id);
                let sentence = format!(
                    "whether {message} was stored stayed unknown for {} ms, although nothing had been wrong",
                    (ended - begun) / 1_000
                );
                let (fault, moment) = (case.faults.until(begun), Some(begun));
                Evidence { messages: vec![message], sentence, fault, moment }
            });
        }
        findings
    }

    fn reset(&mut self) {
        *self = Unresolved::after(self.recovery);
    }
}

#[cfg(test)]
mod tests {
    use super::Unresolved;
    use crate::story::Story;
    use crate::{Event, Kind, Path, Phase, Verdict};

    /// Half a second after the last thing that was wrong.
    fn judged(story: &Story) -> Verdict {
        story.verdict_with(Box::new(Unresolved::after(500_000)))
    }

    fn doubtful(story: Story) -> Story {
        story.intent("p1-0").send("p1-0", Phase::Invoke).later(300).send("p1-0", Phase::Info)
    }

    #[test]
    fn a_send_that_ends_in_doubt_although_nothing_has_been_wrong_is_told() {
        for calm in [Story::new().later(500), Story::new().fault("crash", "broker-1").healed().later(500)] {
            let verdict = judged(&doubtful(calm));
            assert_eq!(verdict.classes(), [(Kind::Unresolved, Path::Broker)].into());
        }
        let verdict = judged(&doubtful(Story::new().later(500)));
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"whether p1-0 was stored stayed unknown for 301 ms, although nothing had been wrong");
    }

    #[test]
    fn a_send_while_something_is_wrong_or_was_just_now_may_end_in_doubt() {
        let early = doubtful(Story::new());
        let present = doubtful(Story::new().fault("pause", "broker-1").later(900));
        let recovering = doubtful(Story::new().fault("crash", "broker-1").later(900).healed());
        let halted = doubtful(Story::new().halted("broker-1", "its disk failed").later(900));
        let struck =
            Story::new().later(900).intent("p1-0").send("p1-0", Phase::Invoke).fault("crash", "broker-1");
        for story in [early, present, recovering, halted, struck.send("p1-0", Phase::Info)] {
            assert_eq!(judged(&story).anomalies, []);
        }
    }

    #[test]
    fn a_send_that_ends_otherwise_or_whose_sender_is_gone_is_no_matter() {
        let calm = Story::new().later(900).intent("p1-0").send("p1-0", Phase::Invoke);
        for phase in [Phase::Ok, Phase::Fail] {
            assert_eq!(judged(&calm.clone().send("p1-0", phase)).anomalies, []);
        }
        let gone = calm.tell("producer-1", Event::Began).send("p1-0", Phase::Info);
        assert_eq!(judged(&gone).anomalies, []);
    }
}
