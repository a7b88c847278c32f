//! As whom a voter comes up, by what its disk holds; and when it may say what it holds.

use super::*;

/// Replica 2, which follows in the first epoch and has two records of it, synced.
fn follower() -> Host {
    let mut host = Host::with_log(2, &[1, 1]);
    host.told(1, 1);
    host
}

/// Whether replica 2, coming up like this, votes for whoever asks the disk that it had at first.
fn votes(mut host: Host) -> bool {
    host.sync();
    host.asked(Ballot { last_epoch: 9, end: 9, ..ballot(false, 9, 1) });
    host.sync();
    host.granted() == Some(true)
}

#[test]
fn an_empty_disk_is_another_one_and_does_not_vote() {
    let mut host = Host::found(2, policies(), [Vec::new(), Vec::new()]);
    assert_ne!(host.me(), voter(2));
    assert_eq!(host.replica.deadline(), None, "it does not campaign");
    host.told(1, 1);
    assert_eq!(host.replica.wants_fetch(), None, "its name is not written down");
    host.sync();
    assert_eq!(host.replica.wants_fetch(), Some(NodeId(1)));
    let me = host.me();
    let host = host.restarted();
    assert_eq!(host.me(), me, "it keeps its new name");
    assert!(!votes(host));
}

#[test]
fn a_log_that_is_damaged_below_its_synced_end_is_another_disk_and_one_that_is_torn_above_is_not() {
    let damaged_at = |at: usize| {
        let [mut log, ballots] = follower().files;
        log[at] ^= 1;
        Host::found(2, policies(), [log, ballots])
    };
    let whole = follower().files[0].len();
    for host in [damaged_at(whole - 1), damaged_at(10)] {
        assert_ne!(host.me(), voter(2));
        assert!(!votes(host));
    }
    let [mut log, ballots] = follower().files;
    log.extend_from_slice(&log_of(&[1])[..20]);
    let torn = Host::found(2, policies(), [log, ballots]);
    assert_eq!((torn.me(), torn.replica.log().end()), (voter(2), 2));
    assert!(votes(torn));
}

#[test]
fn a_torn_entry_among_the_ballots_costs_neither_the_vote_nor_the_name() {
    let mut host = follower();
    host.asked(Ballot { last_epoch: 1, end: 2, ..ballot(false, 2, 3) });
    let synced = host.files[1].len();
    host.sync();
    let [log, mut ballots] = host.files;
    ballots.truncate(synced);
    ballots.extend_from_slice(&[7; 11]);
    let mut host = Host::found(2, policies(), [log, ballots]);
    host.sync();
    assert_eq!(host.me(), voter(2));
    assert_eq!(host.asked(Ballot { last_epoch: 1, end: 2, ..ballot(false, 2, 1) }), Some(false));
    assert_eq!(host.restarted().me(), voter(2));
}

#[test]
fn a_damaged_log_is_not_cut_before_its_new_name_is_written_down() {
    let [mut log, ballots] = follower().files;
    log[10] ^= 1;
    let mut host = Host::found(2, policies(), [log, ballots.clone()]);
    host.files[1] = ballots;
    let mut host = host.restarted();
    assert_ne!(host.me(), voter(2), "the power failed before the name was synced");
    host.sync();
    assert_eq!(host.files[0].len(), 0, "then it is");
    assert!(!votes(host.restarted()));
}

#[test]
fn a_torn_entry_among_the_ballots_is_cut_without_the_others() {
    let [log, mut ballots] = follower().files;
    let whole = ballots.clone();
    ballots.extend_from_slice(&[7; 11]);
    let host = Host::found(2, policies(), [log, ballots]);
    assert!(host.files[1].starts_with(&whole), "the power may fail again before anything else is synced");
}

/// What a leader answers whose log parts from this one behind the first record.
fn cut(host: &mut Host) {
    host.told(2, 3);
    host.replica.next_fetch(0, 0);
    let diverging = Some(Diverging { epoch: 1, end: 1 });
    let fetched = Ok(Fetched { batches: Vec::new(), watermark: 0, diverging });
    host.step(|replica, now, out| replica.fetched(now, 2, fetched, out));
}

#[test]
fn after_its_log_was_cut_a_follower_fetches_nothing_before_that_is_written_down() {
    let mut host = follower();
    cut(&mut host);
    assert_eq!((host.replica.log().end(), host.replica.wants_fetch()), (1, None));
    host.sync();
    assert_eq!(host.replica.wants_fetch(), Some(NodeId(3)));
}

/// The leader sends a second record of its own epoch; half of it is written when the power fails.
fn torn_behind_the_cut(mut host: Host) -> Host {
    let batches = vec![Batch::new(1, 2, None, records(2))];
    let fetched = Ok(Fetched { batches, watermark: 0, diverging: None });
    host.replica.next_fetch(0, 0);
    host.step(|replica, now, out| replica.fetched(now, 2, fetched, out));
    assert_eq!(host.replica.log().end(), 2);
    let torn = host.files[0].len() - 3;
    host.files[0].truncate(torn);
    host.restarted()
}

#[test]
fn a_tail_torn_behind_a_cut_is_no_damage() {
    let mut host = follower();
    cut(&mut host);
    host.sync();
    assert_eq!(torn_behind_the_cut(host).me(), voter(2));
}

#[test]
fn a_tail_torn_behind_a_cut_is_no_damage_though_the_power_failed_before_the_cut_was_written_down() {
    let mut host = follower();
    let ballots = host.files[1].clone();
    cut(&mut host);
    host.files[1] = ballots;
    let mut host = host.restarted();
    assert_eq!(host.me(), voter(2));
    host.told(2, 3);
    host.sync();
    assert_eq!(torn_behind_the_cut(host).me(), voter(2));
}
