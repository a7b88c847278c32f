//! A schedule: what happens in a run, as data. What a seed drew, what a person wrote, or what the shrinker left.

use std::collections::BTreeMap;
use std::fmt;

use broker::EventKind;
use checkers::{Kind, Path};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use thiserror::Error;

use crate::chaos::cast::Target;
use crate::chaos::fault::Fault;
use crate::nearest::{hint, nearest};

/// The version of the file format.
pub const VERSION: u32 = 1;

/// More steps than this are no schedule; seeds draw a dozen.
const STEPS: usize = 1_000;

/// One run, complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Schedule {
    /// The version of the format.
    pub version: u32,
    /// The scenario's name.
    pub scenario: String,
    /// The variant's name.
    pub variant: String,
    /// The engine's name.
    pub engine: String,
    /// The root seed of everything that is not written here.
    pub seed: u64,
    /// The system's numbers.
    #[serde(default)]
    pub knobs: BTreeMap<String, u64>,
    /// Whether a strike that would take the last sound copy of something is withheld, as in whatever a seed drew; what is
    /// written by hand is obeyed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub budgeted: bool,
    /// The faults.
    pub steps: Vec<Step>,
    /// What it must show, where it is kept for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
}

/// One fault and its moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// When it strikes.
    pub at: Moment,
    /// How long after that it is healed, in milliseconds; without it, at the end of the chaos.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heal_after_ms: Option<u64>,
    /// What strikes.
    pub inject: Fault,
}

/// When a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Moment {
    /// So many milliseconds after the start.
    Ms(u64),
    /// In the step in which something happens for the n-th time, before that step's outputs are performed; or so long after it.
    Event(EventMoment),
    /// So many milliseconds after the moment of the step that stands before it in the schedule; of the first one, after the start.
    Behind(u64),
}

/// The n-th occurrence of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EventMoment {
    /// The name of an observation or a mark.
    pub name: String,
    /// Which occurrence in the run, from 1.
    pub count: u64,
    /// Counts only what happens after the moment of the step that stands before this one in the schedule; for the first step
    /// everything does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub behind: bool,
    /// How long after that step, in milliseconds; 0 is in the step itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub after_ms: u64,
}

fn is_zero(ms: &u64) -> bool {
    *ms == 0
}

/// A kind of anomaly on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expect {
    /// What went wrong.
    pub anomaly: Kind,
    /// Where.
    pub path: Path,
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.anomaly, self.path)
    }
}

/// Why a text is not a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {what}{}", hint(.nearest.as_ref()))]
pub struct ScheduleError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// The valid name that comes nearest to an unknown one.
    pub nearest: Option<String>,
}

impl ScheduleError {
    /// The error at the first occurrence of `needle` in the file's text.
    #[must_use]
    pub fn at(text: &str, needle: &str, what: String, nearest: Option<String>) -> Self {
        let before = &text[..text.find(needle).unwrap_or(0)];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1) + 1;
        ScheduleError { line, column, what, nearest }
    }

    /// The error for an unknown name that stands in the file's text in quotes.
    #[must_use]
    pub fn unknown<'a>(text: &str, what: &str, given: &str, valid: impl Iterator<Item = &'a str>) -> Self {
        let nearest = nearest(given, valid);
        Self::at(text, &format!("\"{given}\""), format!("unknown {what} `{given}`"), nearest)
    }
}

impl Moment {
    /// The n-th occurrence of an event, from 1.
    #[must_use]
    pub fn event(name: &str, count: u64) -> Self {
        Moment::Event(EventMoment { name: name.to_owned(), count, behind: false, after_ms: 0 })
    }

