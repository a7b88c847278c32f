//! Strongly connected components (Tarjan 1972), without recursion: a history of a million transactions can be one long path.

use super::{Graph, Relations, Vertex};

const UNSEEN: u32 = u32::MAX;

/// The components of more than one vertex, over the edges that have one of these relations; each sorted, the whole in the order
/// of their first vertices.
pub(crate) fn components(graph: &Graph, allowed: Relations) -> Vec<Vec<Vertex>> {
    let mut search = Search {
        graph,
        allowed,
        order: vec![UNSEEN; graph.vertices()],
        low: vec![UNSEEN; graph.vertices()],
        stacked: vec![false; graph.vertices()],
        stack: Vec::new(),
        next: 0,
        found: Vec::new(),
    };
    for vertex in (0..Vertex::MAX).take(graph.vertices()) {
        if search.order[vertex as usize] == UNSEEN {
            search.from(vertex);
        }
    }
    search.found.sort_unstable();
    search.found
}

struct Search<'g> {
    graph: &'g Graph,
    allowed: Relations,
    order: Vec<u32>,
    low: Vec<u32>,
    stacked: Vec<bool>,
    stack: Vec<Vertex>,
    next: u32,
    found: Vec<Vec<Vertex>>,
}

impl Search<'_> {
    fn from(&mut self, root: Vertex) {
        // Each frame is a vertex and the next of its edges.
        let mut frames = vec![(root, 0)];
        self.enter(root);
        while let Some((vertex, edge)) = frames.last_mut() {
            let (vertex, out) = (*vertex, self.graph.out(*vertex));
            let Some(&(to, relations)) = out.get(*edge) else {
                frames.pop();
                self.leave(vertex, frames.last().map(|(parent, _)| *parent));
                continue;
            };
            *edge += 1;
            if !relations.any(self.allowed) {
                continue;
            }
            if self.order[to as usize] == UNSEEN {
                self.enter(to);
                frames.push((to, 0));
            } else if self.stacked[to as usize] {
                self.lower(vertex, self.order[to as usize]);
            }
        }
    }

    fn enter(&mut self, vertex: Vertex) {
        self.order[vertex as usize] = self.next;
        self.low[vertex as usize] = self.next;
        self.next += 1;
        self.stacked[vertex as usize] = true;
        self.stack.push(vertex);
    }

    fn lower(&mut self, vertex: Vertex, to: u32) {
        let low = &mut self.low[vertex as usize];
        *low = (*low).min(to);
    }

    fn leave(&mut self, vertex: Vertex, parent: Option<Vertex>) {
        let low = self.low[vertex as usize];
        if let Some(parent) = parent {
            self.lower(parent, low);
        }
        if low != self.order[vertex as usize] {
            return;
        }
        let from = self.stack.iter().rposition(|&other| other == vertex).unwrap_or(0);
        let mut component = self.stack.split_off(from);
        component.iter().for_each(|&member| self.stacked[member as usize] = false);
        if component.len() > 1 {
            component.sort_unstable();
            self.found.push(component);
        }
    }
}
