//! Which forbidden cycles a graph has, one of each kind and component.
//!
//! A cycle is named by its weakest steps: only `ww` is G0; `ww` and `wr` is G1c; exactly one `rw` is G-single-item; several of which
//! no two stand side by side is G-nonadjacent-item; any others with several is G2-item, all as Elle names them. A cycle that needs
//! the order of a process or of real time is of the `-process` or `-realtime` variant. A component is searched from the worst kind on, and what one
//! kind implies is not searched again.
//!
//! A search that grows too long is given up and says so: which of the costly kinds a huge component has may stay open, but that
//! it has a cycle is known.

use super::components::components;
use super::{Graph, Relations, Vertex};

/// Steps that the search for cycles with `rw` may take in one component and kind.
const PATIENCE: usize = 20_000_000;

/// A kind of cycle, without its variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CycleKind {
    /// Writes interleave.
    G0,
    /// Information flows in a circle.
    G1c,
    /// One effect of a transaction was seen and another missed.
    GSingle,
    /// Several misses, with something seen between any two.
    GNonadjacent,
    /// Misses side by side: write skew.
    G2Item,
}

impl CycleKind {
    /// From the worst to the least.
    pub const ALL: &[CycleKind] =
        &[CycleKind::G0, CycleKind::G1c, CycleKind::GSingle, CycleKind::GNonadjacent, CycleKind::G2Item];

    fn name(self) -> &'static str {
        match self {
            CycleKind::G0 => "G0",
            CycleKind::G1c => "G1c",
            CycleKind::GSingle => "G-single-item",
            CycleKind::GNonadjacent => "G-nonadjacent-item",
            CycleKind::G2Item => "G2-item",
        }
    }

    /// Whether finding this kind makes finding the other superfluous.
    pub(super) fn implies(self, other: CycleKind) -> bool {
        match self {
            CycleKind::G0 => matches!(other, CycleKind::G0 | CycleKind::G1c),
            CycleKind::G1c => other == CycleKind::G1c,
            _ => other >= self,
        }
    }
}

/// A cycle that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Its kind.
    pub kind: CycleKind,
    /// The order beside the data that it needs: none, the process's, or real time's.
    pub variant: Relations,
    /// Its vertices; the last is followed by the first.
    pub vertices: Vec<Vertex>,
    /// Why each is followed by the next.
    pub steps: Vec<Relations>,
}

impl Cycle {
    /// Its name: that of its kind, with its variant.
    #[must_use]
    pub fn name(&self) -> String {
        let variant = match self.variant {
            Relations::PROCESS => "-process",
            Relations::REALTIME => "-realtime",
            _ => "",
        };
        format!("{}{variant}", self.kind.name())
    }
}

/// What a search came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The cycles, by kind and variant within each component.
    pub cycles: Vec<Cycle>,
    /// How many searches were given up.
    pub given_up: usize,
}

/// Searches a graph.
#[must_use]
pub fn cycles(graph: &Graph) -> Search {
    let any =
        Relations::WW.or(Relations::WR).or(Relations::RW).or(Relations::PROCESS).or(Relations::REALTIME);
    let mut search = Search::default();
    for members in components(graph, any) {
        let mut component = Component::new(graph.within(&members));
        for mut cycle in component.search(&mut search.given_up) {
            cycle.vertices.iter_mut().for_each(|vertex| *vertex = members[*vertex as usize]);
            search.cycles.push(cycle);
        }
    }
    search
}

/// The variants, from the one that needs least.
const VARIANTS: [Relations; 3] = [Relations(0), Relations::PROCESS, Relations::REALTIME];

/// A vertex, and whether a path came to it by `rw`.
type State = (Vertex, bool);

/// One component, and the memory of searches in it.
struct Component {
    graph: Graph,
    /// By vertex and way of arrival: the search that met it last, and from where that came.
    met: Vec<[u32; 2]>,
    from: Vec<[State; 2]>,
    searches: u32,
    queue: Vec<State>,
}

/// How a cycle of one kind is closed: it begins with a step of its own relation and comes back over others.
#[derive(Clone, Copy)]
struct Shape {
    own: Relations,
    others: Relations,
    rw: Rw,
}

/// Whether the way back may take `rw` too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rw {
    Never,
    /// Not right after another.
    Apart,
    Free,
}

impl Shape {
    fn of(kind: CycleKind, variant: Relations) -> Self {
        let ww = Relations::WW.or(variant);
        let (own, others, rw) = match kind {
            CycleKind::G0 => (Relations::WW, ww, Rw::Never),
            CycleKind::G1c => (Relations::WR, ww.or(Relations::WR), Rw::Never),
            CycleKind::GSingle => (Relations::RW, ww.or(Relations::WR), Rw::Never),
            CycleKind::GNonadjacent => (Relations::RW, ww.or(Relations::WR), Rw::Apart),
            CycleKind::G2Item => (Relations::RW, ww.or(Relations::WR), Rw::Free),
        };
        Shape { own, others, rw }
    }

    /// What a step of the way back stands for, after a step that was `rw` or not.
    fn step(self, relations: Relations, after_rw: bool) -> Option<Relations> {
        let over_rw = match self.rw {
            Rw::Never => false,
            Rw::Apart => !after_rw,
            Rw::Free => true,
        };
        let rw = (over_rw && relations.any(Relations::RW)).then_some(Relations::RW);
        relations.strongest(self.others).or(rw)
    }
}

