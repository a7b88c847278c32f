//! Claim: a message takes effect once. `duplicate-effect`: two effects of it at one sink ended `ok`.
//!
//! The consumer's where it was dequeued at most once, as far as every dequeue is known; the producer's where the queue confirmed two enqueues of it. Else nobody can
//! tell: the queue may have handed it out again for good reasons or bad ones. `unknown` where an effect of unknown outcome would
//! be the second.

use std::collections::BTreeMap;

use super::super::word::Operation;
use super::{Case, Ruling, counted, witness};
use crate::report::Finding;
use crate::{Kind, MessageId, Name, Path, Phase};

/// How often a message took effect at a sink, and how often it may have.
#[derive(Clone, Copy, Default)]
struct Effects {
    certain: usize,
    perhaps: usize,
}

pub(super) fn judge(case: &Case<'_>) -> Ruling {
    let on = |path: Option<Path>| {
        let finding = Finding::new(Kind::DuplicateEffect.name());
        (path, Finding { path, ..finding })
    };
    let mut findings = [Some(Path::Producer), Some(Path::Consumer), None].map(on);
    let mut doubtful = 0;
    for ((sink, message), effects) in effects(case) {
        let Effects { certain, perhaps } = effects;
        if certain >= 2 {
            let path = path(case, message);
            let finding = findings.iter_mut().find(|(on, _)| *on == path);
            finding.into_iter().for_each(|(_, finding)| finding.add(|| told(case, sink, message, certain)));
        } else if certain + perhaps >= 2 {
            doubtful += 1;
        }
    }
    let findings = findings.into_iter().map(|(_, finding)| finding).collect();
    Ruling { findings, unknown: unknown(doubtful) }
}

fn effects(case: &Case<'_>) -> BTreeMap<(Option<Name>, MessageId), Effects> {
    let mut all: BTreeMap<_, Effects> = BTreeMap::new();
    for act in case.acts.iter().filter(|act| act.operation == Operation::Effect) {
        let Some(message) = act.message else { continue };
        let effects = all.entry((act.sink, message)).or_default();
        match act.end {
            Phase::Ok => effects.certain += 1,
            Phase::Info | Phase::Invoke => effects.perhaps += 1,
            Phase::Fail => {}
        }
    }
    all
}

fn path(case: &Case<'_>, message: MessageId) -> Option<Path> {
    let dequeues: usize = case.readers.of(message).map(|handling| handling.dequeues.len()).sum();
    let all_known = case.readers.all.values().all(|reader| reader.unknown.is_empty());
    match (dequeues, case.confirmed(message)) {
        (0 | 1, _) if all_known => Some(Path::Consumer),
        (_, 0 | 1) => None,
        _ => Some(Path::Producer),
    }
}

fn told(case: &Case<'_>, sink: Option<Name>, message: MessageId, times: usize) -> crate::Witness {
    let at = sink.map_or_else(String::new, |sink| format!(" at {}", case.names.text(sink)));
    let text = case.text(message);
    witness(case, &[message], format!("{text} took effect {times} times{at}"))
}

fn unknown(doubtful: usize) -> Vec<String> {
    let told = || {
        format!(
            "{} may have taken effect twice: nobody knows how one effect of it ended",
            counted(doubtful, "message")
        )
    };
    (doubtful > 0).then(told).into_iter().collect()
}
