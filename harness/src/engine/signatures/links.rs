//! Links: held, hanging, reset, and frames lost on them.

use super::play::{
    AFTER, DURING, ENGINES, HEAL, HORIZON, STRIKE, Script, cut_both, host, mend_both, play, struck,
    struck_when_connecting_at,
};
use super::toys::{BACK, CLIENT, Counter, MS, NONE, SERVER, THERE};
use crate::chaos::world::{Streams, WorldAction};

#[test]
fn without_faults_every_number_comes_back_in_order() {
    struck(|_| {}, |_| {}, |played| played.nothing_was_lost());
}

#[test]
fn a_host_can_connect_to_itself() {
    for &engine in ENGINES {
        let played = play(engine, 7, |log| {
            let log = log.clone();
            let alone = host(SERVER, move || Box::new(Counter::new(log.clone(), 0)));
            (vec![alone], Script::default())
        });
        assert!(played.numbers(CLIENT, AFTER).len() > 100, "{engine:?}");
    }
}

#[test]
fn bytes_on_a_held_link_arrive_after_it_is_mended() {
    struck(
        |world| cut_both(world, Streams::Hold),
        mend_both,
        |played| {
            played.nothing_was_lost();
            assert_eq!(played.numbers(SERVER, DURING), NONE);
            assert_eq!(played.numbers(CLIENT, DURING), NONE);
        },
    );
}

#[test]
fn a_link_held_in_one_direction_lets_the_other_pass() {
    struck(
        |world| world.act(WorldAction::Cut(BACK, Streams::Hold)),
        |world| world.act(WorldAction::Mend(BACK)),
        |played| {
            played.nothing_was_lost();
            assert!(played.numbers(SERVER, DURING).len() > 20);
            assert_eq!(played.numbers(CLIENT, DURING), NONE);
        },
    );
}

#[test]
fn the_end_of_a_connection_does_not_pass_a_held_link() {
    struck(
        |world| {
            cut_both(world, Streams::Hold);
            world.act(WorldAction::Crash(SERVER));
        },
        |world| {
            mend_both(world);
            world.act(WorldAction::Restart(SERVER));
        },
        |played| {
            played.was_replaced();
            assert_eq!(played.closed(CLIENT, 0..HEAL), 0);
        },
    );
}

#[test]
fn whoever_connects_over_a_held_link_waits_until_it_is_mended() {
    struck_when_connecting_at(
        STRIKE + 10 * MS,
        |world| cut_both(world, Streams::Hold),
        mend_both,
        |played| {
            assert_eq!(played.refused(CLIENT, 0..HORIZON), 0);
            assert_eq!(played.opened(CLIENT, 0..HEAL), 0);
            played.nothing_was_lost();
        },
    );
}

#[test]
fn a_connection_that_hangs_is_dead_for_ever_and_nobody_is_told() {
    struck(
        |world| cut_both(world, Streams::Hang),
        mend_both,
        |played| {
            let late = DURING.start..HORIZON;
            assert_eq!(played.numbers(SERVER, late.clone()), NONE);
            assert_eq!(played.numbers(CLIENT, late), NONE);
            assert_eq!(played.closed(CLIENT, 0..HORIZON), 0);
            assert_eq!(played.closed(SERVER, 0..HORIZON), 0);
        },
    );
}

#[test]
fn a_connection_that_hangs_in_one_direction_still_carries_the_other() {
    struck(
        |world| world.act(WorldAction::Cut(BACK, Streams::Hang)),
        mend_both,
        |played| {
            assert!(played.numbers(SERVER, AFTER).len() > 100);
            assert_eq!(played.numbers(CLIENT, DURING.start..HORIZON), NONE);
            assert_eq!(played.closed(CLIENT, 0..HORIZON), 0);
        },
    );
}

#[test]
fn whoever_connects_over_a_hanging_link_is_refused_after_a_while() {
    struck_when_connecting_at(
        STRIKE + 10 * MS,
        |world| cut_both(world, Streams::Hang),
        mend_both,
        |played| {
            assert_eq!(played.refused(CLIENT, 0..HEAL), 0);
            assert_eq!(played.refused(CLIENT, AFTER), 1);
            assert!(!played.numbers(CLIENT, AFTER).is_empty());
        },
    );
}

#[test]
fn a_reset_closes_both_ends_at_once_and_refuses_new_connections() {
    struck(
        |world| cut_both(world, Streams::Reset),
        mend_both,
        |played| {
            played.was_replaced();
            assert_eq!(played.closed(CLIENT, STRIKE..DURING.start), 1);
            assert_eq!(played.closed(SERVER, STRIKE..DURING.start), 1);
            assert!(played.refused(CLIENT, DURING) > 2);
        },
    );
}

#[test]
fn a_lost_frame_never_arrives_and_its_connection_is_reset_on_both_ends() {
    struck(
        |world| world.act(WorldAction::LoseFrame(THERE)),
        |_| {},
        |played| {
            played.was_replaced();
            assert_eq!(played.closed(SERVER, STRIKE..HEAL), 1);
            let arrived = played.numbers(SERVER, 0..HORIZON);
            let missing: Vec<u64> =
                (0..arrived.len() as u64).filter(|number| !arrived.contains(number)).collect();
            assert!(!missing.is_empty(), "{:?}", played.engine);
            assert!(missing.len() <= 2, "{:?}: {missing:?}", played.engine);
        },
    );
}
