//! The judge: all checkers over one history.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::nearest::Faults;
use crate::report::{Judged, Report};
use crate::{Case, Checker, Entry, EventKind, Findings, Ledger, Names, Verdict, property};
#[cfg(feature = "files")]
use crate::{MessageId, Time};

/// Feeds one history to every checker and says what they found together.
pub struct Judge {
    ledger: Ledger,
    faults: Faults,
    checkers: Vec<Box<dyn Checker>>,
    /// From here on the findings of checkers stand beyond the verdict.
    beyond: usize,
    /// By kind of event: the indexes of the checkers that want to see it.
    listeners: Vec<Vec<usize>>,
    /// Indexes of the checkers that failed while they saw, and why.
    broken: Vec<(usize, String)>,
}

impl Default for Judge {
    fn default() -> Self {
        Judge::new()
    }
}

impl Judge {
    /// A judge over every property of this crate.
    #[must_use]
    pub fn new() -> Self {
        Judge::with(property::all())
    }

    /// A judge of histories that are handed in: over every property, over whether the history is whole, and over what stands beyond
    /// the verdict.
    #[must_use]
    pub fn thorough() -> Self {
        Judge::thorough_with(Vec::new())
    }

    /// The same with checkers of limits that the history is to keep.
    #[must_use]
    pub fn thorough_with(limits: Vec<Box<dyn Checker>>) -> Self {
        let promised = property::all().into_iter().chain(property::evidence()).chain(limits);
        Judge::over(promised.collect(), property::beyond())
    }

    /// A judge over these checkers.
    #[must_use]
    pub fn with(checkers: Vec<Box<dyn Checker>>) -> Self {
        Judge::over(checkers, Vec::new())
    }

    /// A judge over these checkers, and over others whose findings stand beyond the verdict.
    #[must_use]
    pub fn over(mut checkers: Vec<Box<dyn Checker>>, beyond: Vec<Box<dyn Checker>>) -> Self {
        let judged = checkers.len();
        checkers.extend(beyond);
        Judge {
            ledger: Ledger::default(),
            faults: Faults::default(),
            beyond: judged,
            listeners: listeners(&checkers),
            broken: Vec::new(),
            checkers,
        }
    }

    /// Sees one entry, in the order of the history.
    pub fn see(&mut self, entry: &Entry) {
        self.ledger.see(entry);
        self.faults.see(entry);
        let listeners = &self.listeners[entry.event.kind() as usize];
        let mut asked = 0;
        while asked < listeners.len() {
            // One guard for all of them, since hardly ever one fails; those behind it are asked under another.
            let (checkers, broken) = (&mut self.checkers, &self.broken);
            let seen = guarded(|| {
                for &listener in &listeners[asked..] {
                    asked += 1;
                    if broken.is_empty() || broken.iter().all(|(broken, _)| *broken != listener) {
                        checkers[listener].see(entry);
                    }
                }
            });
            if let Err(reason) = seen {
                self.broken.push((listeners[asked - 1], reason));
            }
        }
    }

    /// Hears that a message was handed to an application at some time, by somebody who does not know from which place.
    #[cfg(feature = "files")]
    pub(crate) fn was_handed_out(&mut self, id: MessageId, time: Time) {
        self.ledger.was_handed_out(id, time);
    }

    /// Judges what was seen. Call [`Judge::reset`] before the next history.
    pub fn finish(&mut self, names: &Names) -> Verdict {
        let mut each = self.finish_each(names);
        each.truncate(self.beyond);
        merged(each).verdict()
    }

    /// Judges what was seen, and says which checker found what. Call [`Judge::reset`] before the next history.
    pub fn report(&mut self, names: &Names) -> Report {
        let mut each = self.finish_each(names);
        let checkers =
            each.iter().map(|(name, found)| Judged { name: (*name).to_owned(), verdict: found.validity() });
        let checkers = checkers.collect();
        let (beyond, _) = merged(each.split_off(self.beyond)).listed();
        let findings = merged(each);
        let verdict = findings.validity();
        let (anomalies, unknown) = findings.listed();
        let operations = self.ledger.entries;
        Report { verdict, operations, anomalies, checkers, beyond, unknown }
    }

