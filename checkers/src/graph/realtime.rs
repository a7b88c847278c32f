//! Who ended before who began, by as few edges as say so.

use super::{Relations, Vertex};

/// An event of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It begins.
    Begins(Vertex),
    /// It took effect, and says so.
    Ends(Vertex),
}

/// The edges of real time between transactions whose events come in the order of time.
///
/// A transaction that begins follows all that ended, but only those of them are linked that no other one of them follows: an
/// end takes the place of the ends before its own beginning. So no transaction has more edges into it than there were
/// processes.
#[must_use]
pub fn realtime(moments: &[Moment], vertices: usize) -> Vec<(Vertex, Vertex, Relations)> {
    realtime_through(moments, vertices, |_| true)
}

/// The same where not every transaction hands on what it follows: one that does not takes the place of none.
pub(crate) fn realtime_through(
    moments: &[Moment],
    vertices: usize,
    hands_on: impl Fn(Vertex) -> bool,
) -> Vec<(Vertex, Vertex, Relations)> {
    let mut edges: Vec<(Vertex, Vertex, Relations)> = Vec::new();
    // By transaction: where the edges into it lie.
    let mut into = vec![(0_usize, 0_usize); vertices];
    let mut ended: Vec<Vertex> = Vec::new();
    for moment in moments {
        match *moment {
            Moment::Begins(vertex) => {
                let from = edges.len();
                edges.extend(ended.iter().map(|&before| (before, vertex, Relations::REALTIME)));
                into[vertex as usize] = (from, edges.len());
            }
            Moment::Ends(vertex) => {
                let (from, to) = into[vertex as usize];
                if hands_on(vertex) {
                    ended.retain(|before| !edges[from..to].iter().any(|edge| edge.0 == *before));
                }
                ended.push(vertex);
            }
        }
    }
    edges
}