impl Component {
    fn new(graph: Graph) -> Self {
        let vertices = graph.vertices();
        let (met, from) = (vec![[0; 2]; vertices], vec![[(0, false); 2]; vertices]);
        Component { graph, met, from, searches: 0, queue: Vec::new() }
    }

    fn search(&mut self, given_up: &mut usize) -> Vec<Cycle> {
        let mut found: Vec<Cycle> = Vec::new();
        for (rank, &variant) in VARIANTS.iter().enumerate() {
            let weaker = &VARIANTS[..=rank];
            for &kind in CycleKind::ALL {
                let implies = |cycle: &Cycle| weaker.contains(&cycle.variant) && cycle.kind.implies(kind);
                if found.iter().any(implies) {
                    continue;
                }
                match self.find(Shape::of(kind, variant)) {
                    Ok(cycle) => {
                        found.extend(cycle.filter(|cycle| (cycle.kind, cycle.variant) == (kind, variant)))
                    }
                    Err(GaveUp) => *given_up += 1,
                }
            }
        }
        found
    }

    fn find(&mut self, shape: Shape) -> Result<Option<Cycle>, GaveUp> {
        let (mut patience, Shape { own, others, .. }) = (PATIENCE, shape);
        // A cycle lies within one component of the relations that it may have.
        let home = homes(&self.graph, own.or(others));
        for vertex in 0..Vertex::try_from(self.graph.vertices()).unwrap_or(Vertex::MAX) {
            for edge in 0..self.graph.out(vertex).len() {
                let (to, relations) = self.graph.out(vertex)[edge];
                let begins = relations.strongest(own.or(others)) == Some(own);
                let inside = home[vertex as usize].is_some() && home[vertex as usize] == home[to as usize];
                if begins && inside && self.comes_back(to, vertex, shape, &mut patience)? {
                    return Ok(Some(self.cycle(vertex, to, shape)));
                }
            }
        }
        Ok(None)
    }

    /// Breadth-first from one vertex to another.
    fn comes_back(
        &mut self,
        from: Vertex,
        to: Vertex,
        shape: Shape,
        patience: &mut usize,
    ) -> Result<bool, GaveUp> {
        self.searches += 1;
        self.queue.clear();
        self.meet((from, shape.own == Relations::RW), (from, false));
        let mut at = 0;
        while let Some(&(vertex, after_rw)) = self.queue.get(at) {
            at += 1;
            // The first step of the cycle was an `rw`: where those stand apart the last must not be one.
            if vertex == to && !(shape.rw == Rw::Apart && after_rw && at > 1) {
                self.queue.truncate(at);
                return Ok(true);
            }
            for edge in 0..self.graph.out(vertex).len() {
                *patience = patience.checked_sub(1).ok_or(GaveUp)?;
                let (next, relations) = self.graph.out(vertex)[edge];
                if let Some(step) = shape.step(relations, after_rw) {
                    self.meet((next, shape.rw == Rw::Apart && step == Relations::RW), (vertex, after_rw));
                }
            }
        }
        Ok(false)
    }

    fn meet(&mut self, state: State, from: State) {
        let (vertex, way) = (state.0 as usize, usize::from(state.1));
        if self.met[vertex][way] != self.searches {
            self.met[vertex][way] = self.searches;
            self.from[vertex][way] = from;
            self.queue.push(state);
        }
    }

    /// The cycle whose way back was just found: from `second` to `first`.
    fn cycle(&self, first: Vertex, second: Vertex, shape: Shape) -> Cycle {
        let mut states: Vec<State> = self.queue.last().copied().into_iter().collect();
        let start = (second, shape.own == Relations::RW);
        while let Some(&state) = states.last()
            && state != start
        {
            states.push(self.from[state.0 as usize][usize::from(state.1)]);
        }
        states.reverse();
        let (mut vertices, mut steps) = (vec![first], vec![shape.own]);
        for pair in states.windows(2) {
            let [(from, after_rw), (to, _)] = *pair else { continue };
            vertices.push(from);
            steps.push(shape.step(self.graph.edge(from, to), after_rw).unwrap_or_default());
        }
        named(vertices, steps)
    }
}

/// A search that took too many steps.
struct GaveUp;

/// By vertex: its component over these relations, where that has more than one vertex.
fn homes(graph: &Graph, relations: Relations) -> Vec<Option<u32>> {
    let mut home = vec![None; graph.vertices()];
    for (number, members) in (0..).zip(components(graph, relations)) {
        members.iter().for_each(|&vertex| home[vertex as usize] = Some(number));
    }
    home
}

/// A cycle, named by its steps.
fn named(vertices: Vec<Vertex>, steps: Vec<Relations>) -> Cycle {
    let count = |relation| steps.iter().filter(|&&step| step == relation).count();
    let rw = |at: usize| steps[at % steps.len()] == Relations::RW;
    let kind = match count(Relations::RW) {
        0 if count(Relations::WR) == 0 => CycleKind::G0,
        0 => CycleKind::G1c,
        1 => CycleKind::GSingle,
        _ if (0..steps.len()).any(|at| rw(at) && rw(at + 1)) => CycleKind::G2Item,
        _ => CycleKind::GNonadjacent,
    };
    let variants = [Relations::REALTIME, Relations::PROCESS];
    let variant = variants.into_iter().find(|&variant| count(variant) > 0).unwrap_or_default();
    Cycle { kind, variant, vertices, steps }
}
