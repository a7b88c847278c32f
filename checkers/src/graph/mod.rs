//! Dependency graphs between transactions, and the cycles that isolation forbids.
//!
//! Source: Adya, Liskov, O'Neil, "Generalized Isolation Level Definitions" (ICDE 2000); Kingsbury, Alvaro, "Elle" (VLDB 2020).

mod components;
mod cycles;
#[cfg(test)]
mod oracle;
mod realtime;
#[cfg(test)]
mod tests;

pub(crate) use components::components;
pub use cycles::{Cycle, CycleKind, Search, cycles};
pub(crate) use realtime::realtime_through;
pub use realtime::{Moment, realtime};

/// A transaction's number.
pub type Vertex = u32;

/// Which relations an edge stands for, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relations(u8);

impl Relations {
    /// The one wrote what the other overwrote next.
    pub const WW: Relations = Relations(1);
    /// The other read what the one wrote.
    pub const WR: Relations = Relations(2);
    /// The one read what the other overwrote next.
    pub const RW: Relations = Relations(4);
    /// One process did the one before the other.
    pub const PROCESS: Relations = Relations(8);
    /// The one ended before the other began.
    pub const REALTIME: Relations = Relations(16);

    /// These and those.
    #[must_use]
    pub const fn or(self, other: Relations) -> Relations {
        Relations(self.0 | other.0)
    }

    /// Whether any of those is among these.
    #[must_use]
    pub const fn any(self, of: Relations) -> bool {
        self.0 & of.0 != 0
    }

    /// The strongest of them that is allowed: what tells most about why the one came before the other.
    #[must_use]
    pub fn strongest(self, allowed: Relations) -> Option<Relations> {
        let all = [Self::WW, Self::WR, Self::RW, Self::PROCESS, Self::REALTIME];
        all.into_iter().find(|&relation| self.any(relation) && allowed.any(relation))
    }

    /// The name of a single relation.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WW => "ww",
            Self::WR => "wr",
            Self::RW => "rw",
            Self::PROCESS => "process",
            Self::REALTIME => "realtime",
            _ => "several",
        }
    }
}

/// A directed graph: for every vertex its edges, sorted by where they lead.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Where the edges of each vertex begin; one more than there are vertices.
    begins: Vec<u32>,
    edges: Vec<(Vertex, Relations)>,
}

impl Graph {
    /// A graph over vertices below `vertices`. Edges to oneself are left out, and several edges between two become one.
    #[must_use]
    pub fn new(vertices: usize, mut edges: Vec<(Vertex, Vertex, Relations)>) -> Self {
        edges.retain(|(from, to, _)| from != to);
        edges.sort_unstable();
        edges.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 = kept.2.or(next.2);
            }
            same
        });
        let mut begins = Vec::with_capacity(vertices + 1);
        for vertex in (0..=Vertex::MAX).take(vertices + 1) {
            let from = begins.last().map_or(0, |&from| from as usize);
            let more = edges[from..].iter().take_while(|edge| edge.0 < vertex).count();
            begins.push(u32::try_from(from + more).unwrap_or(u32::MAX));
        }
        Graph { begins, edges: edges.into_iter().map(|(_, to, relations)| (to, relations)).collect() }
    }

    /// The part of it between these vertices, which are sorted; their places become their numbers.
    fn within(&self, members: &[Vertex]) -> Graph {
        let (mut begins, mut edges) = (vec![0], Vec::new());
        for &vertex in members {
            let inside = self.out(vertex).iter().filter_map(|&(to, relations)| {
                let place = members.binary_search(&to).ok()?;
                Some((Vertex::try_from(place).ok()?, relations))
            });
            edges.extend(inside);
            begins.push(u32::try_from(edges.len()).unwrap_or(u32::MAX));
        }
        Graph { begins, edges }
    }

    /// Whether nothing is related to anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// How many vertices there are.
    #[must_use]
    pub fn vertices(&self) -> usize {
        self.begins.len().saturating_sub(1)
    }

    /// How many edges there are.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.edges.len()
    }

    /// Where the edges of a vertex lead, and why.
    #[must_use]
    pub fn out(&self, vertex: Vertex) -> &[(Vertex, Relations)] {
        let range = self.begins[vertex as usize] as usize..self.begins[vertex as usize + 1] as usize;
        &self.edges[range]
    }

    /// What relates two vertices.
    #[must_use]
    pub fn edge(&self, from: Vertex, to: Vertex) -> Relations {
        let out = self.out(from);
        out.binary_search_by_key(&to, |edge| edge.0).map_or(Relations::default(), |at| out[at].1)
    }
}
