//! Exhaustive search for cycles in small graphs: every closed walk by its relations, and whether each kind exists.

use super::{CycleKind, Graph, Relations, Vertex};

/// Whether a graph has a cycle of this kind that needs nothing but the data and, for a variant, that order.
pub(super) fn exists(graph: &Graph, kind: CycleKind, variant: Relations) -> bool {
    let all = 0..u32::try_from(graph.vertices()).unwrap();
    all.into_iter().any(|start| walk(graph, kind, variant, start, &mut vec![start], &mut Vec::new()))
}

/// Extends a path over vertices not yet on it until it closes as a cycle of the kind.
fn walk(
    graph: &Graph,
    kind: CycleKind,
    variant: Relations,
    start: Vertex,
    path: &mut Vec<Vertex>,
    steps: &mut Vec<Relations>,
) -> bool {
    let Some(&last) = path.last() else { return false };
    for &(next, relations) in graph.out(last) {
        for step in [Relations::WW, Relations::WR, Relations::RW, variant] {
            // Who saw a write of another did not miss it: such an edge is never told as a miss.
            let saw = step == Relations::RW && relations.any(Relations::WW.or(Relations::WR));
            if saw || !relations.any(step) {
                continue;
            }
            steps.push(step);
            let closed = next == start && is(kind, variant, steps);
            let further = !path.contains(&next) && {
                path.push(next);
                let found = walk(graph, kind, variant, start, path, steps);
                path.pop();
                found
            };
            steps.pop();
            if closed || further {
                return true;
            }
        }
    }
    false
}

fn is(kind: CycleKind, variant: Relations, steps: &[Relations]) -> bool {
    let count = |relation| steps.iter().filter(|&&step| step == relation).count();
    let (rw, wr, ww) = (count(Relations::RW), count(Relations::WR), count(Relations::WW));
    let varied = variant == Relations::default() || count(variant) > 0;
    let side_by_side = (0..steps.len())
        .any(|at| steps[at] == Relations::RW && steps[(at + 1) % steps.len()] == Relations::RW);
    varied
        && match kind {
            CycleKind::G0 => rw + wr == 0 && ww > 0,
            CycleKind::G1c => rw == 0 && wr > 0,
            CycleKind::GSingle => rw == 1,
            CycleKind::GNonadjacent => rw > 1 && !side_by_side,
            CycleKind::G2Item => rw > 1 && side_by_side,
        }
}
