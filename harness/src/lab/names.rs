//! Names on the command line and in files: what is meant, or what comes nearest.

use std::collections::BTreeSet;
use std::ops::Range;

use thiserror::Error;

use super::LabError;
use crate::engine::Engine;
use crate::nearest::{hint, nearest};
use crate::scenario::{Scenario, Variant};
use crate::seed::SEEDS_END;

/// A name that is in no list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no {what} `{given}`{}", .nearest.as_ref().map_or_else(|| all(.valid), |near| hint(Some(near))))]
pub struct UnknownName {
    /// What was named: a scenario, a variant, an engine.
    pub what: &'static str,
    /// The name given.
    pub given: String,
    /// The valid name that comes nearest, if any is near.
    pub nearest: Option<String>,
    /// Every valid name.
    pub valid: Vec<String>,
}

/// The end of a message about a name that is near to no other.
fn all(valid: &[String]) -> String {
    format!("; it is one of {}", valid.join(", "))
}

impl UnknownName {
    /// The error for `given`, with the nearest of `valid`.
    pub fn among<'a>(what: &'static str, given: &str, valid: impl Iterator<Item = &'a str>) -> Self {
        // Many scenarios have variants of the same name.
        let mut seen = BTreeSet::new();
        let valid: Vec<String> = valid.filter(|name| seen.insert(*name)).map(str::to_owned).collect();
        let nearest = nearest(given, valid.iter().map(String::as_str));
        UnknownName { what, given: given.to_owned(), nearest, valid }
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
    let wrong = || format!("`{text}` is not a range of seeds such as 0..100 (the end is not included)");
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let [from, to] = [from, to].map(|end| end.parse::<u128>().map_err(|_| wrong()));
    let (from, to) = (from?, to?);
    if to > u128::from(SEEDS_END) {
        return Err(format!("`{text}` ends behind the last seed: seeds are 0 to {}", SEEDS_END - 1));
    }
    if from >= to {
        return Err(format!("`{text}` has no seed in it: the end is not included"));
    }
    // Both are at most the end of all seeds, which is a number of 64 bits.
    Ok(u64::try_from(from).unwrap_or(SEEDS_END)..u64::try_from(to).unwrap_or(SEEDS_END))
}

/// A number of threads: from 1 to 1,024.
pub fn jobs(text: &str) -> Result<usize, String> {
    let parsed = text.parse().ok().filter(|jobs| (1..=1_024).contains(jobs));
    parsed.ok_or_else(|| format!("`{text}` is not a number of threads from 1 to 1024"))
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
        let error = UnknownName::among("variant", "zebra", ["unsafe", "safe", "unsafe"].into_iter());
        assert_eq!(error.to_string(), "there is no variant `zebra`; it is one of unsafe, safe");
        let error = engine("kafka").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no engine `kafka`; it is one of direct, turmoil, madsim, tokio"
        );
    }

    #[test]
    fn seeds_are_a_half_open_range() {
        assert_eq!(seeds("3..7"), Ok(3..7));
        assert!(seeds("7..3").is_err());
        assert!(seeds("7").is_err());
        assert!(seeds("7..7").unwrap_err().contains("no seed in it"));
        assert_eq!(seeds("0..9223372036854775808"), Ok(0..SEEDS_END));
        for endless in ["0..9223372036854775809", "18446744073709551610..18446744073709551615"] {
            assert!(seeds(endless).unwrap_err().contains("seeds are 0 to 9223372036854775807"), "{endless}");
        }
    }

    #[test]
    fn durations_need_a_unit_we_know() {
        assert_eq!(duration("30s"), Ok(std::time::Duration::from_secs(30)));
        assert_eq!(duration("250ms"), Ok(std::time::Duration::from_millis(250)));
        assert!(duration("3 weeks").is_err());
    }
}
