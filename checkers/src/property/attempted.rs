//! Claim: somebody tried something. An empty history keeps every promise and proves none, so it is `unknown`.
//!
//! Source: Elle refuses a history without transactions; the guard against empty passes of every harness that was burnt once.
//!
//! Does not see whether what was tried was enough, or whether any fault struck it: that is coverage, not judgement.

use crate::{Case, Checker, Findings};

pub(super) struct Attempted;

impl Checker for Attempted {
    fn name(&self) -> &'static str {
        "attempted"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        if case.ledger.intents == 0 && case.ledger.sends == 0 {
            findings
                .could_not_look("nothing was attempted: the history has no intent and no send".to_owned());
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use crate::Validity;
    use crate::story::Story;

    #[test]
    fn an_empty_history_is_unknown_and_one_intent_is_enough_to_judge() {
        let empty = Story::new().audited().verdict();
        assert_eq!(empty.validity, Validity::Unknown);
        assert!(empty.unknown[0].contains("nothing was attempted"));
        Story::new().intent("p1-0").audited().valid();
    }
}
