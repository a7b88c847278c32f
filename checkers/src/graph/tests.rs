//! Cycles against their oracle, and each kind by its smallest example.

use proptest::prelude::*;

use super::{CycleKind, Graph, Moment, Relations, Vertex, cycles, oracle, realtime};

const NONE: Relations = Relations(0);

fn names(vertices: usize, edges: &[(Vertex, Vertex, Relations)]) -> Vec<String> {
    let search = cycles(&Graph::new(vertices, edges.to_vec()));
    assert_eq!(search.given_up, 0);
    search.cycles.iter().map(super::Cycle::name).collect()
}

#[test]
fn each_kind_is_found_by_its_smallest_example_and_called_by_its_weakest_steps() {
    use Relations as R;
    assert_eq!(names(2, &[(0, 1, R::WW), (1, 0, R::WW)]), ["G0"]);
    assert_eq!(names(2, &[(0, 1, R::WW), (1, 0, R::WR)]), ["G1c"]);
    assert_eq!(names(2, &[(0, 1, R::WR), (1, 0, R::RW)]), ["G-single-item"]);
    assert_eq!(
        names(4, &[(0, 1, R::RW), (1, 2, R::WR), (2, 3, R::RW), (3, 0, R::WR)]),
        ["G-nonadjacent-item"]
    );
    assert_eq!(names(2, &[(0, 1, R::RW), (1, 0, R::RW)]), ["G2-item"]);
    assert_eq!(names(2, &[(0, 1, R::WR), (1, 0, R::REALTIME)]), ["G1c-realtime"]);
    assert_eq!(names(2, &[(0, 1, R::RW), (1, 0, R::PROCESS.or(R::REALTIME))]), ["G-single-item-process"]);
    assert_eq!(names(3, &[(0, 1, R::WW), (1, 2, R::WR), (0, 2, R::RW)]), Vec::<String>::new());
}

#[test]
fn what_a_worse_cycle_implies_is_not_told_again_but_other_kinds_are() {
    use Relations as R;
    let edges = [(0, 1, R::WW), (1, 0, R::WW), (1, 2, R::WR), (2, 1, R::RW), (2, 0, R::RW)];
    assert_eq!(names(3, &edges), ["G0", "G-single-item"]);
}

#[test]
fn a_cycle_shows_its_vertices_and_why_each_is_followed_by_the_next() {
    let edges =
        vec![(4, 7, Relations::WR), (7, 5, Relations::WW), (5, 4, Relations::RW), (5, 6, Relations::WW)];
    let found = cycles(&Graph::new(9, edges)).cycles;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].vertices, [5, 4, 7]);
    assert_eq!(found[0].steps, [Relations::RW, Relations::WR, Relations::WW]);
}

#[test]
fn a_path_of_a_million_transactions_is_walked_without_recursion() {
    let last = 1_000_000;
    let mut edges: Vec<_> = (0..last).map(|from| (from, from + 1, Relations::WW)).collect();
    edges.push((last, 0, Relations::WR));
    let found = cycles(&Graph::new(1_000_001, edges)).cycles;
    assert_eq!((found.len(), found[0].vertices.len()), (1, 1_000_001));
}

#[test]
fn real_time_links_only_the_last_ends_before_a_beginning() {
    use Moment::{Begins, Ends};
    // 0 ends before 1 and 2 begin; 1 and 2 overlap; 3 follows both, and 0 through them.
    let moments = [Begins(0), Ends(0), Begins(1), Begins(2), Ends(1), Ends(2), Begins(3)];
    let edges: Vec<_> = realtime(&moments, 4).into_iter().map(|(from, to, _)| (from, to)).collect();
    assert_eq!(edges, [(0, 1), (0, 2), (1, 3), (2, 3)]);
}

fn graph() -> impl Strategy<Value = Graph> {
    let relation = prop::sample::select(vec![1_u8, 2, 4, 4, 16, 3, 6, 20, 8, 24]);
    let edge = (0_u32..5, 0_u32..5, relation).prop_map(|(from, to, bits)| (from, to, Relations(bits)));
    prop::collection::vec(edge, 0..11).prop_map(|edges| Graph::new(5, edges))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_found_exists_and_what_exists_is_found_or_implied(graph in graph()) {
        let found = cycles(&graph).cycles;
        for &variant in &[NONE, Relations::PROCESS, Relations::REALTIME] {
            for &kind in CycleKind::ALL {
                let exists = oracle::exists(&graph, kind, variant);
                let told = found.iter().any(|cycle| (cycle.kind, cycle.variant) == (kind, variant));
                let weaker = |cycle: &super::Cycle| cycle.variant == NONE || cycle.variant == variant || cycle.variant == Relations::PROCESS && variant == Relations::REALTIME;
                let implied = found.iter().any(|cycle| weaker(cycle) && cycle.kind.implies(kind));
                // A closed walk that meets a vertex twice is no simple cycle, yet forbidden where misses stand apart.
                let walk = kind == CycleKind::GNonadjacent;
                prop_assert!(!told || exists || walk, "{kind:?} {variant:?} was told and does not exist");
                prop_assert!(!exists || told || implied, "{kind:?} {variant:?} exists and was not told");
            }
        }
    }
}
