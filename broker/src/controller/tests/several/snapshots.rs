//! Three controllers that cut off what a newer catalogue stands for: nobody who was away, or comes with an empty disk, misses it.

use super::*;

#[test]
fn what_a_newer_catalogue_stands_for_is_cut_off_by_each_of_them_and_is_not_missed_after_a_restart() {
    let mut several = Several::new();
    several.decide(20);
    let logs = several.logs();
    assert!(logs.iter().all(|&(start, end, _)| start > 10 && end - start <= 6), "{logs:?}");
    let newest = several.hosts[0].controller.journal.newest();
    for host in 0..3 {
        several.restart(host);
        let journal = &several.hosts[host].controller.journal;
        assert_eq!((journal.newest(), several.logs()), (newest.clone(), logs.clone()));
    }
    several.run(1_000_000);
    several.decide(1);
    assert_eq!([0, 1, 2].map(|host| several.known(host)), [several.incarnation; 3]);
}

#[test]
fn who_was_away_while_the_others_cut_begins_anew_where_they_do() {
    let mut several = Several::new();
    several.decide(2);
    several.hosts[2].cut = true;
    several.decide(20);
    let logs = several.logs();
    assert!(logs[2].1 < logs[0].0, "it lacks what is there no more: {logs:?}");
    several.hosts[2].cut = false;
    several.run(1_000_000);
    several.decide(1);
    let logs = several.logs();
    assert_eq!((logs[2].1, logs[2].2), (logs[0].1, logs[0].2), "{logs:?}");
    assert!(logs[2].0 > 0);
    // From now on it is one of the two that keep what is decided.
    several.hosts[1].cut = true;
    several.decide(10);
    let told = several.hosts[0].controller.published.brokers.clone();
    several.restart(2);
    several.hosts[1].cut = false;
    several.hosts[0].cut = true;
    several.run(3_000_000);
    assert_eq!(several.deciding(), Some(2), "the other has not what was decided");
    assert_eq!((told[0].incarnation, several.known(2)), (several.incarnation, several.incarnation));
}

#[test]
fn an_empty_disk_begins_where_the_others_do_and_its_new_name_outlives_the_entry_that_let_it_in() {
    for lost in 0..3 {
        let mut several = Several::new();
        several.decide(20);
        several.lose_disk(lost);
        several.run(3_000_000);
        several.decide(20);
        let logs = several.logs();
        assert!(several.all_let_vote(lost) && logs.iter().all(|log| log.0 > 22), "{logs:?}");
        (0..3).for_each(|host| several.restart(host));
        assert!(several.all_let_vote(lost), "the entry is cut off");
        several.run(3_000_000);
        several.decide(1);
        assert_eq!(several.known(lost), several.incarnation, "the disk of controller {lost} is lost");
    }
}
