//! A schedule file, and what the names in it stand for.

use std::fs;
use std::path::Path;

use super::LabError;
use crate::chaos::cast::Target;
use crate::chaos::schedule::{Schedule, ScheduleError, Step};
use crate::engine::Engine;
use crate::run::knobs;
use crate::scenario::{Scenario, Variant};

/// A schedule that can be run.
pub struct Loaded<'a> {
    /// Its scenario.
    pub scenario: &'a Scenario,
    /// Its variant.
    pub variant: &'a Variant,
    /// Its engine.
    pub engine: Engine,
    /// The schedule.
    pub schedule: Schedule,
}

/// Reads a schedule.
///
/// # Errors
///
/// [`LabError`] when the file cannot be read, is no schedule, or names what is not there; with line and column.
pub fn load<'a>(catalogue: &'a [Scenario], path: &Path) -> Result<Loaded<'a>, LabError> {
    let text = fs::read_to_string(path).map_err(|error| LabError::Read { path: path.to_owned(), error })?;
    let wrong = |error| LabError::Schedule { path: path.to_owned(), error };
    let schedule = Schedule::from_json(&text).map_err(wrong)?;
    let (scenario, variant) = resolve(catalogue, &text, &schedule).map_err(wrong)?;
    let engine = engine(&text, &schedule).map_err(wrong)?;
    Ok(Loaded { scenario, variant, engine, schedule })
}

/// What the names in a schedule stand for.
fn resolve<'a>(
    catalogue: &'a [Scenario],
    text: &str,
    schedule: &Schedule,
) -> Result<(&'a Scenario, &'a Variant), ScheduleError> {
    let named = |scenario: &&Scenario| scenario.name == schedule.scenario;
    let Some(scenario) = catalogue.iter().find(named) else {
        let names = catalogue.iter().map(|scenario| scenario.name);
        return Err(ScheduleError::unknown(text, "scenario", &schedule.scenario, names));
    };
    let Some(variant) = scenario.find(&schedule.variant) else {
        let names = scenario.variants.iter().map(|variant| variant.name);
        return Err(ScheduleError::unknown(text, "variant", &schedule.variant, names));
    };
    known_knobs(text, variant, schedule)?;
    within_the_promise(text, scenario, variant, schedule)?;
    let cast = variant.system.cast(&schedule.knobs);
    for target in schedule.steps.iter().flat_map(|step| step.inject.targets()) {
        let (what, given, valid) = match target {
            Target::Leader(log) => ("topic", &log.topic, &cast.topics),
            Target::Follower(of) => ("topic", &of.topic, &cast.topics),
            Target::Member(member) => ("group", &member.group, &cast.groups),
            Target::Rack(n) if !(1..=cast.racks.len()).contains(n) => {
                let what = format!("there is no rack {n}: there are {}", cast.racks.len());
                return Err(ScheduleError::at(text, "\"rack\"", what, None));
            }
            _ => continue,
        };
        if !valid.contains(given) {
            return Err(ScheduleError::unknown(text, what, given, valid.iter().map(String::as_str)));
        }
    }
    let groups = || cast.groups.iter().map(String::as_str);
    let mut asked = schedule.steps.iter().filter_map(|step| step.inject.group());
    match asked.find(|group| !groups().any(|known| known == *group)) {
        Some(unknown) => Err(ScheduleError::unknown(text, "group", unknown, groups())),
        None => Ok((scenario, variant)),
    }
}

fn known_knobs(text: &str, variant: &Variant, schedule: &Schedule) -> Result<(), ScheduleError> {
    let knobs = knobs(variant);
    for (name, &number) in &schedule.knobs {
        let Some(knob) = knobs.iter().find(|knob| knob.name == name) else {
            let names = knobs.iter().map(|knob| knob.name);
            return Err(ScheduleError::unknown(text, "knob", name, names));
        };
        knob.check(number)
            .map_err(|error| ScheduleError::at(text, &format!("\"{name}\""), error.to_string(), None))?;
    }
    Ok(())
}

/// What holds is judged by what it promises: a fault that it does not promise to survive would prove nothing against it.
fn within_the_promise(
    text: &str,
    scenario: &Scenario,
    variant: &Variant,
    schedule: &Schedule,
) -> Result<(), ScheduleError> {
    let beyond = |step: &&Step| variant.expect.is_none() && !variant.survives(&scenario.faults, step);
    match schedule.steps.iter().find(beyond) {
        None => Ok(()),
        Some(step) => {
            let beyond = step.inject.kind();
            let what = format!("`{}` is not what `{}` promises to survive", beyond.name(), variant.name);
            Err(ScheduleError::at(text, &format!("\"{}\"", beyond.name()), what, None))
        }
    }
}

fn engine(text: &str, schedule: &Schedule) -> Result<Engine, ScheduleError> {
    let found = Engine::ALL.iter().copied().find(|engine| engine.name() == schedule.engine);
    let names = Engine::ALL.iter().map(|engine| engine.name());
    found.ok_or_else(|| ScheduleError::unknown(text, "engine", &schedule.engine, names))
}
