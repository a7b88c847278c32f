//! What is said of a run as a whole: what the checkers found in its history, and what its end tells beside that.

use broker::Micros;
use checkers::{Anomaly, Kind, Path, Validity, Verdict};

use super::STEP_BUDGET;
use crate::chaos::cast::{Cast, Part};
use crate::chaos::coverage::Coverage;
use crate::engine::{Ended, Outcome};
use crate::run::referee::Record;

/// The verdict on a run.
pub(super) fn of_run(cast: &Cast, outcome: &Outcome, record: &Record) -> Verdict {
    if let Some(foreign) = &record.foreign {
        return spoiled(foreign);
    }
    let mut verdict = record.verdict.clone();
    if outcome.ended == Ended::OutOfSteps {
        verdict.unknown.push(format!("the run took more than {STEP_BUDGET} steps and was given up"));
    }
    let restless = restless(cast, outcome.ended, outcome.elapsed);
    for anomaly in restless.into_iter().chain(left_out(&record.coverage, record.unrest.as_deref())) {
        verdict.anomalies.push(anomaly);
        verdict.validity = Validity::Invalid;
    }
    if let Some(unrest) = &record.unrest {
        verdict.unknown.push(format!("not everything came to rest after healing: {unrest}"));
    }
    if !verdict.unknown.is_empty() {
        verdict.validity = verdict.validity.max(Validity::Unknown);
    }
    verdict
}

/// What is to be said of a run that ended because a handler awaited what nobody here drives: that, and nothing of what came of it.
fn spoiled(foreign: &str) -> Verdict {
    let anomaly = Anomaly {
        kind: Kind::Panicked,
        path: Path::Consumer,
        messages: Vec::new(),
        nearest_fault: None,
        sentence: foreign.to_owned(),
    };
    Verdict {
        validity: Validity::Invalid,
        anomalies: vec![anomaly],
        unknown: vec!["the run ended there: nothing else was judged".to_owned()],
        waits: Vec::new(),
    }
}

/// A node that is woken again and again within one microsecond does nothing else any more: in life it would burn a core, here time
/// itself stands still. Its deadlines must lie ahead of the step that arms for them. And one that asks again before it is answered, or
/// answers itself, fills its network.
fn restless(cast: &Cast, ended: Ended, at: Micros) -> Option<Anomaly> {
    let (node, does) = match ended {
        Ended::Standstill(node) => {
            (node, format!("is woken again and again at {at} us and does nothing else any more"))
        }
        Ended::Runaway(node) => (
            node,
            format!("took the last of more steps in the second before {at} us than its load can cause"),
        ),
        Ended::Stopped | Ended::Horizon | Ended::OutOfSteps => return None,
    };
    let part = cast.players.iter().find(|player| player.id == node).map(|player| player.part);
    let path = match part {
        Some(Part::Producer) => Path::Producer,
        Some(Part::Consumer(_) | Part::Sink(_)) => Path::Consumer,
        Some(Part::Controller | Part::Broker | Part::Auditor) | None => Path::Broker,
    };
    let sentence = format!("{} {does}", cast.name(node));
    Some(Anomaly { kind: Kind::Stuck, path, messages: Vec::new(), nearest_fault: None, sentence })
}

/// Everything is healed, everything else has come to rest, and a replica that is up is still not let into the in-sync set: nobody
/// waits for it now, and the next that is lost will be missed.
fn left_out(coverage: &Coverage, unrest: Option<&str>) -> Option<Anomaly> {
    let left_out = coverage.left_out().filter(|left_out| unrest == Some(left_out))?;
    let sentence = format!("{left_out}, though everything is healed and nothing else waits");
    Some(Anomaly {
        kind: Kind::Stuck,
        path: Path::Broker,
        messages: Vec::new(),
        nearest_fault: None,
        sentence,
    })
}

#[cfg(test)]
mod tests {
    use broker::{NodeId, Observation, TopicId, TopicPartition};

    use super::*;

    #[test]
    fn a_replica_that_nobody_lets_in_again_is_stuck_once_nothing_else_is_waited_for() {
        let log = TopicPartition { topic: TopicId(0), partition: 0 };
        let cast = Cast { placement: vec![(log, vec![NodeId(1), NodeId(2)])], ..Cast::default() };
        let mut coverage = Coverage::new(&cast);
        assert!(left_out(&coverage, None).is_none(), "all are in sync");
        let in_sync = vec![NodeId(1)];
        coverage.see(
            0,
            NodeId(0),
            &Observation::Members { topic_partition: log, term: 0, in_sync, eligible: Vec::new() },
        );
        let unrest = coverage.unrest(Micros::MAX);
        let anomaly = left_out(&coverage, unrest.as_deref()).unwrap();
        assert_eq!((anomaly.kind, anomaly.path), (Kind::Stuck, Path::Broker));
        assert!(left_out(&coverage, Some("producers are not through")).is_none(), "it may yet be let in");
    }
}
