//! What an experiment found out about an anomaly, and how that is told.

use serde::Serialize;

use super::experiment::Share;
use crate::chaos::schedule::Schedule;

/// What an experiment found out about an anomaly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "culprit")]
pub enum Culprit {
    /// It comes with no fault at all.
    Configuration(Alone),
    /// It needs these faults, and they are enough.
    Faults(Faults),
    /// The experiment could not be made, or came to no end.
    NotDetermined {
        /// Why.
        why: String,
    },
}

/// No fault is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Alone {
    /// The schedule without a fault that shows it.
    #[serde(skip)]
    pub schedule: Schedule,
    /// How often it comes under other draws, without any fault.
    pub other_draws: Share,
    /// The record to which it comes there, where that is another than in the first run.
    pub record: Option<String>,
}

/// The faults that are needed, and enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Faults {
    /// The schedule with these alone.
    #[serde(skip)]
    pub schedule: Schedule,
    /// Each of them, in the order of that schedule.
    pub needed: Vec<Needed>,
    /// How often they show it under other draws.
    pub other_draws: Share,
    /// How often the first schedule shows it without any of them, by others of its faults.
    pub by_others: Share,
    /// The record to which it comes in the schedule with these alone, where that is another than in the first run.
    pub record: Option<String>,
    /// Where it is another: the faults without which it does not come to the first run's record under that run's own draws.
    pub here: Vec<String>,
    /// Whether the run was one of another engine: the faults are told as they struck when it was created again on `direct`.
    pub recreated: bool,
}

/// A fault without which the anomaly does not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Needed {
    /// Its place in the first schedule, from 0.
    pub step: usize,
    /// The fault in words, with whom it struck.
    pub words: String,
    /// How often the anomaly comes without it, the others being there, under other draws.
    pub without: Share,
    /// Whether the whole first schedule, without this step alone, shows the anomaly all the same: by others of its faults.
    pub by_others: bool,
}

impl Culprit {
    /// The smallest schedule that was found, where there is one.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        match self {
            Culprit::Configuration(alone) => Some(&alone.schedule),
            Culprit::Faults(faults) => Some(&faults.schedule),
            Culprit::NotDetermined { .. } => None,
        }
    }

    /// In a few words: the faults alone.
    #[must_use]
    pub fn brief(&self) -> String {
        match self {
            Culprit::Configuration(_) => "the configuration".to_owned(),
            Culprit::Faults(faults) => {
                let words: Vec<&str> = faults.needed.iter().map(|needed| needed.words.as_str()).collect();
                words.join("; and ")
            }
            Culprit::NotDetermined { .. } => "not determined".to_owned(),
        }
    }

    /// In sentences, one a line.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        match self {
            Culprit::Configuration(Alone { other_draws, record, .. }) => {
                let told = "culprit: the configuration; with no fault at all it comes in";
                let told = format!("{told} {other_draws} other draws of the network");
                [told].into_iter().chain(record.iter().map(|record| there(record))).collect()
            }
            Culprit::Faults(faults) => faults.told(),
            Culprit::NotDetermined { why } => vec![format!("culprit: not determined; {why}")],
        }
    }
}

/// That the smallest schedule shows it of another record.
fn there(record: &str) -> String {
    format!("there:  in the smallest schedule it comes to {record}, whose story is told of shrunk.json")
}

impl Faults {
    fn told(&self) -> Vec<String> {
        let together = if self.needed.len() > 1 { "together" } else { "alone" };
        let mut lines: Vec<String> = Vec::new();
        for (at, Needed { words, without, by_others, .. }) in self.needed.iter().enumerate() {
            let which = if at == 0 { "culprit:" } else { "    and:" };
            let by_others = if *by_others { "; in this run others do without it" } else { "" };
            lines.push(format!("{which} {words}; without it in {without} other draws{by_others}"));
        }
        lines.push(format!("enough: {together}, in {} other draws of the network", self.other_draws));
        if self.recreated {
            lines.push("times:  as the run was created again on direct, for the experiment".to_owned());
        }
        lines.extend(self.record.iter().map(|record| there(record)));
        lines.extend(
            self.here.iter().map(|words| format!("here:   to the record of this run it comes by {words}")),
        );
        if self.by_others.came > 0 {
            lines.push(format!(
                "others: what else struck brings it as well, in {} other draws",
                self.by_others
            ));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(came: u64) -> Share {
        Share { came, of: 60 }
    }

    fn schedule() -> Schedule {
        let text = r#"{"version":1,"scenario":"s","variant":"v","engine":"direct","seed":1,"steps":[]}"#;
        Schedule::from_json(text).unwrap()
    }

    fn needed(step: usize, words: &str, by_others: bool) -> Needed {
        Needed { step, words: words.to_owned(), without: share(0), by_others }
    }

    #[test]
    fn faults_are_told_with_what_each_does_and_whose_record_it_was() {
        let faults = Faults {
            schedule: schedule(),
            needed: vec![
                needed(0, "crash of broker-1 at 5 ms", false),
                needed(2, "pause of broker-2 at 9 ms", true),
            ],
            other_draws: share(55),
            by_others: share(3),
            record: Some("p2-7".to_owned()),
            here: vec!["stop of broker-3 at 2 ms".to_owned()],
            recreated: true,
        };
        let culprit = Culprit::Faults(faults);
        assert_eq!(culprit.brief(), "crash of broker-1 at 5 ms; and pause of broker-2 at 9 ms");
        insta::assert_snapshot!(culprit.told().join("\n"), @r"
        culprit: crash of broker-1 at 5 ms; without it in 0 of 60 other draws
            and: pause of broker-2 at 9 ms; without it in 0 of 60 other draws; in this run others do without it
        enough: together, in 55 of 60 other draws of the network
        times:  as the run was created again on direct, for the experiment
        there:  in the smallest schedule it comes to p2-7, whose story is told of shrunk.json
        here:   to the record of this run it comes by stop of broker-3 at 2 ms
        others: what else struck brings it as well, in 3 of 60 other draws
        ");
    }

    #[test]
    fn without_a_fault_it_is_the_configuration_and_what_is_not_known_is_said_to_be_so() {
        let alone =
            Culprit::Configuration(Alone { schedule: schedule(), other_draws: share(60), record: None });
        let told = "culprit: the configuration; with no fault at all it comes in 60 of 60 other draws of the network";
        assert_eq!(alone.told(), [told]);
        let unknown = Culprit::NotDetermined { why: "interrupted".to_owned() };
        assert_eq!(unknown.told(), ["culprit: not determined; interrupted"]);
        assert!(unknown.schedule().is_none());
    }
}
