//! A step of a schedule in words, with what it struck in a run where that is known.

use serde_json::{Number, Value};

use crate::chaos::cast::Target;
use crate::chaos::fault::Fault;
use crate::chaos::nemesis::Hit;
use crate::chaos::schedule::{Moment, Step};

/// A step in words: `crash of broker-2 (leader of payments/0) at 120 ms, undone 300 ms later`.
#[must_use]
pub fn words(step: &Step, hit: Option<&Hit>) -> String {
    let fault = step.inject.kind().name();
    let aimed: Vec<String> = step.inject.targets().into_iter().map(Target::to_string).collect();
    let aimed =
        if aimed.is_empty() { step.inject.group().unwrap_or("all").to_owned() } else { aimed.join(" and ") };
    let at = moment(&step.at);
    let (target, at) = match hit {
        None => (aimed, at),
        Some(hit) => {
            let roles = step.inject.targets().into_iter().filter(|target| is_a_role(target));
            let roles: Vec<String> = roles.map(Target::to_string).collect();
            let roles = if roles.is_empty() { String::new() } else { format!(" ({})", roles.join(", ")) };
            let target = format!("{}{roles}", hit.target);
            let exactly = format!("at {} ms", hit.time / 1_000);
            (target, if matches!(step.at, Moment::Ms(_)) { exactly } else { format!("{exactly}, {at}") })
        }
    };
    let numbers = numbers(&step.inject).into_iter().map(|number| format!(", {number}")).collect::<String>();
    let planned = || step.heal_after_ms;
    let seen = |hit: &Hit| hit.undone.map(|undone| undone.saturating_sub(hit.time) / 1_000);
    let undone =
        hit.map_or_else(planned, seen).map(|ms| format!(", undone {ms} ms later")).unwrap_or_default();
    format!("{fault} of {target} {at}{numbers}{undone}")
}

/// Whether a target says more than the name of whoever was struck.
fn is_a_role(target: &Target) -> bool {
    match target {
        Target::Controller | Target::Broker(_) | Target::Producer(_) => false,
        Target::Actor | Target::Struck | Target::Random | Target::Minority => false,
        Target::Coordinator | Target::Leader(_) | Target::Follower(_) => true,
        Target::Member(_) | Target::Rack(_) => true,
    }
}

fn moment(at: &Moment) -> String {
    match at {
        Moment::Ms(ms) => format!("at {ms} ms"),
        Moment::Behind(ms) => format!("{ms} ms behind the step before"),
        Moment::Event(event) => {
            let after =
                if event.after_ms > 0 { format!("{} ms after ", event.after_ms) } else { "at ".to_owned() };
            let behind = if event.behind { " behind the step before" } else { "" };
            format!("{after}{} {}{behind}", event.name, event.count)
        }
    }
}

/// What else a fault says of itself: whatever stands in its file that is no target.
fn numbers(fault: &Fault) -> Vec<String> {
    // Plain data with string keys always serialises, as an object with the kind for its one key.
    let Ok(Value::Object(fault)) = serde_json::to_value(fault) else { return Vec::new() };
    let fields = fault.into_iter().filter_map(|(_, fields)| match fields {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    let plain = fields.flatten().filter_map(|(name, value)| match value {
        Value::Number(number) => Some(told(&name, &number)),
        Value::Bool(true) => Some(name.replace('-', " ")),
        Value::String(text) if is_word(&name) => Some(format!("{name} {text}")),
        _ => None,
    });
    plain.collect()
}

/// A number with its unit: `every-ms` and 357 are `every 357 ms`.
fn told(name: &str, number: &Number) -> String {
    match name.strip_suffix("ms").map(|what| what.trim_end_matches('-')) {
        Some("") => format!("{number} ms"),
        Some(what) => format!("{} {number} ms", what.replace('-', " ")),
        None => format!("{} {number}", name.replace('-', " ")),
    }
}

/// The fields of faults whose text is neither a target nor a group.
fn is_word(field: &str) -> bool {
    matches!(field, "direction" | "streams" | "file" | "way")
}

#[cfg(test)]
mod tests {
    use broker::NodeId;

    use super::*;
    use crate::chaos::fault::ClockJump;

    #[test]
    fn a_step_is_told_with_its_moment_its_numbers_and_whom_it_struck() {
        let crash =
            Step::new(Moment::Ms(120), Fault::crash(Target::leader("payments", 0))).heal_after_ms(300);
        let hit = Hit {
            step: 0,
            time: 120_000,
            target: "broker-2".to_owned(),
            nodes: vec![NodeId(2)],
            undone: Some(370_500),
        };
        assert_eq!(
            words(&crash, Some(&hit)),
            "crash of broker-2 (leader of payments/0) at 120 ms, undone 250 ms later"
        );
        let jump = Fault::from(ClockJump { target: Target::Broker(1), ms: -500 });
        let jump = Step::new(Moment::event("append", 3).later(5).behind(), jump);
        assert_eq!(
            words(&jump, None),
            "clock-jump of broker 1 5 ms after append 3 behind the step before, -500 ms"
        );
    }
}
