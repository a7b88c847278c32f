//! What a checker is: a fold over the history, judged at its end.

use crate::Value;
use crate::nearest::{Faults, Near};
use crate::report::{Finding, Witness};
use crate::{
    Anomaly, Entry, Kind, Ledger, MessageId, Name, Names, Path, Time, TopicPartition, Validity, Verdict,
    Waited, Wanted,
};

/// So many anomalies of one kind and path are shown; the rest are counted, so that a verdict does not explode.
pub const SHOWN: usize = 10;

/// One property. Facts about messages, logs, groups and sinks are in the shared [`Ledger`]; a checker folds only what is its
/// own.
pub trait Checker: Send {
    /// Its name, that of its file.
    fn name(&self) -> &'static str;

    /// Which events it is shown; one that lives on the ledger alone needs none.
    fn wants(&self) -> Wanted {
        Wanted::NOTHING
    }

    /// Sees one entry of the events that it wants, in the order of the history.
    fn see(&mut self, _entry: &Entry) {}

    /// Judges the whole.
    fn finish(&mut self, case: &Case<'_>) -> Findings;

    /// Forgets the history that it saw.
    fn reset(&mut self) {}
}

/// Everything there is to judge.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The names of this history.
    pub names: &'a Names,
    /// The closed ledger.
    pub ledger: &'a Ledger,
    /// The faults that struck.
    pub faults: &'a Faults,
}

impl<'a> Case<'a> {
    /// The fault to tell for what a broker lost after a moment.
    #[must_use]
    pub fn broker_fault(&self, moment: Time) -> Option<Near<'a>> {
        let is_client = |text: &str| self.named(text).is_some_and(|process| self.ledger.is_client(process));
        self.faults.since_besides_clients(moment, self.names, is_client)
    }

    fn named(&self, text: &str) -> Option<Name> {
        let at = self.names.texts().position(|other| other == text)?;
        u32::try_from(at).ok().map(Name)
    }

    /// The text of a message.
    #[must_use]
    pub fn text(&self, slot: u32) -> String {
        self.names.message(self.message_id(slot))
    }

    /// The text of a log.
    #[must_use]
    pub fn log(&self, log: u32) -> String {
        self.names.log(self.log_id(log))
    }

    fn message_id(&self, slot: u32) -> MessageId {
        self.ledger.message(slot).id
    }

    fn log_id(&self, log: u32) -> TopicPartition {
        self.ledger.logs[log as usize].id
    }
}

/// What an anomaly rests on.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The messages; the first is the one the sentence is about.
    pub messages: Vec<String>,
    /// What happened, without a full stop.
    pub sentence: String,
    /// The fault that is told with it.
    pub fault: Option<Near<'a>>,
    /// When it went wrong, in microseconds of the run, where anybody knows: the fault is told relative to it.
    pub moment: Option<Time>,
}

/// What one checker found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    anomalies: Vec<Anomaly>,
    unknown: Vec<String>,
    tallies: Vec<((Kind, Path), usize)>,
    waits: Vec<Waited>,
}

impl Findings {
    /// Reports an anomaly. The evidence is put into words only while the anomaly is among the first [`SHOWN`] of its kind
    /// and path.
    pub fn report<'a>(
        &mut self,
        case: &Case<'_>,
        kind: Kind,
        path: Path,
        evidence: impl FnOnce() -> Evidence<'a>,
    ) {
        if self.count(kind, path) > SHOWN {
            return;
        }
        let Evidence { messages, mut sentence, fault, moment } = evidence();
        if let Some(near) = fault {
            sentence.push_str("; ");
            sentence.push_str(&near.told(moment, case.names));
        }
        let nearest_fault = fault.map(|near| near.in_verdict(case.names));
        self.anomalies.push(Anomaly { kind, path, messages, nearest_fault, sentence });
    }

    /// Says why it could not look.
    pub fn could_not_look(&mut self, sentence: String) {
        self.unknown.push(sentence);
    }

    /// Says how long was waited for what.
    pub fn waited(&mut self, waits: Vec<Waited>) {
        self.waits.extend(waits);
    }

    /// What these findings say by themselves: the worst of all.
    pub(crate) fn validity(&self) -> Validity {
        if !self.anomalies.is_empty() {
            Validity::Invalid
        } else if self.unknown.is_empty() {
            Validity::Valid
        } else {
            Validity::Unknown
        }
    }

    /// The findings by kind and path, each with its number of cases; and the reasons for not looking.
    pub(crate) fn listed(mut self) -> (Vec<Finding>, Vec<String>) {
        self.anomalies.sort_by(|left, right| order(left).cmp(&order(right)));
        let mut findings: Vec<Finding> = Vec::new();
        for anomaly in self.anomalies {
            let class = (anomaly.kind, anomaly.path);
            let same = |finding: &Finding| finding.kind == class.0.name() && finding.path == Some(class.1);
            let at = findings.iter().position(same).unwrap_or_else(|| {
                findings.push(Finding::new(class.0.name()).on(class.1));
                findings.len() - 1
            });
            findings[at].add(|| Witness {
                values: anomaly.messages.into_iter().map(Value::Text).collect(),
                sentence: anomaly.sentence,
                ..Witness::default()
            });
            let total = self.tallies.iter().find(|(other, _)| *other == class).map(|(_, total)| *total);
            findings[at].count = total.unwrap_or(findings[at].count);
        }
        (findings, self.unknown)
    }

    /// Takes over what another checker found.
    pub(crate) fn merge(&mut self, other: Findings) {
        self.anomalies.extend(other.anomalies);
        self.unknown.extend(other.unknown);
        self.waits.extend(other.waits);
        for (class, total) in other.tallies {
            *self.tally(class) += total;
        }
    }

    /// The worst of all that was found: the anomalies in the order of kind, path and message, the first of each class saying how
    /// many there are, the reasons for not looking, and the waits.
    pub(crate) fn verdict(mut self) -> Verdict {
        let validity = self.validity();
        self.anomalies.sort_by(|left, right| order(left).cmp(&order(right)));
        for (class, total) in self.tallies {
            let mut shown = self.anomalies.iter_mut();
            if let Some(first) = shown.find(|anomaly| (anomaly.kind, anomaly.path) == class)
                && total > SHOWN
            {
                first.sentence.push_str(&format!(" (one of {total} such anomalies)"));
            }
        }
        Verdict { validity, anomalies: self.anomalies, unknown: self.unknown, waits: self.waits }
    }

    fn count(&mut self, kind: Kind, path: Path) -> usize {
        let total = self.tally((kind, path));
        *total += 1;
        *total
    }

    fn tally(&mut self, class: (Kind, Path)) -> &mut usize {
        let at = self.tallies.iter().position(|(other, _)| *other == class);
        let at = at.unwrap_or_else(|| {
            self.tallies.push((class, 0));
            self.tallies.len() - 1
        });
        &mut self.tallies[at].1
    }
}

/// Short ids before long ones, so that `p1-9` stands before `p1-10`.
/// A panic comes first: the others may be what it left behind.
fn order(anomaly: &Anomaly) -> (bool, Kind, Path, Option<(usize, &str)>) {
    let first = anomaly.messages.first();
    let message = first.map(|text| (text.len(), text.as_str()));
    (anomaly.kind != Kind::Panicked, anomaly.kind, anomaly.path, message)
}
