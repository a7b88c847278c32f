//! Claim: nothing lies in a log, is delivered or takes effect that nobody intended. `phantom`, once per message:
//!
//! * the producer's if it was sent: somebody published a fact that never became one (send first, then save, then roll back);
//! * the broker's if it was never sent and lies in a log or was delivered: the broker made it up or damaged another;
//! * the consumer's if it only took effect.
//!
//! Source: DOMAIN S2; CHECKERS P-PH, where Jepsen throws and says unknown.
//!
//! Does not see damage to a payload under a right id. Says nothing about a history without any intents: its recorder keeps none.

use crate::ledger::Message;
use crate::{Case, Checker, Evidence, Findings, Kind, Path};

pub(super) struct Phantom;

impl Checker for Phantom {
    fn name(&self) -> &'static str {
        "phantom"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        if case.ledger.intents == 0 {
            return findings;
        }
        for (slot, message) in case.ledger.ask(&case.ledger.suspects.unintended) {
            let logged = case.ledger.standing(slot).is_logged();
            if let Some((path, how)) = appearance(message, logged) {
                report(case, slot, message, path, how, &mut findings);
            }
        }
        findings
    }
}

/// Whose phantom it is, and how it came to light; `None` for a message that was at most sent.
fn appearance(message: &Message, logged: bool) -> Option<(Path, &'static str)> {
    let (path, how) = if logged {
        (Path::Broker, "lies in the log")
    } else if message.polled {
        (Path::Broker, "was delivered")
    } else if message.applied > 0 {
        (Path::Consumer, "took effect")
    } else {
        return None;
    };
    Some((if message.sent { Path::Producer } else { path }, how))
}

fn report(case: &Case<'_>, slot: u32, message: &Message, path: Path, how: &str, findings: &mut Findings) {
    findings.report(case, Kind::Phantom, path, || {
        let text = case.text(slot);
        let sentence = format!("{text} {how} and nobody ever intended it");
        let fault = message.first_seen.and_then(|moment| case.faults.until(moment));
        Evidence { messages: vec![text], sentence, fault, moment: message.first_seen }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path, Phase};

    #[test]
    fn a_fact_that_was_sent_and_then_rolled_back_is_the_producers() {
        let story = Story::new().intent("p1-0").send("p1-1", Phase::Invoke);
        let verdict = story.logged("p1-1", 0).applied("p1-1").audited().verdict();
        assert_eq!(verdict.classes(), [(Kind::Phantom, Path::Producer)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"p1-1 lies in the log and nobody ever intended it");
    }

    #[test]
    fn a_record_nobody_sent_is_the_brokers_wherever_it_shows() {
        let story = Story::new().intent("p1-0").audited();
        story.clone().logged("p9-9", 0).invalid(Kind::Phantom, Path::Broker);
        let polled = story.polled("p9-9", 0).verdict();
        assert!(polled.classes().contains(&(Kind::Phantom, Path::Broker)));
    }

    #[test]
    fn an_effect_of_nothing_is_the_consumers() {
        let story = Story::new().intent("p1-0").applied("p9-9").audited();
        story.invalid(Kind::Phantom, Path::Consumer);
    }

    #[test]
    fn sends_that_never_landed_and_the_brokers_own_topics_are_no_phantoms() {
        let story = Story::new().intent("p1-0").send("p1-1", Phase::Invoke);
        let story = story.topic("__offsets").appended("p7-7", 0).logged("p7-7", 0);
        story.audited().valid();
    }

    #[test]
    fn a_history_that_keeps_no_intents_has_no_phantoms() {
        let story = Story::new().send("p1-0", Phase::Invoke).logged("p1-0", 0);
        story.applied("p1-0").audited().valid();
    }
}
