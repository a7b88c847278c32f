//! Who wrote, read and missed what of whom: `wr` by the values themselves, `ww` and `rw` by what is known of their order.

use super::facts::{Access, Facts};
use super::versions::Version;
use crate::Phase;
use crate::graph::Relations;
use crate::jepsen::cycles::Edge;
use crate::jepsen::{Id, Row};

/// So many transactions that missed a value are followed; everybody who read `nil` missed every value that a register ever had.
const MISSES: usize = 20_000_000;

/// Those that wrote are those that succeeded, as Elle has it here, and these of unknown outcomes.
pub(super) fn data(
    facts: &Facts<'_>,
    versions: &[Version],
    seen: &[Row],
    unknown: &mut Vec<String>,
) -> Vec<Edge> {
    let mut edges = Vec::new();
    for read in &facts.reads {
        let writer = writer(facts, read.key, read.value, seen);
        edges.extend(writer.map(|writer| (writer, read.row, Relations::WR)));
    }
    let mut left_out = 0_usize;
    for &Version { key, before, after } in versions {
        let Some(overwriter) = writer(facts, key, after, seen) else { continue };
        let overwritten = writer(facts, key, before, seen);
        edges.extend(overwritten.map(|before| (before, overwriter, Relations::WW)));
        let readers = facts.readers(key, before);
        if edges.len() + readers.len() > MISSES {
            left_out += readers.len();
            continue;
        }
        edges.extend(readers.iter().map(|read| (read.row, overwriter, Relations::RW)));
    }
    if left_out > 0 {
        unknown.push(format!("{left_out} values that transactions missed were too many to follow"));
    }
    edges.retain(|(from, to, _)| from != to);
    edges
}

/// Who wrote a value to a register for others to see. Values are unique, so it is one at most.
fn writer(facts: &Facts<'_>, key: Id, value: Id, seen: &[Row]) -> Option<Row> {
    let succeeded = |row: Row| facts.history.operation(row).phase == Phase::Ok;
    let counts = |write: &&Access| succeeded(write.row) || seen.binary_search(&write.row).is_ok();
    facts.writers(key, value).iter().find(counts).map(|write| write.row)
}
