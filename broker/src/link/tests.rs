//! What every link keeps to, whatever happens to it and when.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::Action;

/// What a caller, the peer or the network does to a link. A connection is told by how many were opened since.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Pass(Micros),
    Prepare,
    Opened(u64),
    Ask(Micros),
    Answered(RequestId),
    Lost(u64),
    GiveUp,
    Close,
    TurnTo(u32),
    /// What its owner does when its timer fires.
    Tick,
}

/// A link, the clock, and the connections as an engine knows them.
struct World {
    link: Link<RequestId>,
    back_off: BackOff,
    now: Micros,
    out: Outputs<RequestId>,
    live: Vec<ConnId>,
    connects: u64,
    rests_until: Micros,
}

impl World {
    fn new(terms: Terms) -> Self {
        World {
            link: Link::new(NodeId(1), terms),
            back_off: terms.back_off,
            now: 0,
            out: Outputs::new(),
            live: Vec::new(),
            connects: 0,
            rests_until: 0,
        }
    }

    fn act(&mut self, deed: Deed) {
        let (failures, draw) = (self.link.failures(), self.now);
        match deed {
            Deed::Pass(time) => self.now += time,
            Deed::Prepare => drop(self.link.prepare(self.now, &mut self.out)),
            Deed::Opened(since) => self.link.opened(self.conn(since)),
            Deed::Ask(held_back) => self.link.ask(self.now, held_back, 0, |id| id, &mut self.out),
            Deed::Answered(id) => drop(self.link.answered(id)),
            Deed::Lost(since) => self.lose(self.conn(since), draw),
            Deed::GiveUp => drop(self.link.give_up(self.now, draw, &mut self.out)),
            Deed::Close => drop(self.link.close(&mut self.out)),
            Deed::TurnTo(peer) => drop(self.link.turn_to(NodeId(peer), &mut self.out)),
            Deed::Tick => self.tick(draw),
        }
        if self.link.failures() > failures {
            self.rests_until = self.rests_until.max(self.now + self.back_off.rest(failures, draw));
        }
    }

    fn lose(&mut self, conn: ConnId, draw: u64) {
        self.live.retain(|live| *live != conn);
        self.link.lost(self.now, conn, draw);
    }

    fn tick(&mut self, draw: u64) {
        self.link.wake(self.now);
        if self.link.overdue(self.now) {
            self.link.give_up(self.now, draw, &mut self.out);
        }
    }

    /// The connection that was opened before so many others.
    fn conn(&self, since: u64) -> ConnId {
        ConnId(self.connects.saturating_sub(since))
    }

    /// What an engine makes of the actions.
    fn perform(&mut self) {
        for action in std::mem::take(&mut self.out.actions) {
            match action {
                Action::Connect { conn, .. } => {
                    assert!(self.now >= self.rests_until, "a rest ended early");
                    self.connects += 1;
                    self.live.push(conn);
                }
                Action::Close { conn } => self.live.retain(|live| *live != conn),
                Action::Send { conn, .. } => assert!(self.live.contains(&conn), "sent to nobody"),
                other => panic!("no link does this: {other:?}"),
            }
            assert!(self.live.len() <= 1, "two connections at once");
        }
    }
}

fn terms() -> impl Strategy<Value = Terms> {
    let back_off = (0..30_u64, 0..4_u32, any::<bool>()).prop_map(|(rest, most, jitters)| {
        let back_off = BackOff::fixed(rest).doubling(most);
        if jitters { back_off.jittered() } else { back_off }
    });
    (proptest::option::of(1..40_u64), 1..40_u64, back_off).prop_map(|(opening, answer, back_off)| Terms {
        opening,
        answer,
        back_off,
    })
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0..30_u64).prop_map(Deed::Pass),
        4 => Just(Deed::Prepare),
        4 => (0..3_u64).prop_map(Deed::Opened),
        3 => (0..10_u64).prop_map(Deed::Ask),
        2 => (0..12_u32).prop_map(Deed::Answered),
        2 => (0..3_u64).prop_map(Deed::Lost),
        1 => Just(Deed::GiveUp),
        1 => Just(Deed::Close),
        1 => (1..4_u32).prop_map(Deed::TurnTo),
        4 => Just(Deed::Tick),
    ]
}