    /// What every checker found. One that fails cannot look; it leaves the others standing.
    fn finish_each(&mut self, names: &Names) -> Vec<(&'static str, Findings)> {
        self.ledger.close(names);
        let case = Case { names, ledger: &self.ledger, faults: &self.faults };
        let broken = &self.broken;
        let finish = |(at, checker): (usize, &mut Box<dyn Checker>)| {
            let name = checker.name();
            let failed = broken.iter().find(|(which, _)| *which == at).map(|(_, reason)| reason.clone());
            let found = failed.map_or_else(|| guarded(|| checker.finish(&case)), Err);
            let found = found.unwrap_or_else(|reason| {
                let mut findings = Findings::default();
                findings.could_not_look(format!("the checker {name} failed: {reason}"));
                findings
            });
            (name, found)
        };
        self.checkers.iter_mut().enumerate().map(finish).collect()
    }

    /// Forgets the history and keeps the memory.
    pub fn reset(&mut self) {
        self.ledger.reset();
        self.faults.reset();
        for checker in &mut self.checkers {
            checker.reset();
        }
        self.broken.clear();
    }
}

/// Judges a whole history with every property of this crate.
#[must_use]
pub fn judge(names: &Names, entries: &[Entry]) -> Verdict {
    let mut judge = Judge::new();
    for entry in entries {
        judge.see(entry);
    }
    judge.finish(names)
}

