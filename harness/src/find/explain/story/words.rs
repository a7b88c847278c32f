//! Parts of sentences that several of them have.

use checkers::{Name, Names, Offset, TopicPartition};

/// Names, one after the other.
pub(super) fn list(of: &[Name], names: &Names) -> String {
    match of {
        [] => "nobody".to_owned(),
        of => of.iter().map(|&name| names.text(name)).collect::<Vec<_>>().join(", "),
    }
}

/// Offsets, one after the other.
pub(super) fn offsets(of: &[Offset]) -> String {
    of.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// What a broker that comes up finds of a log.
pub(super) fn recovered(log: TopicPartition, end: Offset, dropped_bytes: u64, names: &Names) -> String {
    let log = names.log(log);
    let dropped = match dropped_bytes {
        0 => None,
        1 => Some("a damaged byte".to_owned()),
        bytes => Some(format!("{bytes} damaged bytes")),
    };
    match (end, dropped) {
        (0, None) => format!("finds nothing of {log}"),
        (0, Some(dropped)) => format!("finds nothing of {log} but {dropped}"),
        (end, None) => format!("finds {log} up to {end}"),
        (end, Some(dropped)) => format!("finds {log} up to {end} and {dropped}"),
    }
}
