//! Claim: while a consumer holds a log without interruption, it is handed the records of one producer and key in the order of
//! the log. `reorder-delivery`, consumer: a delivery below an offset of the same key handed out in this grant, of a record
//! that this grant has not handed out before.
//!
//! Other keys may overtake: lanes hand out one key while another waits. Records that nobody intended count as one key.
//!
//! A record that appeared in the log only after the other had been handed out is late by the fault of whoever made it appear then.
//!
//! A retry of a record is legal, and so is starting over after a grant: the grant ends with a revocation, a new grant, a halt,
//! or a fault that struck this very process.
//!
//! Source: CHECKERS `nonmonotonic-poll`, which Jepsen switches off for group consumers because it cannot see their grants.
//!
//! Does not see deliveries outside any grant (a consumer that assigns itself), nor gaps: a skipped record shows as a loss or as
//! stuck.

use crate::ledger::Place;
use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, MessageId, Name, Offset, Path, Time,
    TopicPartition, Wanted,
};

#[derive(Default)]
pub(super) struct DeliveryOrder {
    /// By process: what it holds.
    holdings: Vec<Vec<Holding>>,
    overtaken: Vec<Overtaken>,
}

/// One log in the hands of one process.
struct Holding {
    group: Name,
    log: TopicPartition,
    live: bool,
    /// What was handed out in this grant, by offset.
    handed: Vec<Handed>,
}

#[derive(Clone, Copy)]
struct Handed {
    offset: Offset,
    id: MessageId,
    time: Time,
}

/// A delivery that came too late.
struct Overtaken {
    time: Time,
    process: Name,
    log: TopicPartition,
    offset: Offset,
    id: MessageId,
    /// What was handed out before it and stands behind it in the log.
    ahead: Vec<Handed>,
}

impl Checker for DeliveryOrder {
    fn name(&self) -> &'static str {
        "delivery-order"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[
            EventKind::Grant,
            EventKind::Revoke,
            EventKind::Halted,
            EventKind::Began,
            EventKind::Fault,
            EventKind::Poll,
        ])
    }

    fn see(&mut self, entry: &Entry) {
        match entry.event {
            Event::Grant { group, log, .. } => self.grant(entry.process, group, log),
            Event::Revoke { group, log, .. } => {
                if let Some(holding) = self.holding(entry.process, group, log) {
                    holding.live = false;
                }
            }
            Event::Halted { .. } | Event::Began => self.end(entry.process),
            Event::Fault { target, healed: false, .. } => self.end(target),
            Event::Poll { group, log, offset, id } => {
                if let Some(holding) = self.holding(entry.process, group, log)
                    && let Some(ahead) = holding.hand_out(Handed { offset, id, time: entry.time })
                {
                    let (time, process) = (entry.time, entry.process);
                    self.overtaken.push(Overtaken { time, process, log, offset, id, ahead });
                }
            }
            _ => {}
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for overtaken in &self.overtaken {
            if let Some(after) = overtaken.by_its_own_key(case) {
                let path = overtaken.latecomer(after, case).unwrap_or(Path::Consumer);
                findings.report(case, Kind::ReorderDelivery, path, || overtaken.evidence(after, case));
            }
        }
        findings
    }

    fn reset(&mut self) {
        self.holdings.iter_mut().for_each(Vec::clear);
        self.overtaken.clear();
    }
}

impl DeliveryOrder {
    fn grant(&mut self, process: Name, group: Name, log: TopicPartition) {
        if let Some(holding) = self.holding(process, group, log) {
            holding.live = true;
            holding.handed.clear();
            return;
        }
        let process = process.0 as usize;
        if process >= self.holdings.len() {
            self.holdings.resize_with(process + 1, Vec::new);
        }
        let handed = Vec::new();
        self.holdings[process].push(Holding { group, log, live: true, handed });
    }

    fn holding(&mut self, process: Name, group: Name, log: TopicPartition) -> Option<&mut Holding> {
        let held = self.holdings.get_mut(process.0 as usize)?;
        held.iter_mut().find(|holding| holding.group == group && holding.log == log)
    }

    fn end(&mut self, process: Name) {
        if let Some(held) = self.holdings.get_mut(process.0 as usize) {
            held.iter_mut().for_each(|holding| holding.live = false);
        }
    }
}

