//! Claim: who keeps up stays in sync. `needless-shrink`, broker: a leader wanted a follower out of the in-sync set that had lagged,
//! as it said, for all of a time; and within that time, less a tenth, it had itself appended a record that is below the high
//! watermark now.
//!
//! The watermark is passed by no record that a member of the set lacks. So the follower held that record, and with it all that the
//! leader had just after the record was appended: it was caught up then at the latest. That rests on nothing but what the leader
//! knew, so whatever struck the follower, or the way to it, is no excuse. A leader that was struck itself is not judged: its clock
//! may run as it likes. The tenth is for whoever writes the history down later than the leader looks at its clock.
//!
//! Nor is a follower judged that came back since that append. What it holds then may be less than the leader's log ended with at the
//! fetch before, though it is all of the record:
//!
//! 1. A follower with a slow disk fetches at 12; the leader's log ends with 16.
//! 2. It crashes with 15 of them on its disk, comes back, and fetches at 15: the watermark moves to 15.
//! 3. At no fetch did it have what the leader had at the one before, so as far as the leader knows it was caught up long ago.
//!
//! Source: Kafka's `Replica.updateFetchStateOrThrow`: a fetch that asks for what the leader's log ended with at the fetch before
//! shows that the follower was caught up at that one; KIP-16.
//!
//! Does not see a follower that lags and is not let go: no history tells what a follower holds above the watermark. A follower that
//! is handed less than there is (more than 512 records here) may rightly be let go before it has seen the end; no history
//! tells what it was handed either.

use std::collections::{BTreeMap, VecDeque};

use crate::struck::Struck;
use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Offset, Path, Time,
    TopicPartition, Wanted,
};

#[derive(Default)]
pub(super) struct NeedlessShrink {
    struck: Struck,
    /// By who leads what.
    reigns: BTreeMap<(Name, TopicPartition), Reign>,
    /// Replicas that came back, each with the last time.
    returned: BTreeMap<(Name, TopicPartition), Time>,
    found: Vec<LetGo>,
}

/// What a leader appended to a log.
#[derive(Default)]
struct Reign {
    /// Records above the watermark, each with the time of its append.
    above: VecDeque<(Offset, Time)>,
    /// When the newest record below the watermark was appended, if this leader did it.
    safe: Option<Time>,
}

struct LetGo {
    time: Time,
    leader: Name,
    log: TopicPartition,
    follower: Name,
    lag: Time,
    /// When the follower was caught up at the latest.
    kept_up: Time,
}

impl Checker for NeedlessShrink {
    fn name(&self) -> &'static str {
        "needless-shrink"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[
            EventKind::Lead,
            EventKind::Append,
            EventKind::Watermark,
            EventKind::Laggard,
            EventKind::Recover,
            EventKind::Fault,
            EventKind::Halted,
        ])
    }

    fn see(&mut self, entry: &Entry) {
        let (leader, time) = (entry.process, entry.time);
        match entry.event {
            Event::Lead { log, .. } => drop(self.reigns.insert((leader, log), Reign::default())),
            Event::Append { log, offset, .. } => {
                if let Some(reign) = self.reigns.get_mut(&(leader, log)) {
                    reign.above.push_back((offset, time));
                }
            }
            Event::Watermark { log, offset } => {
                if let Some(reign) = self.reigns.get_mut(&(leader, log)) {
                    reign.calls_safe(offset);
                }
            }
            Event::Recover { log, .. } => drop(self.returned.insert((entry.process, log), time)),
            Event::Laggard { log, follower, lag } => self.lets_go(entry, log, follower, lag),
            _ => self.struck.see(entry),
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        self.found.iter().for_each(|found| report(case, found, &mut findings));
        findings
    }

    fn reset(&mut self) {
        self.struck.reset();
        self.reigns.clear();
        self.returned.clear();
        self.found.clear();
    }
}

