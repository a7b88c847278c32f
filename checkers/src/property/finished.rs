//! Claim: the run came to its end. A history of one that was broken off keeps every promise that is judged at the end, so it is
//! `unknown`: without the final read of all logs (`audited`) nobody can say what is lost, and unless it says that all faults are
//! healed (`healed`) what still waits is no evidence. A run without faults says `healed` when its load is over.
//!
//! Source: Jepsen's final generators, without which its checkers say unknown.
//!
//! Asked of histories that are handed in to be judged; whoever runs them himself knows how far he came.

use crate::{Case, Checker, Findings};

pub(super) struct Finished;

impl Checker for Finished {
    fn name(&self) -> &'static str {
        "finished"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        if !case.ledger.audited {
            findings.could_not_look(
                "the run did not come to its end: no `audited` says that every log was read to its end"
                    .to_owned(),
            );
        }
        if case.ledger.healed.is_none() {
            findings.could_not_look(
                "the run did not come to rest: no `healed` says from when on nothing may wait any more"
                    .to_owned(),
            );
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::Finished;
    use crate::Validity;
    use crate::story::Story;

    #[test]
    fn a_run_that_was_broken_off_is_unknown_and_one_that_was_healed_and_audited_is_not() {
        let story = Story::new().intent("p1-0");
        let unknown = |story: &Story| story.verdict_with(Box::new(Finished)).unknown.len();
        assert_eq!(unknown(&story), 2);
        assert_eq!(unknown(&story.clone().healed()), 1);
        assert_eq!(unknown(&story.clone().audited()), 1);
        let whole = story.healed().audited().verdict_with(Box::new(Finished));
        assert_eq!(whole.validity, Validity::Valid);
    }
}
