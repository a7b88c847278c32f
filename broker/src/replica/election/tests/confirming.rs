//! What is refused by what the log lacks is refused once a majority has shown that it still follows.

use super::*;
use crate::wire::client::Refusal;

/// A leader from which voter 2 fetches on connection 20; that fetch is held back.
fn leader() -> Host {
    let mut leader = Host::new(1).elected();
    leader.fetched_by(voter(2), 20, (1, 1));
    leader.sent.clear();
    leader
}

/// A record comes before which four are missing.
fn gap(leader: &mut Host) {
    leader.produce(Some(ProducerStamp { producer: 7, epoch: 0, sequence: 4 }));
    leader.step(|replica, _, out| replica.ask_voters_for_confirmation(out));
}

fn refused() -> Vec<Result<Offset, ProduceError>> {
    vec![Err(ProduceError::NotStored(Refusal::SequenceGap))]
}

/// On which connections followers were answered.
fn answered(leader: &mut Host) -> Vec<u64> {
    let sent = leader.sent.drain(..);
    let answers =
        sent.filter(|(_, frame)| matches!(frame, Frame::Replication(replication::Message::Response(..))));
    answers.map(|(conn, _)| conn.0).collect()
}

#[test]
fn a_gap_is_refused_once_a_majority_has_fetched_on_an_answer_that_was_sent_after_it() {
    let mut leader = leader();
    gap(&mut leader);
    assert_eq!(answered(&mut leader), [20], "it is made to fetch again");
    assert_eq!(leader.results(), []);
    leader.fetched_by(voter(2), 20, (1, 1));
    assert_eq!(leader.results(), refused());
}

#[test]
fn a_fetch_that_was_on_its_way_when_the_question_came_up_confirms_nothing() {
    let mut leader = leader();
    leader.produce(None);
    assert_eq!(answered(&mut leader), [20]);
    gap(&mut leader);
    leader.fetched_by(voter(2), 20, (1, 1));
    assert_eq!(leader.results(), []);
    leader.pass(PATIENCE);
    leader.fetched_by(voter(2), 20, (1, 1));
    assert_eq!(leader.results(), refused());
}

#[test]
fn a_fetch_on_another_connection_confirms_nothing() {
    let mut leader = leader();
    gap(&mut leader);
    leader.fetched_by(voter(2), 21, (1, 1));
    assert_eq!(leader.results(), [], "it may be older than the answer on the first");
    leader.pass(PATIENCE);
    leader.fetched_by(voter(2), 21, (1, 1));
    assert_eq!(leader.results(), refused());
}

#[test]
fn a_disk_that_does_not_vote_confirms_nothing() {
    let mut leader = leader();
    let stranger = Voter { node: NodeId(3), directory: DirectoryId(99) };
    leader.fetched_by(stranger, 30, (1, 1));
    gap(&mut leader);
    leader.fetched_by(stranger, 30, (1, 1));
    assert_eq!(leader.results(), []);
}

#[test]
fn a_leader_that_was_deposed_refuses_nothing_as_a_gap() {
    let mut leader = leader();
    gap(&mut leader);
    leader.fetched_in(2, voter(2), 20, (1, 1));
    assert_eq!(leader.results(), [Err(ProduceError::NotStored(Refusal::NotLeader))]);
}

/// A follower that had fetched in an older epoch fetches in this one as soon as it hears of it. Both fetches are on their way when it
/// votes for somebody else.
#[test]
fn the_answer_to_a_fetch_of_an_older_epoch_is_not_what_a_later_fetch_follows_on() {
    let mut leader = Host::with_log(1, &[1]).elected();
    assert_eq!(leader.replica.epoch(), 2);
    gap(&mut leader);
    leader.fetched_in(1, voter(2), 20, (1, 1));
    assert_eq!(answered(&mut leader), [20], "it is refused");
    leader.fetched_by(voter(2), 20, (1, 1));
    assert_eq!(leader.results(), []);
}