    /// Whether it depends on when the moment of the step before it came.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        matches!(self, Moment::Behind(_)) || matches!(self, Moment::Event(event) if event.behind)
    }

    /// The same, counted from the moment of the step before.
    #[must_use]
    pub fn behind(self) -> Self {
        match self {
            Moment::Ms(ms) | Moment::Behind(ms) => Moment::Behind(ms),
            Moment::Event(event) => Moment::Event(EventMoment { behind: true, ..event }),
        }
    }

    /// So many milliseconds later.
    #[must_use]
    pub fn later(self, ms: u64) -> Self {
        match self {
            Moment::Ms(at) => Moment::Ms(at + ms),
            Moment::Behind(after) => Moment::Behind(after + ms),
            Moment::Event(event) => Moment::Event(EventMoment { after_ms: event.after_ms + ms, ..event }),
        }
    }
}

impl Step {
    /// A fault that is healed at the end of the chaos.
    #[must_use]
    pub fn new(at: Moment, inject: Fault) -> Self {
        Step { at, heal_after_ms: None, inject }
    }

    /// The kind of observation at which it strikes, if it waits for one.
    #[must_use]
    pub fn awaits(&self) -> Option<EventKind> {
        match &self.at {
            Moment::Ms(_) | Moment::Behind(_) => None,
            Moment::Event(event) => EventKind::named(&event.name),
        }
    }

