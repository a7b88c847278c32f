//! Claim: while a consumer holds a log without interruption, it is handed the records in the order of the log. `reorder-delivery`,
//! consumer: a delivery below the highest offset of this grant, of a record that this grant has not handed out before.
//!
//! A retry of a record is legal, and so is starting over after a grant: the grant ends with a revocation, a new grant, a halt,
//! or a fault that struck this very process.
//!
//! Source: CHECKERS `nonmonotonic-poll`, which Jepsen switches off for group consumers because it cannot see their grants.
//!
//! Does not see deliveries outside any grant (a consumer that assigns itself), nor gaps: a skipped record shows as a loss or as
//! stuck.

use std::ops::ControlFlow;

use crate::{
    Case, Checker, Entry, Event, Evidence, Findings, Kind, MessageId, Name, Offset, Path, Time,
    TopicPartition,
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
    /// The offsets handed out in this grant, ascending.
    handed: Vec<Offset>,
}

/// A delivery that came too late.
struct Overtaken {
    time: Time,
    process: Name,
    log: TopicPartition,
    offset: Offset,
    highest: Offset,
    id: MessageId,
}

impl Checker for DeliveryOrder {
    fn name(&self) -> &'static str {
        "delivery-order"
    }

    fn see(&mut self, entry: &Entry) -> ControlFlow<()> {
        match entry.event {
            Event::Grant { group, log, .. } => self.grant(entry.process, group, log),
            Event::Revoke { group, log, .. } => {
                if let Some(holding) = self.holding(entry.process, group, log) {
                    holding.live = false;
                }
            }
            Event::Halted { .. } => self.end(entry.process),
            Event::Fault {
                target,
                healed: false,
                ..
            } => self.end(target),
            Event::Poll {
                group,
                log,
                offset,
                id,
            } => {
                if let Some(holding) = self.holding(entry.process, group, log)
                    && let Some(highest) = holding.hand_out(offset)
                {
                    let (time, process) = (entry.time, entry.process);
                    self.overtaken.push(Overtaken {
                        time,
                        process,
                        log,
                        offset,
                        highest,
                        id,
                    });
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for overtaken in &self.overtaken {
            findings.report(case, Kind::ReorderDelivery, Path::Consumer, || {
                overtaken.evidence(case)
            });
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
        self.holdings[process].push(Holding {
            group,
            log,
            live: true,
            handed,
        });
    }

    fn holding(&mut self, process: Name, group: Name, log: TopicPartition) -> Option<&mut Holding> {
        let held = self.holdings.get_mut(process.0 as usize)?;
        held.iter_mut()
            .find(|holding| holding.group == group && holding.log == log)
    }

    fn end(&mut self, process: Name) {
        if let Some(held) = self.holdings.get_mut(process.0 as usize) {
            held.iter_mut().for_each(|holding| holding.live = false);
        }
    }
}

impl Holding {
    /// Notes a delivery; answers with the highest offset before it if this one comes too late.
    fn hand_out(&mut self, offset: Offset) -> Option<Offset> {
        if !self.live {
            return None;
        }
        let highest = match self.handed.last() {
            Some(&highest) if offset <= highest => highest,
            _ => {
                self.handed.push(offset);
                return None;
            }
        };
        let new = self.handed.binary_search(&offset).err()?;
        self.handed.insert(new, offset);
        Some(highest)
    }
}

impl Overtaken {
    fn evidence<'a>(&self, case: &Case<'a>) -> Evidence<'a> {
        let message = case.names.message(self.id);
        let sentence = format!(
            "{} was handed {message} at offset {} of {} after offset {}",
            case.names.text(self.process),
            self.offset,
            case.names.log(self.log),
            self.highest
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

    fn three_in_order() -> Story {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1).sent("p1-2", 2);
        story
            .logged("p1-0", 0)
            .logged("p1-1", 1)
            .logged("p1-2", 2)
            .audited()
    }

    #[test]
    fn a_record_handed_out_behind_its_successor_is_the_consumers() {
        let story = three_in_order().granted().polled("p1-0", 0).polled("p1-2", 2);
        let verdict = story.polled("p1-1", 1).verdict();
        assert_eq!(
            verdict.classes(),
            [(Kind::ReorderDelivery, Path::Consumer)].into()
        );
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"consumer-1 was handed p1-1 at offset 1 of payments/0 after offset 2");
    }

    #[test]
    fn a_retry_of_a_record_within_the_grant_is_legal() {
        let story = three_in_order().granted().polled("p1-0", 0).polled("p1-0", 0);
        story
            .polled("p1-1", 1)
            .polled("p1-0", 0)
            .polled("p1-2", 2)
            .valid();
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
        let story = three_in_order()
            .granted()
            .polled("p1-2", 2)
            .partition(1)
            .granted();
        let story = story.sent("p1-3", 0).polled("p1-3", 0).logged("p1-3", 0);
        story.valid();
    }
}
