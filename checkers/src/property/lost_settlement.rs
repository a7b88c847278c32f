//! Claim: an acknowledged settlement survives every failover. `lost-settlement`, broker: a member was told that its group stands below
//! what the broker had acknowledged before that member asked.
//!
//! Which settlements count, and who may go back on purpose, stands at [`Position`](crate::ledger::Position): a settlement that was
//! still under way when the member asked need not be there, one of unknown outcome never need be, and a group whose own later
//! settlement was lower stands where it put itself.
//!
//! What happens twice because of it is told as `duplicate-effect` on the broker's path: it follows from this.
//!
//! Source: DOMAIN S10; CHECKERS C-MON; Redpanda #31483, a committed offset that differs after a change of leaders; SeaweedFS, whose
//! offset fetch finds nothing during a rebalance (CHECKERS C-FETCH-1).
//!
//! Where the log itself was cut below the settlement there is nothing left to be handed out again: what the log lost is another
//! anomaly. So with the final read only settlements count below which a record lies that was there when they were made.

use crate::ledger::{Record, Retreat};
use crate::{Case, Checker, Evidence, Findings, Kind, Name, Path};

pub(super) struct LostSettlement;

impl Checker for LostSettlement {
    fn name(&self) -> &'static str {
        "lost-settlement"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for group in &case.ledger.groups {
            for (log, position) in (0..).zip(&group.positions) {
                for retreat in &position.retreats {
                    let again = handed_out_again(case, log, retreat);
                    if again.is_some() || !case.ledger.audited {
                        report(case, group.name, log, retreat, again, &mut findings);
                    }
                }
            }
        }
        findings
    }
}

/// The first record of the final log that was settled, and is not any more.
fn handed_out_again<'a>(case: &Case<'a>, log: u32, retreat: &Retreat) -> Option<&'a Record> {
    let records = &case.ledger.logs[log as usize].records;
    let from = records.partition_point(|record| record.offset < retreat.told);
    let settled = records[from..].iter().take_while(|record| record.offset < retreat.settled.upto);
    let was_there = |record: &&Record| {
        let seen = case.ledger.message(record.slot).first_seen;
        seen.is_some_and(|seen| seen <= retreat.settled.time)
    };
    settled.into_iter().find(was_there)
}

fn report(
    case: &Case<'_>,
    group: Name,
    log: u32,
    retreat: &Retreat,
    again: Option<&Record>,
    findings: &mut Findings,
) {
    let Retreat { told, settled, .. } = *retreat;
    findings.report(case, Kind::LostSettlement, Path::Broker, || Evidence {
        messages: again.map(|record| case.text(record.slot)).into_iter().collect(),
        sentence: format!(
            "{} had settled {} up to {}, and was told that it stands at {told}",
            case.names.text(group),
            case.log(log),
            settled.upto
        ),
        fault: case.broker_fault(settled.time),
        moment: Some(settled.time),
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path, Phase};

    /// Three records are settled; the group is given the log anew.
    fn three_settled() -> Story {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1).sent("p1-2", 2).granted().told(0);
        let story = story.polled("p1-0", 0).charged("p1-0").settled(1).polled("p1-1", 1).charged("p1-1");
        story.polled("p1-2", 2).charged("p1-2").settled(3)
    }

    fn end(story: Story) -> Story {
        story.healed().logged("p1-0", 0).logged("p1-1", 1).logged("p1-2", 2).audited()
    }

    #[test]
    fn a_group_that_is_told_less_than_was_acknowledged_lost_a_settlement() {
        let story = three_settled().fault("restart", "broker-1").by("consumer-2").granted().told(1);
        let verdict = end(story.clone()).verdict();
        assert_eq!(verdict.classes(), [(Kind::LostSettlement, Path::Broker)].into());
        assert_eq!(verdict.anomalies[0].messages, ["p1-1"]);
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"billing had settled payments/0 up to 3, and was told that it stands at 1; the first fault after that, besides those of clients: restart of broker-1, 1 ms later");
        story.invalid(Kind::LostSettlement, Path::Broker);
    }

    #[test]
    fn what_takes_effect_twice_because_of_it_follows_from_it() {
        let story = three_settled().granted().told(1).polled("p1-1", 1).charged("p1-1");
        let classes = [(Kind::LostSettlement, Path::Broker), (Kind::DuplicateEffect, Path::Broker)];
        let again = end(story.polled("p1-2", 2).charged("p1-2").settled(2).settled(3));
        assert_eq!(again.verdict().classes(), classes.into());
        assert_eq!(again.beyond(), "");
        // Of the first record nobody was told that it is to be done again.
        let own = again.charged("p1-0").verdict();
        assert!(own.classes().contains(&(Kind::DuplicateEffect, Path::Consumer)));
    }

    #[test]
    fn a_member_of_the_same_grant_that_is_told_less_than_it_settled_itself_lost_a_settlement() {
        end(three_settled().told(0)).invalid(Kind::LostSettlement, Path::Broker);
    }

    #[test]
    fn what_was_told_once_counts_as_acknowledged() {
        let told =
            Story::new().sent("p1-0", 0).sent("p1-1", 1).sent("p1-2", 2).granted().settle(3, Phase::Invoke);
        let told = told.settle(3, Phase::Info).applied("p1-0").applied("p1-1").applied("p1-2");
        end(told.clone().granted().told(0).settled(3)).valid();
        end(told.granted().told(3).granted().told(2).settled(3)).invalid(Kind::LostSettlement, Path::Broker);
    }

    #[test]
    fn settlements_under_way_or_of_unknown_outcome_need_not_be_there_yet() {
        let story = three_settled().settle(1, Phase::Invoke);
        // Accepted only after the log was granted anew: the question may have come first.
        let late = Story::new().sent("p1-0", 0).granted().told(0).charged("p1-0").settle(1, Phase::Invoke);
        let late = late.by("consumer-2").granted().by("consumer-1").settle(1, Phase::Ok);
        late.by("consumer-2").told(0).settled(1).logged("p1-0", 0).audited().valid();
        // One that goes back on purpose may have taken effect, whatever became of it.
        for phase in [Phase::Info, Phase::Ok] {
            end(story.clone().settle(1, phase).granted().told(1).settled(3)).valid();
        }
        end(story.granted().told(1).settled(3)).valid();
    }

    #[test]
    fn a_refused_settlement_excuses_nothing() {
        let story = three_settled().settle(1, Phase::Invoke).settle(1, Phase::Fail);
        end(story.granted().told(1).settled(3)).invalid(Kind::LostSettlement, Path::Broker);
    }

    #[test]
    fn a_member_of_a_generation_that_has_passed_may_still_ask_an_old_coordinator() {
        // Generation 1 settles all. The zombie asks a coordinator that does not know yet that it has been replaced.
        let zombie = three_settled().by("consumer-2").granted_in(0).told(0);
        end(zombie).valid();
    }

    #[test]
    fn a_log_that_was_cut_below_the_settlement_is_another_anomaly() {
        let story = three_settled().granted().told(1).healed().logged("p1-0", 0).audited();
        let cut = story.verdict();
        assert_eq!(cut.classes(), [(Kind::LostAcked, Path::Broker), (Kind::DirtyRead, Path::Broker)].into());
    }

    #[test]
    fn other_groups_and_other_logs_stand_where_they_stand() {
        let story = three_settled().group("shipping", "consumer-9").sink("parcels").granted().told(0);
        let story = story.charged("p1-0").charged("p1-1").charged("p1-2").settled(3);
        end(story.partition(1).granted().told(0).partition(0)).valid();
    }
}