fn merged(each: Vec<(&'static str, Findings)>) -> Findings {
    let mut findings = Findings::default();
    each.into_iter().for_each(|(_, found)| findings.merge(found));
    findings
}

/// By kind of event: who wants to see it.
fn listeners(checkers: &[Box<dyn Checker>]) -> Vec<Vec<usize>> {
    let mut listeners = vec![Vec::new(); EventKind::COUNT];
    for (index, checker) in checkers.iter().enumerate() {
        let wanted = checker.wants();
        for (kind, listening) in listeners.iter_mut().enumerate() {
            if wanted.has_number(kind) {
                listening.push(index);
            }
        }
    }
    listeners
}

/// What a checker says, or what it said when it panicked. It is not asked again before it is reset.
fn guarded<T>(ask: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(ask)).map_err(|panic| said(panic.as_ref()))
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::story::Story;
    use crate::{SHOWN, Validity, Wanted, arbitrary};

    /// Two payments go wrong: one was acknowledged by a leader that died, one was settled before its effect.
    fn two_losses() -> Story {
        let story = Story::new().sent("p1-0", 0).sent("p1-1", 1).granted().polled("p1-0", 0);
        let story = story.settled(1).later(3).fault("crash", "consumer-1");
        let story = story.later(20).fault("power-loss", "broker-1");
        story.healed().logged("p1-0", 0).audited()
    }

    #[test]
    fn a_verdict_names_what_went_wrong_on_which_path_and_by_which_fault() {
        let verdict = serde_json::to_string_pretty(&two_losses().verdict()).unwrap();
        insta::assert_snapshot!(verdict, @r#"
        {
          "validity": "invalid",
          "anomalies": [
            {
              "kind": "lost-acked",
              "path": "broker",
              "messages": [
                "p1-1"
              ],
              "nearest-fault": {
                "fault": "power-loss",
                "target": "broker-1",
                "time": 35000
              },
              "sentence": "p1-1 was acknowledged at offset 1 of payments/0 and is in no log at the end; the first fault after that, besides those of clients: power-loss of broker-1, 29 ms later"
            },
            {
              "kind": "lost-unprocessed",
              "path": "consumer",
              "messages": [
                "p1-0"
              ],
              "nearest-fault": {
                "fault": "crash",
                "target": "consumer-1",
                "time": 14000
              },
              "sentence": "p1-0 at offset 0 of payments/0 was settled by billing and never took effect; the first fault after that to end a process: crash of consumer-1, 4 ms later"
            }
          ],
          "unknown": []
        }
        "#);
    }

    #[test]
    fn many_anomalies_of_one_class_are_counted_and_only_the_first_are_shown() {
        let ids = (0..25).map(|number| format!("p1-{number}"));
        let story = ids.fold(Story::new(), |story, id| story.sent(&id, 0));
        let verdict = story.audited().verdict();
        assert_eq!(verdict.anomalies.len(), SHOWN);
        let messages: Vec<&str> =
            verdict.anomalies.iter().map(|anomaly| anomaly.messages[0].as_str()).collect();
        assert_eq!(messages[..3], ["p1-0", "p1-1", "p1-2"]);
        let sentences = verdict.anomalies.iter().map(|anomaly| anomaly.sentence.as_str());
        let counting: Vec<&str> = sentences.filter(|sentence| sentence.contains("25")).collect();
        insta::assert_snapshot!(counting.join("\n"), @"p1-0 was acknowledged at offset 0 of payments/0 and is in no log at the end (one of 25 such anomalies)");
    }

    #[test]
    fn anomalies_come_in_the_order_of_kind_path_and_message() {
        let story = Story::new().sent("p1-10", 0).sent("p1-9", 0).intent("p1-8").answered("p1-8");
        let verdict = story.audited().verdict();
        let messages: Vec<&str> =
            verdict.anomalies.iter().map(|anomaly| anomaly.messages[0].as_str()).collect();
        assert_eq!(messages, ["p1-8", "p1-9", "p1-10"]);
    }

    #[test]
    fn a_checker_that_could_not_look_does_not_hide_what_another_found() {
        let story = Story::new().sent("p1-0", 0).halted("broker-1", "panic: index out of range");
        let verdict = story.verdict();
        assert_eq!(verdict.validity, Validity::Invalid);
        assert_eq!(verdict.unknown.len(), 1);
    }

    /// Fails over the third entry, or in the end.
    struct Fails {
        entries: u32,
        at_the_end: bool,
    }

    impl Checker for Fails {
        fn name(&self) -> &'static str {
            "fails"
        }

        fn wants(&self) -> Wanted {
            Wanted::EVERYTHING
        }

        fn see(&mut self, _: &Entry) {
            self.entries += 1;
            assert!(self.at_the_end || self.entries < 3, "over the third entry");
        }

        fn finish(&mut self, _: &Case<'_>) -> Findings {
            assert!(!self.at_the_end, "in the end");
            Findings::default()
        }
    }

    #[test]
    fn a_checker_that_fails_is_unknown_by_itself_and_leaves_the_others_standing() {
        for at_the_end in [false, true] {
            let mut checkers = property::all();
            checkers.insert(0, Box::new(Fails { entries: 0, at_the_end }));
            let mut judge = Judge::with(checkers);
            let story = two_losses();
            story.entries.iter().for_each(|entry| judge.see(entry));
            let report = judge.report(&story.names);
            assert_eq!(report.verdict, Validity::Invalid);
            assert_eq!(report.anomalies.len(), 2);
            assert_eq!(report.checkers[0].verdict, Validity::Unknown);
            let reason = if at_the_end { "in the end" } else { "over the third entry" };
            assert_eq!(report.unknown, [format!("the checker fails failed: {reason}")]);
        }
    }

    fn fed(judge: &mut Judge, entries: &[Entry]) -> Verdict {
        entries.iter().for_each(|entry| judge.see(entry));
        judge.finish(&arbitrary::names())
    }

    proptest! {
        #[test]
        fn a_judge_that_was_reset_is_as_good_as_new(
            before in arbitrary::history(), history in arbitrary::history(),
        ) {
            let mut judge = Judge::new();
            fed(&mut judge, &before);
            judge.reset();
            prop_assert_eq!(fed(&mut judge, &history), fed(&mut Judge::new(), &history));
        }

        #[test]
        fn entries_that_no_property_looks_at_change_nothing(
            history in arbitrary::history(),
            noise in prop::collection::vec((any::<prop::sample::Index>(), arbitrary::irrelevant()), 0..20),
        ) {
            let mut noisy = history.clone();
            for (at, event) in noise {
                let at = at.index(noisy.len() + 1);
                let time = noisy[..at].last().map_or(0, |entry| entry.time);
                noisy.insert(at, Entry { time, process: crate::Name(2), event });
            }
            prop_assert_eq!(fed(&mut Judge::new(), &noisy), fed(&mut Judge::new(), &history));
        }

        #[test]
        fn judging_twice_says_the_same(history in arbitrary::history()) {
            let mut judge = Judge::new();
            let first = fed(&mut judge, &history);
            prop_assert_eq!(judge.finish(&arbitrary::names()), first);
        }
    }
}
