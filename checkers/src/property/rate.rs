//! Claim: a sink takes no more effects in any window of time than it was said to. `overrun`, consumer: a window holds more.
//!
//! Source: DOMAIN S13, flattening the peak. One case for each stretch of time without a gap in which the limit is passed; the window
//! is a second, wherever it begins.
//!
//! Needs the limit: it is on no list, whoever has a limit adds it.

use std::collections::VecDeque;

use crate::{Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Path, Time, Wanted};

/// Microseconds.
const WINDOW: Time = 1_000_000;

/// Effects of one sink in any second.
#[derive(Clone, Debug)]
pub struct Rate {
    sink: String,
    limit: usize,
    effects: Vec<(Time, Name)>,
}

impl Rate {
    /// At most so many effects at this sink in any second.
    #[must_use]
    pub fn new(sink: &str, limit: usize) -> Self {
        Rate { sink: sink.to_owned(), limit, effects: Vec::new() }
    }
}

impl Checker for Rate {
    fn name(&self) -> &'static str {
        "rate"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[EventKind::Apply])
    }

    fn see(&mut self, entry: &Entry) {
        if let Event::Apply { .. } = entry.event {
            self.effects.push((entry.time, entry.process));
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        let (mut window, mut over) = (VecDeque::new(), false);
        let here = self.effects.iter().filter(|(_, sink)| case.names.text(*sink) == self.sink);
        for &(time, _) in here {
            window.push_back(time);
            while window.front().is_some_and(|&first| time - first >= WINDOW) {
                window.pop_front();
            }
            let passed = window.len() > self.limit;
            if passed && !over {
                report(case, self, time, &mut findings);
            }
            over = passed;
        }
        findings
    }

    fn reset(&mut self) {
        self.effects.clear();
    }
}

fn report(case: &Case<'_>, rate: &Rate, time: Time, findings: &mut Findings) {
    findings.report(case, Kind::Overrun, Path::Consumer, || Evidence {
        messages: Vec::new(),
        sentence: format!("{} took more than {} effects within a second", rate.sink, rate.limit),
        fault: case.faults.until(time),
        moment: Some(time),
    });
}

#[cfg(test)]
mod tests {
    use super::Rate;
    use crate::story::Story;
    use crate::{Kind, Path};

    fn burst(apart: u64) -> Story {
        let ids = ["p1-0", "p1-1", "p1-2"];
        ids.iter().fold(Story::new(), |story, id| story.intent(id).later(apart).applied(id))
    }

    #[test]
    fn a_window_with_more_effects_than_allowed_is_an_overrun_wherever_it_begins() {
        let verdict = burst(300).verdict_with(Box::new(Rate::new("ledger", 2)));
        assert_eq!(verdict.classes(), [(Kind::Overrun, Path::Consumer)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"ledger took more than 2 effects within a second");
    }

    #[test]
    fn effects_further_apart_and_other_sinks_are_within_the_limit() {
        assert_eq!(burst(600).verdict_with(Box::new(Rate::new("ledger", 2))).anomalies, []);
        assert_eq!(burst(300).verdict_with(Box::new(Rate::new("parcels", 1))).anomalies, []);
    }
}
