//! Claim: nobody panics. `panicked`: a halt whose reason begins with `panic: `. The path is that of the process, by its name:
//! the consumer's, the producer's, else the broker's.
//!
//! Source: DESIGN 3: a panic in a node is caught and reported as an anomaly of that run.
//!
//! Does not see a panic that no recorder caught. A halt for any other reason is a decision, not an anomaly.

use crate::ledger::Halt;
use crate::{Case, Checker, Evidence, Findings, Kind, Path};

const MARK: &str = "panic: ";

pub(super) struct Panicked;

impl Checker for Panicked {
    fn name(&self) -> &'static str {
        "panicked"
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for halt in &case.ledger.halts {
            if let Some(message) = halt.reason.strip_prefix(MARK) {
                report(case, halt, message, &mut findings);
            }
        }
        findings
    }
}

fn report(case: &Case<'_>, halt: &Halt, message: &str, findings: &mut Findings) {
    let process = case.names.text(halt.process);
    findings.report(case, Kind::Panicked, path(process), || Evidence {
        messages: Vec::new(),
        sentence: format!("{process} panicked: {message}"),
        fault: case.faults.until(halt.time),
        moment: Some(halt.time),
    });
}

fn path(process: &str) -> Path {
    if process.starts_with("consumer") {
        Path::Consumer
    } else if process.starts_with("producer") {
        Path::Producer
    } else {
        Path::Broker
    }
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Kind, Path};

    #[test]
    fn a_panic_goes_to_the_path_of_the_one_who_panicked() {
        let processes =
            [("consumer-1", Path::Consumer), ("producer-2", Path::Producer), ("broker-3", Path::Broker)];
        for (process, path) in processes {
            let story = Story::new().intent("p1-0").halted(process, "panic: division by zero");
            story.invalid(Kind::Panicked, path);
        }
    }

    #[test]
    fn a_halt_with_any_other_reason_is_no_anomaly() {
        let story = Story::new().intent("p1-0");
        story.halted("broker-1", "its disk refused a sync; no panic: it stops").valid();
    }
}
