//! Claim: at every sink, the facts of one producer and key first take effect in the order of the log. `reorder-effect`,
//! consumer: of two such effects that follow each other, the later one belongs to the record that lies first in the log.
//!
//! Where the record that took effect second appeared in the log only after the effect of the first, the order is the path's of whoever
//! made it appear late.
//!
//! A pair that already lies in the log against the order of its intents is not counted again: that is the log's reordering.
//! Repeated effects are duplicates; only first ones have an order.
//!
//! Source: DOMAIN S7; CHECKERS O-KEY.
//!
//! Does not see order across two logs (a key that moved when the topic grew), nor effects of records in no final log. One
//! anomaly per descent, not per pair.

use crate::ledger::{Application, Place, Sink, Standing};
use crate::{Case, Checker, Evidence, Findings, Kind, Path};

pub(super) struct EffectOrder;

impl Checker for EffectOrder {
    fn name(&self) -> &'static str {
        "effect-order"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        let mut last: Vec<Option<Application>> = Vec::new();
        for sink in &case.ledger.sinks {
            last.clear();
            last.resize(case.ledger.lanes as usize, None);
            for effect in &sink.firsts {
                let message = case.ledger.standing(effect.slot);
                if message.intent.is_none() || !message.is_logged() {
                    continue;
                }
                let before = last[message.lane as usize].replace(*effect);
                if let Some(before) = before
                    && let Some(places) = inverted(case.ledger.standing(before.slot), message)
                {
                    report(case, sink, before, effect, places, &mut findings);
                }
            }
        }
        findings
    }
}

/// The places of two records, if the one that took effect first lies behind the other although it was intended later.
fn inverted(before: &Standing, after: &Standing) -> Option<(Place, Place)> {
    let (early, late) = (before.copies.first?, after.copies.first?);
    let against_log = early.log == late.log && early.offset > late.offset;
    let log_as_intended = before.intent?.rank > after.intent?.rank;
    (against_log && log_as_intended).then_some((early, late))
}

fn report(
    case: &Case<'_>,
    sink: &Sink,
    before: Application,
    effect: &Application,
    (early, late): (Place, Place),
    findings: &mut Findings,
) {
    let path = case.ledger.latecomer(effect.slot, late, before.time).unwrap_or(Path::Consumer);
    findings.report(case, Kind::ReorderEffect, path, || {
        let (overtaken, overtaker) = (case.text(effect.slot), case.text(before.slot));
        let sentence = format!(
            "{overtaken} took effect at {} after {overtaker}, which lies behind it in {} (offsets {} and {})",
            case.names.text(sink.name),
            case.log(late.log),
            late.offset,
            early.offset
        );
        Evidence {
            messages: vec![overtaken, overtaker],
            sentence,
            fault: case.faults.until(effect.time),
            moment: Some(effect.time),
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path};

    fn three_in_order() -> Story {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1).sent("p1-2", 2);
        story.logged("p1-0", 0).logged("p1-1", 1).logged("p1-2", 2).audited()
    }

    #[test]
    fn parallel_workers_that_let_one_key_overtake_are_the_consumers() {
        let story = three_in_order().applied("p1-1").applied("p1-0").applied("p1-2");
        let verdict = story.verdict();
        assert_eq!(verdict.classes(), [(Kind::ReorderEffect, Path::Consumer)].into());
        assert_eq!(verdict.anomalies.len(), 1);
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"p1-0 took effect at ledger after p1-1, which lies behind it in payments/0 (offsets 0 and 1)");
    }

    #[test]
    fn a_rerun_after_a_redelivery_keeps_the_order_of_first_effects() {
        let story = three_in_order().applied("p1-0").applied("p1-1");
        let verdict = story.applied("p1-0").applied("p1-2").verdict();
        assert_eq!(verdict.classes(), [(Kind::DuplicateEffect, Path::Consumer)].into());
    }

    #[test]
    fn each_sink_has_its_own_order() {
        let story = three_in_order().applied("p1-0").applied("p1-1");
        story.sink("parcels").applied("p1-0").applied("p1-2").valid();
    }

    #[test]
    fn an_effect_that_follows_a_reordered_log_or_undoes_it_is_not_counted_again() {
        let story = Story::new().sent("p1-0", 1).sent("p1-1", 0);
        let story = story.logged("p1-1", 0).logged("p1-0", 1).audited();
        let follows = story.clone().applied("p1-1").applied("p1-0");
        follows.invalid(Kind::ReorderLog, Path::Producer);
        let undoes = story.applied("p1-0").applied("p1-1");
        undoes.invalid(Kind::ReorderLog, Path::Producer);
    }

    #[test]
    fn an_effect_of_a_record_that_appeared_late_cannot_have_come_earlier() {
        let story = three_in_order().appended("p1-1", 1).applied("p1-1");
        let late = story.clone().appended("p1-0", 0).applied("p1-0").applied("p1-2");
        late.invalid(Kind::ReorderEffect, Path::Broker);
    }

    #[test]
    fn two_keys_may_take_effect_in_any_order() {
        let story = Story::new().intent_of("p1-0", 1).intent_of("p1-1", 2);
        let story = story.logged("p1-0", 0).logged("p1-1", 1).audited();
        story.applied("p1-1").applied("p1-0").valid();
    }
}
