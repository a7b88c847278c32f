//! Who leaves the sets, who stays eligible, and who leads when brokers return.

use super::*;

#[test]
fn whoever_leaves_the_in_sync_set_below_min_isr_stays_eligible_until_enough_are_in_sync_again() {
    let mut lab = cluster(|_| {});
    lab.alter(&[1, 2]);
    assert_eq!(lab.sets(), (nodes(&[1, 2]), vec![], Some(NodeId(1))), "two are enough");
    lab.alter(&[1]);
    assert_eq!(lab.sets(), (nodes(&[1]), nodes(&[2]), Some(NodeId(1))));
    lab.alter(&[1, 3]);
    assert_eq!(lab.sets(), (nodes(&[1, 3]), vec![], Some(NodeId(1))));
}

#[test]
fn the_last_one_in_sync_may_leave_and_an_eligible_replica_leads_in_its_place() {
    let mut lab = cluster(|_| {});
    lab.alter(&[1]);
    lab.wait_with(SESSION, &[3]);
    assert_eq!(lab.sets(), (nodes(&[3]), nodes(&[1, 2]), Some(NodeId(3))));
    lab.wait_with(SESSION, &[]);
    assert_eq!(lab.sets(), (vec![], nodes(&[1, 2, 3]), None));
}

#[test]
fn brokers_that_fall_silent_together_leave_together_and_none_of_them_is_elected_in_between() {
    let mut lab = cluster(|_| {});
    lab.wait_with(SESSION, &[]);
    assert_eq!(lab.sets(), (vec![], nodes(&[1, 2, 3]), None));
    assert_eq!(lab.state().last_leader, Some(NodeId(1)));
    [2, 3].into_iter().for_each(|broker| lab.register_again(broker, 8, None));
    assert_eq!(lab.sets(), (vec![], nodes(&[1]), None));
    lab.register_again(1, 7, None);
    assert_eq!(lab.sets(), (nodes(&[1]), vec![], Some(NodeId(1))));
}

#[test]
fn a_broker_keeps_its_place_if_the_marker_of_its_newest_registration_says_that_it_stopped_in_good_order() {
    for (stopped, in_sync) in [(Some(2), &[1, 2, 3][..]), (Some(1), &[1, 3]), (None, &[1, 3])] {
        let mut lab = cluster(|_| {});
        lab.register_again(2, 8, stopped);
        assert_eq!(lab.sets(), (nodes(in_sync), vec![], Some(NodeId(1))), "{stopped:?}");
    }
    for (stopped, eligible) in [(Some(2), &[2][..]), (Some(1), &[]), (None, &[])] {
        let mut lab = cluster(|_| {});
        lab.alter(&[1, 2]);
        lab.wait_with(SESSION, &[1]);
        assert_eq!(lab.sets(), (nodes(&[1]), nodes(&[2]), Some(NodeId(1))));
        lab.register_again(2, 8, stopped);
        assert_eq!(lab.sets(), (nodes(&[1]), nodes(eligible), Some(NodeId(1))), "{stopped:?}");
    }
}

#[test]
fn the_same_incarnation_keeps_its_place_whatever_it_says_of_an_earlier_stop() {
    let mut lab = cluster(|_| {});
    lab.register_again(2, 7, None);
    assert_eq!(lab.sets(), (nodes(&[1, 2, 3]), vec![], Some(NodeId(1))));
}

#[test]
fn a_leader_that_comes_back_leads_in_a_new_epoch_if_it_may_lead_at_all() {
    let returns = |unclean_stop, stopped| {
        let mut lab = cluster(|policies| policies.unclean_stop = unclean_stop);
        lab.register_again(1, 8, stopped);
        let state = lab.state();
        (state.leader, state.leader_epoch, state.isr)
    };
    let back = (Some(NodeId(1)), 2, nodes(&[1, 2, 3]));
    assert_eq!(returns(UncleanStop::Detected, Some(1)), back);
    assert_eq!(returns(UncleanStop::Ignored, None), back);
    assert_eq!(returns(UncleanStop::Detected, None), (Some(NodeId(2)), 2, nodes(&[2, 3])));
}

#[test]
fn when_all_have_come_back_from_a_crash_the_last_leader_leads() {
    let mut lab = cluster(|_| {});
    [1, 3].into_iter().for_each(|broker| lab.register_again(broker, 8, None));
    assert_eq!(lab.sets(), (nodes(&[2]), vec![], Some(NodeId(2))));
    lab.register_again(2, 8, None);
    assert_eq!(lab.sets(), (nodes(&[2]), vec![], Some(NodeId(2))));
    assert_eq!(lab.state().leader_epoch, 3);
}

#[test]
fn while_the_last_leader_is_away_nobody_leads_whose_log_may_have_holes() {
    let mut lab = cluster(|_| {});
    lab.alter(&[1, 2]);
    lab.wait_with(SESSION, &[1]);
    lab.wait_with(SESSION, &[]);
    assert_eq!(lab.sets(), (vec![], nodes(&[1, 2]), None));
    [2, 3].into_iter().for_each(|broker| lab.register_again(broker, 8, None));
    assert_eq!(lab.sets(), (vec![], nodes(&[1]), None));
    lab.register_again(1, 8, None);
    assert_eq!(lab.sets(), (nodes(&[1]), vec![], Some(NodeId(1))));
}

#[test]
fn a_log_that_nobody_has_led_loses_no_replica_to_a_crash() {
    let mut lab = Lab::new(|_| {});
    lab.register(2);
    lab.register_again(2, 8, None);
    assert_eq!(lab.sets(), (nodes(&[1, 2, 3]), vec![], None));
}
