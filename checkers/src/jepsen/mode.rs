//! What one of Jepsen's checkers is, and what it says.

use super::{Function, History, Keys, Micro, Model, Verb};
use crate::Validity;
use crate::report::{Finding, Judged, Report, found};

/// What may be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether the order of a log's offsets orders the transactions that wrote them (`--ww-deps`).
    pub ww_deps: bool,
    /// What transactions are held to, in the modes of [`Mode::models`] (`--model`).
    pub model: Model,
    /// What `rw-register` may take for granted of each register.
    pub keys: Keys,
}

/// What a history must have, at least in one operation of a client, to be of a mode's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An operation that does this.
    Does(Function),
    /// A micro-operation like this.
    Holds(Verb),
    /// A micro-operation that read a list.
    ReadsList,
}

/// One of Jepsen's checkers.
#[derive(Debug)]
pub struct Mode {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it checks, in half a sentence.
    pub about: &'static str,
    /// Whether its verdict is that of a consistency model.
    pub models: bool,
    /// What it judges; of a history that has none of it the mode can say nothing.
    pub subject: &'static [Subject],
    /// Every anomaly that it can find.
    pub anomalies: &'static [&'static str],
    /// Every anomaly that we can find beyond them; where Jepsen throws, they themselves stand there too.
    pub beyond: &'static [&'static str],
    pub(super) check: fn(&History, Options) -> Judgement,
}

/// What a mode says.
#[derive(Clone, Debug, Default)]
pub(super) struct Judgement {
    pub(super) anomalies: Vec<Finding>,
    pub(super) beyond: Vec<Finding>,
    /// Why Jepsen would say `unknown`.
    pub(super) unknown: Vec<String>,
}

impl Mode {
    /// Whether a history holds anything that this mode judges.
    #[must_use]
    pub fn fits(&self, history: &History) -> bool {
        history.clients().any(|(_, operation)| {
            let holds = |verb: Verb| history.micros(operation).iter().any(|micro| micro.verb == verb);
            self.subject.iter().any(|subject| match *subject {
                Subject::Does(function) => operation.function == function,
                Subject::Holds(verb) => holds(verb),
                Subject::ReadsList => {
                    let lists = |micro: &Micro| micro.verb == Verb::Read && micro.collection;
                    history.micros(operation).iter().any(lists)
                }
            })
        })
    }

    /// Judges a history. One of another kind keeps every promise of this mode and shows nothing, so it is `unknown`, and whatever the
    /// checker found in it stands beyond the verdict.
    #[must_use]
    pub fn check(&self, history: &History, options: Options) -> Report {
        let mut judgement = (self.check)(history, options);
        if !self.fits(history) {
            judgement.beyond.append(&mut judgement.anomalies);
            let sentence = format!("nothing in this history is what `{}` judges", self.name);
            judgement.unknown.insert(0, sentence);
        }
        if self.models {
            // Also where they were moved beyond the verdict, but not what only we see.
            let all = judgement.anomalies.iter_mut().chain(&mut judgement.beyond);
            let judged = all.filter(|finding| self.anomalies.contains(&finding.kind.as_str()));
            judged.for_each(|finding| finding.allowed |= options.model.tolerates(&finding.kind));
        }
        let Judgement { anomalies, beyond, unknown } = judgement;
        let anomalies = found(anomalies);
        let verdict = if anomalies.iter().any(|finding| !finding.allowed) {
            Validity::Invalid
        } else if unknown.is_empty() {
            Validity::Valid
        } else {
            Validity::Unknown
        };
        Report {
            verdict,
            operations: history.operations.len() as u64,
            anomalies,
            checkers: vec![Judged { name: self.name.to_owned(), verdict }],
            beyond: found(beyond),
            unknown,
        }
    }
}
