//! Claim: what a sink refused it did not do. `false-failure`, consumer: a sink applied a record, and every call that can have caused it
//! was answered that it certainly took no effect. Whoever believes that asks again, or tells its user so.
//!
//! A call can have caused what was applied between its begin and its end. One of unknown outcome, or left open by a dead incarnation, may
//! take effect at any later time. A call that was refused and took effect afterwards, with no other to explain it, is told too.
//!
//! Source: DOMAIN 3.3, an error says *not done* or *unknown*, never something in between.
//!
//! Says nothing of effects of which no call was recorded.

use std::collections::BTreeSet;

use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, MessageId, Name, Path, Phase, Time,
    Wanted,
};

/// A sink and a record.
type Effect = (Name, MessageId);

#[derive(Default)]
pub(super) struct RefusedEffect {
    open: Vec<Call>,
    /// May take effect at any time.
    doubtful: BTreeSet<Effect>,
    /// The last call was refused.
    refused: BTreeSet<Effect>,
    /// Applied while calls were open, none of which has ended in any other way than refused.
    suspects: Vec<Suspect>,
    found: Vec<(Time, Effect)>,
}

/// A call under way.
struct Call {
    process: Name,
    effect: Effect,
    begun: Time,
}

struct Suspect {
    effect: Effect,
    time: Time,
    /// How many of the calls that can have caused it have not ended.
    open: usize,
}

impl Checker for RefusedEffect {
    fn name(&self) -> &'static str {
        "refused-effect"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::Effect, EventKind::Apply, EventKind::Began])
    }

    fn see(&mut self, entry: &Entry) {
        let (time, process) = (entry.time, entry.process);
        match entry.event {
            Event::Effect { phase: Phase::Invoke, sink, id } => {
                let effect = (sink, id);
                if self.end(process, effect).is_some() {
                    self.doubtful.insert(effect);
                }
                self.open.push(Call { process, effect, begun: time });
            }
            Event::Effect { phase, sink, id } => self.ended(process, (sink, id), phase),
            Event::Apply { id } => self.applied(time, (process, id)),
            Event::Began => self.orphan(process),
            _ => {}
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for &(time, (sink, id)) in &self.found {
            findings.report(case, Kind::FalseFailure, Path::Consumer, || {
                let message = case.names.message(id);
                let sink = case.names.text(sink);
                let sentence =
                    format!("{message} took effect at {sink}, which said that it certainly had not");
                Evidence {
                    messages: vec![message],
                    sentence,
                    fault: case.faults.until(time),
                    moment: Some(time),
                }
            });
        }
        findings
    }

    fn reset(&mut self) {
        self.open.clear();
        self.doubtful.clear();
        self.refused.clear();
        self.suspects.clear();
        self.found.clear();
    }
}

impl RefusedEffect {
    fn applied(&mut self, time: Time, effect: Effect) {
        if self.doubtful.contains(&effect) {
            return;
        }
        match self.open.iter().filter(|call| call.effect == effect).count() {
            0 if self.refused.contains(&effect) => self.found.push((time, effect)),
            0 => {}
            open => self.suspects.push(Suspect { effect, time, open }),
        }
    }

    fn ended(&mut self, process: Name, effect: Effect, phase: Phase) {
        match phase {
            Phase::Fail => self.refused.insert(effect),
            Phase::Ok => self.refused.remove(&effect),
            Phase::Info | Phase::Invoke => self.doubtful.insert(effect),
        };
        let Some(call) = self.end(process, effect) else { return };
        let caused = |suspect: &Suspect| suspect.effect == effect && suspect.time >= call.begun;
        if phase != Phase::Fail {
            return self.suspects.retain(|suspect| !caused(suspect));
        }
        self.suspects.iter_mut().filter(|suspect| caused(suspect)).for_each(|suspect| suspect.open -= 1);
        for suspect in self.suspects.extract_if(.., |suspect| suspect.open == 0) {
            self.found.push((suspect.time, suspect.effect));
        }
    }

    /// The call ends, if it was open.
    fn end(&mut self, process: Name, effect: Effect) -> Option<Call> {
        let at = self.open.iter().position(|call| (call.process, call.effect) == (process, effect))?;
        Some(self.open.swap_remove(at))
    }

    /// What the incarnation before left open has no known outcome.
    fn orphan(&mut self, process: Name) {
        for call in self.open.extract_if(.., |call| call.process == process) {
            self.doubtful.insert(call.effect);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Event, Kind, Path, Phase};

    fn begun() -> Story {
        Story::new().sent("p1-0", 0).granted().polled("p1-0", 0).effect("p1-0", Phase::Invoke)
    }

    fn end(story: Story) -> Story {
        story.settled(1).logged("p1-0", 0).audited()
    }

    #[test]
    fn an_effect_of_a_call_that_was_refused_is_a_false_failure() {
        let verdict = end(begun().applied("p1-0").effect("p1-0", Phase::Fail).called("p1-0")).verdict();
        assert_eq!(verdict.classes(), [(Kind::FalseFailure, Path::Consumer)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"p1-0 took effect at ledger, which said that it certainly had not");
        let late = begun().effect("p1-0", Phase::Fail).applied("p1-0");
        end(late).invalid(Kind::FalseFailure, Path::Consumer);
    }

    #[test]
    fn a_retry_that_is_taken_or_has_no_known_outcome_explains_the_effect() {
        let refused = begun().effect("p1-0", Phase::Fail);
        end(refused.clone().charged("p1-0")).valid();
        let doubtful = begun().effect("p1-0", Phase::Info).effect("p1-0", Phase::Invoke).applied("p1-0");
        end(doubtful.effect("p1-0", Phase::Fail)).valid();
        let crashed = begun().tell("consumer-1", Event::Began).effect("p1-0", Phase::Invoke);
        end(crashed.applied("p1-0").effect("p1-0", Phase::Fail)).valid();
    }

    #[test]
    fn of_two_calls_at_once_one_that_is_taken_explains_the_effect_and_two_that_are_refused_do_not() {
        let two = begun().by("consumer-2").effect("p1-0", Phase::Invoke).applied("p1-0");
        let one = two.effect("p1-0", Phase::Fail).by("consumer-1");
        end(one.clone().effect("p1-0", Phase::Ok)).valid();
        end(one.effect("p1-0", Phase::Fail)).invalid(Kind::FalseFailure, Path::Consumer);
    }
}
