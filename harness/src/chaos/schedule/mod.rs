//! A schedule: what happens in a run, as data. What a seed drew, what a person wrote, or what the shrinker left.

#[cfg(test)]
mod tests;

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
    let one_by_one =
        step.inject.targets().into_iter().filter(|target| !step.inject.at_once().contains(target));
    if let Some(several) = one_by_one.into_iter().find_map(Target::of_several) {
        let kind = step.inject.kind().name();
        let what = format!("`{several}` is several nodes, and `{kind}` strikes one here");
        return Err(ScheduleError::at(text, &format!("\"{several}\""), what, None));
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
