//! Who votes is changed one disk at a time, each change after the one before is committed.

use super::*;

const STRANGER: Voter = Voter { node: NodeId(3), directory: DirectoryId(99) };

/// A leader whose first entry voter 2 holds.
fn leader() -> Host {
    let mut leader = Host::new(1).elected();
    leader.fetched_by(voter(2), 20, (1, 1));
    assert_eq!(leader.replica.watermark, 1);
    leader
}

fn voters(host: &Host) -> Vec<Voter> {
    host.replica.consensus().unwrap().voters().iter().collect()
}

#[test]
fn a_disk_that_does_not_vote_is_not_counted() {
    let mut leader = Host::new(1).elected();
    leader.fetched_by(STRANGER, 30, (1, 1));
    assert_eq!(leader.replica.watermark, 0);
    leader.pass(PATIENCE * 3 / 2);
    assert!(!leader.replica.leads(), "nor does it hold up the reign");
}

#[test]
fn a_lost_disk_is_removed_and_what_came_in_its_place_is_added_each_after_the_change_before_is_committed() {
    let mut leader = leader();
    leader.fetched_by(STRANGER, 30, (1, 1));
    leader.sync();
    assert_eq!(voters(&leader), [voter(1), voter(2)]);
    leader.fetched_by(STRANGER, 30, (2, 1));
    assert_eq!(leader.replica.log().end(), 2, "the removal is not committed");
    leader.fetched_by(voter(2), 20, (2, 1));
    leader.sync();
    assert_eq!(leader.replica.watermark, 2);
    assert_eq!(voters(&leader), [voter(1), voter(2), STRANGER]);
}

#[test]
fn who_lacks_something_committed_is_not_let_in() {
    let mut leader = leader();
    leader.fetched_by(STRANGER, 30, (0, 0));
    leader.sync();
    leader.fetched_by(voter(2), 20, (2, 1));
    assert_eq!((leader.replica.watermark, leader.replica.log().end()), (2, 2));
    leader.fetched_by(STRANGER, 30, (1, 1));
    assert_eq!(leader.replica.log().end(), 2);
    leader.fetched_by(STRANGER, 30, (2, 1));
    assert_eq!(voters(&leader), [voter(1), voter(2), STRANGER]);
}

#[test]
fn no_change_begins_before_an_entry_of_the_reign_is_committed() {
    let mut leader = Host::new(1).elected();
    leader.fetched_by(STRANGER, 30, (1, 1));
    assert_eq!(leader.replica.log().end(), 1);
}

#[test]
fn a_change_counts_from_the_moment_it_is_in_the_log_and_goes_when_it_is_cut() {
    let mut leader = leader();
    leader.fetched_by(STRANGER, 30, (1, 1));
    let mut follower = Host::new(2);
    follower.told(1, 1);
    follower.replica.next_fetch(0, 0);
    let batches = leader.replica.log().read(0, 2, 100);
    let fetched = Ok(Fetched { batches, watermark: 1, diverging: None });
    follower.step(|replica, now, out| replica.fetched(now, 1, fetched, out));
    assert_eq!(voters(&follower), [voter(1), voter(2)]);
    follower.told(2, 3);
    follower.replica.next_fetch(0, 0);
    let diverging = Some(Diverging { epoch: 1, end: 1 });
    let cut = Ok(Fetched { batches: Vec::new(), watermark: 1, diverging });
    follower.step(|replica, now, out| replica.fetched(now, 2, cut, out));
    assert_eq!(voters(&follower), [voter(1), voter(2), voter(3)]);
}