proptest! {
    #[test]
    fn there_is_one_connection_at_the_most_which_is_the_links_and_no_rest_ends_early(
        terms in terms(), deeds in vec(deed(), 0..80)
    ) {
        let mut world = World::new(terms);
        for deed in deeds {
            world.act(deed);
            world.perform();
            prop_assert_eq!(world.live.first().copied(), world.link.conn());
        }
    }

    #[test]
    fn no_deadline_lies_in_the_past(terms in terms(), deeds in vec(deed(), 0..80)) {
        let mut world = World::new(terms);
        for deed in deeds {
            world.act(deed);
            world.act(Deed::Tick);
            prop_assert!(world.link.deadline().is_none_or(|deadline| deadline > world.now));
            world.perform();
        }
    }

    #[test]
    fn answers_are_owed_on_the_connection_alone_on_which_they_were_asked_for(
        terms in terms(), deeds in vec(deed(), 0..80)
    ) {
        let mut world = World::new(terms);
        for deed in deeds {
            world.act(deed);
            world.perform();
            let owes = world.link.owed().len() > 0;
            prop_assert!(!owes || world.link.is_established());
            prop_assert!(!world.link.is_established() || world.link.deadline().is_some() == owes);
        }
    }

    #[test]
    fn what_is_stale_changes_nothing(terms in terms(), deeds in vec(deed(), 0..80), since in 0..4_u64, id: u32) {
        let mut world = World::new(terms);
        for deed in deeds {
            world.act(deed);
            world.perform();
        }
        let before = world.link.clone();
        if !world.link.has(world.conn(since)) {
            world.act(Deed::Opened(since));
            world.act(Deed::Lost(since));
        }
        if world.link.owed().len() == 0 {
            world.act(Deed::Answered(id));
        }
        prop_assert_eq!(world.link, before);
    }
}

/// A link that has an established connection, and a back-off of 20.
fn established(answer: Micros) -> World {
    let mut world = World::new(Terms { opening: None, answer, back_off: BackOff::fixed(20) });
    world.act(Deed::Prepare);
    world.perform();
    world.act(Deed::Opened(0));
    world
}

#[test]
fn what_is_owed_is_lost_with_its_connection_and_its_late_answer_meets_nobody() {
    let mut world = established(10);
    world.act(Deed::Ask(5));
    assert_eq!(world.link.deadline(), Some(15), "it may be held back for 5");
    assert!(!world.link.overdue(14) && world.link.overdue(15));
    assert_eq!(world.link.give_up(15, 0, &mut world.out), [0]);
    assert_eq!((world.link.deadline(), world.link.answered(0)), (Some(35), None));
}

#[test]
fn the_first_answer_that_is_due_decides_whatever_was_asked_first() {
    let mut world = established(10);
    world.act(Deed::Ask(9));
    world.act(Deed::Ask(0));
    assert_eq!(world.link.deadline(), Some(10));
    world.act(Deed::Answered(1));
    assert_eq!(world.link.deadline(), Some(19));
}

#[test]
fn a_connection_that_does_not_come_to_be_in_time_is_overdue_where_there_is_a_limit() {
    for (opening, overdue) in [(Some(30), true), (None, false)] {
        let mut world = World::new(Terms { opening, answer: 10, back_off: BackOff::fixed(20) });
        world.act(Deed::Prepare);
        assert!(!world.link.overdue(29));
        assert_eq!((world.link.deadline(), world.link.overdue(30)), (opening, overdue));
    }
}

#[test]
fn a_connection_that_is_not_wanted_is_closed_without_a_rest() {
    let mut world = established(10);
    world.act(Deed::TurnTo(2));
    world.act(Deed::Prepare);
    assert_eq!((world.link.peer(), world.link.conn()), (NodeId(2), Some(ConnId(2))));
}

#[test]
fn an_answer_ends_the_failures_in_a_row() {
    let mut world = established(10);
    for deed in [Deed::Lost(0), Deed::Pass(20), Deed::Prepare] {
        world.act(deed);
        world.perform();
    }
    world.act(Deed::Opened(0));
    assert_eq!(world.link.failures(), 1, "an open connection is no answer");
    world.act(Deed::Ask(0));
    world.act(Deed::Answered(0));
    assert_eq!(world.link.failures(), 0);
}