impl Holding {
    /// Notes a delivery; answers with what was handed out before it from behind it in the log, if this one is late.
    fn hand_out(&mut self, now: Handed) -> Option<Vec<Handed>> {
        if !self.live {
            return None;
        }
        if self.handed.last().is_none_or(|highest| highest.offset < now.offset) {
            self.handed.push(now);
            return None;
        }
        let new = self.handed.binary_search_by_key(&now.offset, |handed| handed.offset).err()?;
        let ahead = self.handed[new..].to_vec();
        self.handed.insert(new, now);
        Some(ahead)
    }
}

impl Overtaken {
    /// The furthest record of the same producer and key that came before it.
    fn by_its_own_key(&self, case: &Case<'_>) -> Option<Handed> {
        let own = case.ledger.key(self.id);
        let same = |id: MessageId| id.producer == self.id.producer && case.ledger.key(id) == own;
        self.ahead.iter().rfind(|ahead| same(ahead.id)).copied()
    }

    /// Whose fault it is, if the record appeared only after the other had been handed out.
    fn latecomer(&self, after: Handed, case: &Case<'_>) -> Option<Path> {
        let place = Place { log: case.ledger.find_log(self.log)?, offset: self.offset };
        case.ledger.latecomer(case.ledger.find(self.id)?, place, after.time)
    }

    fn evidence<'a>(&self, after: Handed, case: &Case<'a>) -> Evidence<'a> {
        let message = case.names.message(self.id);
        let sentence = format!(
            "{} was handed {message} at offset {} of {} after offset {}",
            case.names.text(self.process),
            self.offset,
            case.names.log(self.log),
            after.offset
        );
        Evidence {
            messages: vec![message],
            sentence,
            fault: case.faults.until(self.time),
            moment: Some(self.time),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path};

    #[test]
    fn a_lane_may_hand_out_another_key_meanwhile() {
        let story = Story::new().intent_of("p1-0", 1).intent_of("p1-1", 2).intent_of("p1-2", 1);
        let story = story.granted().polled("p1-0", 0).polled("p1-2", 2).polled("p1-1", 1);
        story.logged("p1-0", 0).logged("p1-1", 1).logged("p1-2", 2).audited().valid();
    }

    fn three_in_order() -> Story {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1).sent("p1-2", 2);
        story.logged("p1-0", 0).logged("p1-1", 1).logged("p1-2", 2).audited()
    }

    #[test]
    fn a_record_handed_out_behind_its_successor_is_the_consumers() {
        let story = three_in_order().granted().polled("p1-0", 0).polled("p1-2", 2);
        let verdict = story.polled("p1-1", 1).verdict();
        assert_eq!(verdict.classes(), [(Kind::ReorderDelivery, Path::Consumer)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"consumer-1 was handed p1-1 at offset 1 of payments/0 after offset 2");
    }

    #[test]
    fn a_record_that_appeared_behind_its_successors_delivery_is_not_the_consumers() {
        let story = three_in_order().appended("p1-1", 1).granted().polled("p1-1", 1);
        story.appended("p1-0", 0).polled("p1-0", 0).invalid(Kind::ReorderDelivery, Path::Broker);
    }

    #[test]
    fn a_retry_of_a_record_within_the_grant_is_legal() {
        let story = three_in_order().granted().polled("p1-0", 0).polled("p1-0", 0);
        story.polled("p1-1", 1).polled("p1-0", 0).polled("p1-2", 2).valid();
    }

    #[test]
    fn starting_over_after_a_rebalance_a_halt_or_a_crash_is_legal() {
        let ahead = three_in_order().granted().polled("p1-2", 2);
        let regranted = ahead.clone().granted();
        let handed_over = ahead.clone().revoked().granted();
        let halted = ahead.clone().halted("consumer-1", "left the group").granted();
        let crashed = ahead.clone().fault("crash", "consumer-1");
        for story in [regranted, handed_over, halted, crashed] {
            story.polled("p1-0", 0).polled("p1-1", 1).valid();
        }
    }

    #[test]
    fn a_fault_elsewhere_does_not_end_a_grant() {
        let story = three_in_order().granted().polled("p1-1", 1);
        let story = story.fault("crash", "broker-1").polled("p1-0", 0);
        story.invalid(Kind::ReorderDelivery, Path::Consumer);
    }

    #[test]
    fn two_members_and_two_logs_have_positions_of_their_own() {
        let story = three_in_order().granted().polled("p1-2", 2);
        story.by("consumer-2").granted().polled("p1-0", 0).valid();
        let story = three_in_order().granted().polled("p1-2", 2).partition(1).granted();
        let story = story.sent("p1-3", 0).polled("p1-3", 0).logged("p1-3", 0);
        story.valid();
    }
}
