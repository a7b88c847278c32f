//! Names on the command line and in files: what is meant, or what comes nearest.

use std::ops::Range;

use thiserror::Error;

use super::LabError;
use crate::engine::Engine;
use crate::nearest::{hint, nearest};
use crate::scenario::{Scenario, Variant};

/// A name that is in no list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no {what} `{given}`{}", hint(.nearest.as_ref()))]
pub struct UnknownName {
    /// What was named: a scenario, a variant, an engine.
    pub what: &'static str,
    /// The name given.
    pub given: String,
    /// The valid name that comes nearest.
    pub nearest: Option<String>,
}

impl UnknownName {
    /// The error for `given`, with the nearest of `valid`.
    pub fn among<'a>(what: &'static str, given: &str, valid: impl Iterator<Item = &'a str>) -> Self {
        UnknownName { what, given: given.to_owned(), nearest: nearest(given, valid) }
    }
}

/// The scenario of this name.
pub fn scenario<'a>(catalogue: &'a [Scenario], name: &str) -> Result<&'a Scenario, UnknownName> {
    let found = catalogue.iter().find(|scenario| scenario.name == name);
    found.ok_or_else(|| UnknownName::among("scenario", name, catalogue.iter().map(|scenario| scenario.name)))
}

/// The variant of this name.
pub fn variant<'a>(scenario: &'a Scenario, name: &str) -> Result<&'a Variant, UnknownName> {
    let names = scenario.variants.iter().map(|variant| variant.name);
    scenario.find(name).ok_or_else(|| UnknownName::among("variant", name, names))
}

/// The engine of this name.
pub fn engine(name: &str) -> Result<Engine, UnknownName> {
    let found = Engine::ALL.iter().copied().find(|engine| engine.name() == name);
    found.ok_or_else(|| UnknownName::among("engine", name, Engine::ALL.iter().map(|engine| engine.name())))
}

/// The engines asked for: one, or every simulator of this build.
pub fn simulators(name: Option<&str>) -> Result<Vec<Engine>, LabError> {
    match name {
        Some(name) => {
            let engine = engine(name)?;
            engine.require()?;
            Ok(vec![engine])
        }
        None => Ok(Engine::ALL.iter().copied().filter(|e| e.simulated() && e.available()).collect()),
    }
}

/// The simulators of these names, or every one of this build.
pub fn simulators_among(names: &[String]) -> Result<Vec<Engine>, LabError> {
    if names.is_empty() {
        return simulators(None);
    }
    let engines = names.iter().map(|name| engine(name)).collect::<Result<Vec<_>, _>>()?;
    engines.iter().try_for_each(|engine| engine.require())?;
    match engines.iter().find(|engine| !engine.simulated()) {
        None => Ok(engines),
        Some(real) => {
            let what =
                format!("a run on {0} cannot be repeated from its seed: use `run --engine {0}`", real.name());
            Err(LabError::Usage(what))
        }
    }
}

/// A half-open range of seeds, `A..B`.
pub fn seeds(text: &str) -> Result<Range<u64>, String> {
    let parsed = text.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    match parsed {
        Some(range) if range.start < range.end => Ok(range),
        _ => Err(format!("`{text}` is not a range of seeds such as 0..100 (the end is not included)")),
    }
}

/// A duration such as `30s`, `500ms` or `2m`.
pub fn duration(text: &str) -> Result<std::time::Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => Some(1),
        "s" | "" => Some(1_000),
        "m" => Some(60_000),
        _ => None,
    };
    let parsed =
        number.parse::<u64>().ok().zip(millis).and_then(|(number, millis)| number.checked_mul(millis));
    let duration = parsed.map(std::time::Duration::from_millis);
    duration.ok_or_else(|| format!("`{text}` is not a duration such as 30s, 500ms or 2m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_engine_is_answered_with_the_nearest_one() {
        let error = engine("turmiol").unwrap_err();
        assert_eq!(error.to_string(), "there is no engine `turmiol`; did you mean `turmoil`?");
    }

    #[test]
    fn seeds_are_a_half_open_range() {
        assert_eq!(seeds("3..7"), Ok(3..7));
        assert!(seeds("7..3").is_err());
        assert!(seeds("7").is_err());
    }

    #[test]
    fn durations_need_a_unit_we_know() {
        assert_eq!(duration("30s"), Ok(std::time::Duration::from_secs(30)));
        assert_eq!(duration("250ms"), Ok(std::time::Duration::from_millis(250)));
        assert!(duration("3 weeks").is_err());
    }
}