    /// Heals it so many milliseconds after it struck.
    #[must_use]
    pub fn heal_after_ms(mut self, ms: u64) -> Self {
        self.heal_after_ms = Some(ms);
        self
    }
}

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`] with the place of whatever is not as it must be, unknown names and versions among it.
    pub fn from_json(text: &str) -> Result<Self, ScheduleError> {
        let schedule: Schedule = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
        if schedule.version != VERSION {
            let what = format!("version {} is unknown, this is version {VERSION}", schedule.version);
            return Err(ScheduleError::at(text, "\"version\"", what, None));
        }
        if schedule.steps.len() > STEPS {
            let what = format!(
                "{} steps, and {STEPS} are the most: every step is looked at at every event",
                schedule.steps.len()
            );
            return Err(ScheduleError::at(text, "\"steps\"", what, None));
        }
        schedule.steps.iter().try_for_each(|step| sensible(text, step))?;
        Ok(schedule)
    }

    /// The schedule without a step; one that is timed behind it strikes when it would have.
    #[must_use]
    pub fn without(&self, step: usize) -> Self {
        let mut schedule = self.clone();
        let left_out = schedule.steps.remove(step);
        if let Some(next) = schedule.steps.get_mut(step)
            && let Moment::Behind(ms) = next.at
        {
            next.at = left_out.at.later(ms);
        }
        schedule
    }

    /// As a file.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Plain data with string keys always serialises.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// Checks what is more than a matter of form.
fn sensible(text: &str, step: &Step) -> Result<(), ScheduleError> {
    within_a_century(text, step)?;
    let sides = matches!(&step.inject, Fault::Partition(partition) if !partition.halves.is_empty());
    if !sides && step.inject.targets().contains(&&Target::Minority) {
        let what = "`minority` is several nodes: it can be a side of `halves`".to_owned();
        return Err(ScheduleError::at(text, "\"minority\"", what, None));
    }
    let Moment::Event(event) = &step.at else {
        return match step.inject.targets().contains(&&Target::Actor) {
            true => Err(ScheduleError::at(
                text,
                "\"actor\"",
                "`actor` is whoever an event happens to: say `at` which event".to_owned(),
                None,
            )),
            false => Ok(()),
        };
    };
    if EventKind::named(&event.name).is_none() {
        let names = EventKind::all().map(EventKind::name);
        return Err(ScheduleError::unknown(text, "event", &event.name, names));
    }
    if event.count == 0 {
        let what = "occurrences are counted from 1".to_owned();
        return Err(ScheduleError::at(text, "\"count\"", what, None));
    }
    Ok(())
}

/// Nothing in a schedule takes longer, or is further away, so many milliseconds: in microseconds it could not be counted.
const CENTURY_MS: u64 = 100 * 366 * 24 * 3_600_000;

/// Refuses times beyond all reason, by the names that times have in files.
fn within_a_century(text: &str, step: &Step) -> Result<(), ScheduleError> {
    // Plain data with string keys always serialises.
    let Some((name, number)) = endless(&serde_json::to_value(step).unwrap_or_default()) else {
        return Ok(());
    };
    let what = format!("`{name}` is {number}, and can be {CENTURY_MS} at most, a hundred years");
    Err(ScheduleError::at(text, &number, what, None))
}

/// A number of milliseconds in here that is too large, and its name.
fn endless(value: &Value) -> Option<(String, String)> {
    match value {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let too_large =
                |number: &Number| number.as_i128().is_some_and(|ms| ms.unsigned_abs() > CENTURY_MS.into());
            match value {
                Value::Number(number) if (name == "ms" || name.ends_with("-ms")) && too_large(number) => {
                    Some((name.clone(), number.to_string()))
                }
                _ => endless(value),
            }
        }),
        Value::Array(values) => values.iter().find_map(endless),
        _ => None,
    }
}

/// What serde found, with the nearest of the names it would have taken.
fn unreadable(error: &serde_json::Error) -> ScheduleError {
    let message = error.to_string();
    let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    let mut quoted = what.split('`').skip(1).step_by(2);
    let nearest =
        what.starts_with("unknown").then(|| quoted.next().and_then(|given| nearest(given, quoted))).flatten();
    // The list of all valid names helps less than the nearest one.
    let what = what.split(", expected").next().unwrap_or(what);
    // A variant is something else here.
    let what = what.replace("unknown variant", "unknown name");
    ScheduleError { line: error.line(), column: error.column(), what, nearest }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DESIGN: &str = r#"{ "version": 1, "scenario": "commit-before-process", "variant": "unsafe", "engine": "direct", "seed": 17,
  "knobs": { "producers": 2, "records": 40 },
  "steps": [
    { "at": { "ms": 1200 }, "heal-after-ms": 2000,
      "inject": { "partition": { "isolate": { "leader": { "topic": "payments", "partition": 0 } }, "direction": "outbound", "streams": "hang" } } },
    { "at": { "event": { "name": "commit-before-effect", "count": 7 } },
      "inject": { "crash": { "target": { "member": { "group": "billing" } } } } } ],
  "expect": { "anomaly": "lost-unprocessed", "path": "consumer" } }"#;

    #[test]
    fn the_format_people_were_promised_reads_and_survives_a_round_trip() {
        let schedule = Schedule::from_json(DESIGN).unwrap();
        assert_eq!(schedule.steps.len(), 2);
        assert_eq!(Schedule::from_json(&schedule.to_json()).unwrap(), schedule);
    }

    #[test]
    fn typos_are_reported_where_they_are_with_the_nearest_name() {
        let cases = [
            ("\"heal-after-ms\"", "\"heal-after\"", 4, "heal-after-ms"),
            ("\"partition\": {", "\"partitoin\": {", 5, "partition"),
            ("\"outbound\"", "\"outbuond\"", 5, "outbound"),
            ("commit-before-effect", "commit-before-efect", 6, "commit-before-effect"),
            ("lost-unprocessed", "lost-unprocesed", 8, "lost-unprocessed"),
        ];
        for (right, wrong, line, nearest) in cases {
            let error = Schedule::from_json(&DESIGN.replacen(right, wrong, 1)).unwrap_err();
            assert_eq!((error.line, error.nearest.as_deref()), (line, Some(nearest)), "{error}");
        }
    }

    #[test]
    fn an_actor_without_an_event_is_refused_where_it_stands() {
        let actor = r#"{"version":1,"scenario":"s","variant":"v","engine":"direct","seed":1,"steps":[
 {"at":{"ms":5},"inject":{"crash":{"target":"actor"}}}]}"#;
        let error = Schedule::from_json(actor).unwrap_err();
        assert_eq!((error.line, error.column), (2, 45));
    }

    #[test]
    fn a_minority_is_a_side_of_halves_and_nothing_else() {
        let half = r#"{"version":1,"scenario":"s","variant":"v","engine":"direct","seed":1,"steps":[
 {"at":{"ms":5},"inject":{"partition":{"halves":["minority"]}}}]}"#;
        assert!(Schedule::from_json(half).is_ok());
        let one =
            half.replace(r#"{"partition":{"halves":["minority"]}}"#, r#"{"crash":{"target":"minority"}}"#);
        assert_eq!(Schedule::from_json(&one).unwrap_err().line, 2);
    }

    #[test]
    fn a_moment_after_an_event_reads_and_one_in_its_step_is_written_as_ever() {
        let after = r#"{"event":{"name":"append","count":2,"after-ms":5}}"#;
        let moment: Moment = serde_json::from_str(after).unwrap();
        assert_eq!(moment, Moment::event("append", 2).later(5));
        assert_eq!(serde_json::to_string(&moment).unwrap(), after);
        let in_its_step = serde_json::to_string(&Moment::event("append", 2)).unwrap();
        assert_eq!(in_its_step, r#"{"event":{"name":"append","count":2}}"#);
    }

    #[test]
    fn no_time_is_so_far_away_that_it_cannot_be_counted() {
        let endless = u64::MAX.to_string();
        let places = ["\"ms\": 1200", "\"heal-after-ms\": 2000", "\"count\": 7"];
        let endless = [
            format!("\"ms\": {endless}"),
            format!("\"heal-after-ms\": {endless}"),
            format!("\"count\": 7, \"after-ms\": {endless}"),
        ];
        for (right, wrong) in places.into_iter().zip(endless) {
            let error = Schedule::from_json(&DESIGN.replacen(right, &wrong, 1)).unwrap_err();
            assert!(error.what.contains("a hundred years"), "{error}");
        }
        let skewed = DESIGN.replacen(r#""crash": { "target""#, r#""clock-jump": { "ms": -9e17, "target""#, 1);
        assert!(Schedule::from_json(&skewed).is_err());
        let skewed = skewed.replacen("-9e17", "-900000000000000000", 1);
        let error = Schedule::from_json(&skewed).unwrap_err();
        assert!(error.line == 7 && error.what.contains("a hundred years"), "{error}");
    }

    #[test]
    fn a_schedule_that_would_take_for_ever_is_refused() {
        let schedule = Schedule::from_json(DESIGN).unwrap();
        let steps =
            |count| Schedule { steps: vec![schedule.steps[0].clone(); count], ..schedule.clone() }.to_json();
        assert!(Schedule::from_json(&steps(STEPS)).is_ok());
        let error = Schedule::from_json(&steps(STEPS + 1)).unwrap_err();
        assert!(error.line > 1 && error.what.contains("1000 are the most"), "{error}");
    }

    #[test]
    fn what_is_timed_behind_a_step_that_is_left_out_keeps_its_moment() {
        let schedule = Schedule::from_json(DESIGN).unwrap();
        let behind = Step { at: Moment::Behind(7), ..schedule.steps[0].clone() };
        let further = Step { at: Moment::Behind(5), ..behind.clone() };
        let schedule = Schedule { steps: vec![schedule.steps[0].clone(), behind, further], ..schedule };
        assert_eq!(schedule.without(0).steps[0].at, Moment::Ms(1_207));
        assert_eq!(schedule.without(0).without(0).steps[0].at, Moment::Ms(1_212));
        assert_eq!(schedule.without(1).steps[1].at, Moment::Behind(12));
        assert_eq!(schedule.without(2).steps, schedule.steps[..2]);
    }

    #[test]
    fn another_version_is_refused() {
        let error = Schedule::from_json(&DESIGN.replace("\"version\": 1", "\"version\": 2")).unwrap_err();
        assert_eq!((error.line, error.column), (1, 3));
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_file_is_read_or_refused_at_a_place_in_it(
            at in 0..DESIGN.len(), len in 0..40_usize, put in "\\PC{0,12}"
        ) {
            let end = (at + len).min(DESIGN.len());
            let text = format!("{}{put}{}", &DESIGN[..at], &DESIGN[end..]);
            if let Err(error) = Schedule::from_json(&text) {
                prop_assert!(error.line <= text.lines().count().max(1), "{error}");
            }
        }
    }
}
