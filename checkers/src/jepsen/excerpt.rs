//! The operations behind a witness, each cut down to what the witness is about.

use std::fmt::Write;

use super::{Element, Function, History, Micro, Operation, Verb};
use crate::Phase;
use crate::report::Witness;

/// So many operations are shown.
const OPERATIONS: usize = 12;

/// So many messages of one key are shown on either side of those that the witness names.
const AROUND: usize = 2;

/// One line for each of the first operations of a witness: index, process, type, function, value.
#[must_use]
pub fn excerpt(history: &History, witness: &Witness) -> Vec<String> {
    let operations = witness.operations.iter().take(OPERATIONS);
    let rows = operations.filter_map(|index| {
        let at = history.operations.binary_search_by_key(index, |operation| operation.index);
        at.ok().map(|at| &history.operations[at])
    });
    rows.map(|operation| line(history, operation, witness)).collect()
}

fn line(history: &History, operation: &Operation, witness: &Witness) -> String {
    let phase = match operation.phase {
        Phase::Invoke => "invoke",
        Phase::Ok => "ok",
        Phase::Fail => "fail",
        Phase::Info => "info",
    };
    let named = Function::NAMED.iter().find(|(_, function)| *function == operation.function);
    let function = match (named, operation.function) {
        (Some((name, _)), _) => (*name).to_owned(),
        (None, Function::Other(name)) => history.names.value(name).to_string(),
        (None, _) => String::new(),
    };
    let process = history.names.value(operation.process);
    let mut line = format!("{:>8}  process {process}  {phase:<6}  {function}  ", operation.index);
    for micro in history.micros(operation) {
        let key = history.value(micro.key);
        let concerns = micro.verb == Verb::Plain || witness.key.as_ref().is_none_or(|its| its == key);
        if concerns && micro.verb != Verb::Rebalanced {
            put(history, micro, witness, &mut line);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Writing to a string cannot fail.
fn put(history: &History, micro: &Micro, witness: &Witness, line: &mut String) {
    let key = history.value(micro.key);
    let elements = history.elements(micro);
    let shown = around(history, elements, witness);
    let list: Vec<String> = elements[shown.clone()].iter().map(|element| told(history, element)).collect();
    let dots = |more: bool| if more { "... " } else { "" };
    let after = if shown.end < elements.len() { " ..." } else { "" };
    let list = format!("{}{}{after}", dots(shown.start > 0), list.join(" "));
    let _ = match micro.verb {
        Verb::Send => write!(line, "[:send {key} {list}] "),
        Verb::Poll => write!(line, "[:poll {{{key} [{list}]}}] "),
        Verb::Write => write!(line, "[:w {key} {list}] "),
        Verb::Got => write!(line, "[:r {key} {list}] "),
        Verb::Append => write!(line, "[:append {key} {list}] "),
        Verb::Read if micro.collection => write!(line, "[:r {key} [{list}]] "),
        Verb::Read => write!(line, "[:r {key} nil] "),
        Verb::Plain if micro.collection => write!(line, "[{list}] "),
        Verb::Plain => write!(line, "{list} "),
        Verb::Rebalanced | Verb::Unknown => Ok(()),
    };
}

fn told(history: &History, element: &Element) -> String {
    let value = history.value(element.value);
    element.offset.map_or_else(|| value.to_string(), |offset| format!("[{offset} {value}]"))
}

/// The part of a list around the values that the witness names; its end where it names none of them.
fn around(history: &History, elements: &[Element], witness: &Witness) -> std::ops::Range<usize> {
    let named = |element: &Element| witness.values.contains(history.value(element.value));
    let first = elements.iter().position(named);
    let last = elements.iter().rposition(named);
    match first.zip(last) {
        Some((first, last)) if last - first <= 4 * AROUND => {
            first.saturating_sub(AROUND)..(last + 1 + AROUND).min(elements.len())
        }
        Some((first, _)) => first.saturating_sub(AROUND)..(first + 1 + AROUND).min(elements.len()),
        None => elements.len().saturating_sub(2 * AROUND)..elements.len(),
    }
}