impl NeedlessShrink {
    fn lets_go(&mut self, entry: &Entry, log: TopicPartition, follower: Name, lag: Time) {
        let (leader, time) = (entry.process, entry.time);
        if self.struck.has(leader) {
            return;
        }
        let kept_up = self.reigns.get(&(leader, log)).and_then(|reign| reign.safe);
        let returned = |since| self.returned.get(&(follower, log)).is_some_and(|&at| at > since);
        let kept_up = kept_up.filter(|&kept_up| !returned(kept_up));
        if let Some(kept_up) = kept_up.filter(|kept_up| time.saturating_sub(*kept_up) < lag - lag / 10) {
            self.found.push(LetGo { time, leader, log, follower, lag, kept_up });
        }
    }
}

impl Reign {
    fn calls_safe(&mut self, below: Offset) {
        while let Some((_, time)) = self.above.pop_front_if(|(offset, _)| *offset < below) {
            self.safe = Some(time);
        }
    }
}

fn report(case: &Case<'_>, found: &LetGo, findings: &mut Findings) {
    let &LetGo { time, leader, log, follower, lag, kept_up } = found;
    let name = |name| case.names.text(name);
    findings.report(case, Kind::NeedlessShrink, Path::Broker, || Evidence {
        messages: Vec::new(),
        sentence: format!(
            "{} wanted {} out of the in-sync set of {} for lagging {} ms, and {} ms before it had appended what all of the set held",
            name(leader),
            name(follower),
            case.names.log(log),
            lag / 1_000,
            time.saturating_sub(kept_up) / 1_000
        ),
        fault: case.faults.until(time),
        moment: Some(time),
    });
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path, Phase};

    /// A record that all of the set hold, and one that they do not.
    fn replicated(story: Story) -> Story {
        let story = story.led("broker-1", 1).intent("p1-0").intent("p1-1");
        let first = story.appended("p1-0", 0).visible(1);
        first.send("p1-1", Phase::Invoke).appended("p1-1", 1)
    }

    fn let_go_after(story: Story, ms: u64) -> Story {
        let late = replicated(story).later(ms).lagging("broker-1", "broker-2", 400);
        late.send("p1-1", Phase::Info).logged("p1-0", 0).logged("p1-1", 1).audited()
    }

    #[test]
    fn a_follower_that_held_what_was_appended_just_now_has_not_lagged() {
        let verdict = let_go_after(Story::new(), 300).verdict();
        assert_eq!(verdict.classes(), [(Kind::NeedlessShrink, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"broker-1 wanted broker-2 out of the in-sync set of payments/0 for lagging 400 ms, and 304 ms before it had appended what all of the set held");
    }

    #[test]
    fn a_follower_that_held_nothing_newer_for_as_long_as_it_may_lag_is_let_go_rightly() {
        let_go_after(Story::new(), 400).valid();
        let_go_after(Story::new(), 380).valid();
    }

    #[test]
    fn whatever_struck_the_follower_or_the_way_to_it_is_no_excuse() {
        let slow = Story::new().struck("delay", &[], &[("broker-2", "broker-1")]);
        let paused = Story::new().struck("pause", &["broker-2"], &[]);
        for struck in [slow, paused] {
            let_go_after(struck, 300).invalid(Kind::NeedlessShrink, Path::Broker);
        }
    }

    #[test]
    fn a_follower_that_came_back_since_may_hold_less_than_it_held() {
        let back = |broker| replicated(Story::new()).recovered(broker).later(300);
        let let_go = |story: Story| {
            let story = story.lagging("broker-1", "broker-2", 400).send("p1-1", Phase::Info);
            story.logged("p1-0", 0).logged("p1-1", 1).audited()
        };
        let_go(back("broker-2")).valid();
        let_go(back("broker-3")).invalid(Kind::NeedlessShrink, Path::Broker);
    }

    #[test]
    fn a_leader_whose_clock_may_have_been_struck_is_not_judged() {
        let_go_after(Story::new().struck("clock-drift", &["broker-1"], &[]), 300).valid();
        let_go_after(Story::new().fault("clock-drift", "somebody"), 300).valid();
    }

    #[test]
    fn what_was_appended_in_an_earlier_reign_says_nothing_of_this_one() {
        let again = replicated(Story::new()).led("broker-1", 2).lagging("broker-1", "broker-2", 400);
        again.send("p1-1", Phase::Info).logged("p1-0", 0).logged("p1-1", 1).audited().valid();
    }
}
