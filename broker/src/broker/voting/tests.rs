//! Whole brokers that elect the leaders of their logs.

mod cluster;
mod disk;
mod host;
mod laws;
mod ledger;

use bytes::Bytes;

use super::*;
use crate::Offset;
use crate::authority::consensus::{DirectoryId, Voter};
use crate::policy::{Ack, Commit, Flush, Rejoin};
use crate::wire::client;
use crate::{Action, Input, MessageId, Node, Now, Observation, ProducerStamp, Record, TopicConfig, TopicId};
use cluster::Cluster;
use ledger::Broken;

const LOG: TopicPartition = TopicPartition { topic: TopicId(0), partition: 0 };

fn policies() -> Policies {
    Policies::VOTERS
}

/// Brokers of which the first ones keep the one log, which is that of the committed offsets at the same time.
fn config(brokers: u32, replicas: u16) -> ClusterConfig {
    let topic = TopicConfig { name: "log".to_owned(), partitions: 1, replicas, policies: policies() };
    ClusterConfig {
        authority: Authority::Consensus,
        controllers: Vec::new(),
        brokers: (1..=brokers).map(NodeId).collect(),
        topics: vec![topic],
        offsets_topic: TopicId(0),
        ..ClusterConfig::example()
    }
}

/// Three brokers that keep the log in this way.
fn with_policies(policies: Policies) -> ClusterConfig {
    let mut config = config(3, 3);
    config.topics[0].policies = policies;
    config
}

/// Whoever is answered, and what it was told last.
fn answer(cluster: &Cluster, host: usize) -> Option<&client::Response> {
    cluster.hosts[host].answers.last()
}

fn stored(offset: Offset) -> client::Response {
    client::Response::Produced(Ok(offset))
}

/// Three brokers of which the first leads, and has one record of its own time.
fn led_by_the_first(config: ClusterConfig) -> Cluster {
    let mut cluster = Cluster::new(config);
    cluster.elect(0);
    cluster.produce(0);
    cluster.run(1_000_000);
    cluster
}

/// Who votes by the log of this host: its disks, of which a drawn one is told from a formatted one.
fn voters(cluster: &Cluster, host: usize) -> Vec<(u32, bool)> {
    let consensus = cluster.hosts[host].replica().and_then(Replica::consensus).unwrap();
    let is_first = |voter: Voter| voter.directory == DirectoryId::first(voter.node);
    consensus.voters().iter().map(|voter| (voter.node.0, is_first(voter))).collect()
}

#[test]
fn in_a_log_that_nobody_has_led_the_preferred_replica_leads_at_once_and_stays() {
    let mut cluster = Cluster::new(config(3, 3));
    cluster.run(1_000);
    assert_eq!(cluster.leader(), Some(0));
    cluster.run(20_000_000);
    assert_eq!((cluster.leader(), cluster.ledger.reigns()), (Some(0), 1));
}

#[test]
fn who_votes_alone_leads_once_its_vote_is_synced() {
    let mut cluster = Cluster::new(config(1, 1));
    cluster.pass(1_000);
    assert_eq!(cluster.leader(), None);
    cluster.run(0);
    assert_eq!(cluster.leader(), Some(0));
    cluster.produce(0);
    cluster.run(10_000_000);
    assert_eq!((answer(&cluster, 0), cluster.ledger.reigns()), (Some(&stored(1)), 1));
}

/// A record comes before which four of its producer are missing.
fn gap() -> client::Request {
    let record =
        Record { id: MessageId { producer: 7, number: 4 }, key: Bytes::new(), payload: Bytes::new() };
    let stamp = Some(ProducerStamp { producer: 7, epoch: 0, sequence: 4 });
    let (topic_partition, acks) = (LOG, Ack::All);
    client::Request::Produce { topic_partition, acks, stamp, records: [record].into() }
}

fn refused_as_gap() -> client::Response {
    let refused = client::ProduceError::NotStored(client::Refusal::SequenceGap);
    client::Response::Produced(Err(refused))
}

#[test]
fn a_gap_is_refused_once_a_majority_has_confirmed_who_leads_and_at_once_by_who_votes_alone() {
    let mut cluster = led_by_the_first(config(3, 3));
    cluster.ask(0, gap());
    assert_eq!(answer(&cluster, 0), Some(&stored(1)), "that of the record before");
    cluster.run(0);
    assert_eq!(answer(&cluster, 0), Some(&refused_as_gap()));
    let mut alone = led_by_the_first(config(1, 1));
    alone.ask(0, gap());
    assert_eq!(answer(&alone, 0), Some(&refused_as_gap()));
}

#[test]
fn a_leader_that_was_replaced_and_did_not_know_refuses_nothing_as_a_gap() {
    let mut cluster = led_by_the_first(config(3, 3));
    cluster.cut(0);
    cluster.let_campaign(1, 10_000_000);
    assert!(cluster.leads(0) && cluster.leads(1));
    cluster.ask(0, gap());
    cluster.heal();
    cluster.run(5_000_000);
    let refused = client::ProduceError::NotStored(client::Refusal::NotLeader);
    assert_eq!(answer(&cluster, 0), Some(&client::Response::Produced(Err(refused))));
}

#[test]
fn a_record_is_acknowledged_once_a_majority_holds_it_and_a_leader_that_fails_is_replaced_by_one_that_does() {
    let mut cluster = led_by_the_first(config(3, 3));
    cluster.crash(2);
    cluster.produce(0);
    cluster.run(10_000);
    assert_eq!(answer(&cluster, 0), Some(&stored(2)), "behind the entry that the reign began with");
    cluster.start(2);
    cluster.cut(2);
    cluster.crash(0);
    cluster.run(5_000_000);
    assert_eq!(cluster.leader(), None, "a minority elects nobody");
    cluster.heal();
    cluster.run(5_000_000);
    assert!(cluster.leader().is_some());
    assert_eq!(cluster.ledger.broken, []);
}

#[test]
fn a_voter_that_was_cut_off_deposes_nobody_when_it_comes_back() {
    let mut cluster = led_by_the_first(config(3, 3));
    cluster.cut(2);
    cluster.run(10_000_000);
    cluster.heal();
    cluster.run(10_000_000);
    assert_eq!((cluster.leader(), cluster.ledger.reigns()), (Some(0), 1));
    let terms = cluster.hosts.iter().map(|host| host.replica().unwrap().epoch());
    assert_eq!(terms.collect::<Vec<_>>(), [1, 1, 1], "it did not campaign before it had asked");
}

#[test]
fn a_leader_that_is_cut_off_resigns_before_long_and_leaves_its_waiters_in_doubt() {
    let mut cluster = led_by_the_first(config(3, 3));
    cluster.cut(0);
    cluster.produce(0);
    let patience = ClusterConfig::example().timing.election;
    cluster.run(patience * 3 / 2);
    assert!(!cluster.leads(0));
    let doubt = client::ProduceError::Unknown(client::Doubt::LeadershipLost);
    assert_eq!(answer(&cluster, 0), Some(&client::Response::Produced(Err(doubt))));
}

#[test]
fn a_node_whose_disk_was_lost_votes_again_under_another_name_once_it_was_let_in() {
    let mut cluster = led_by_the_first(config(3, 3));
    cluster.lose_disk(1);
    cluster.start(1);
    cluster.run(3_000_000);
    assert_eq!(voters(&cluster, 0), [(1, true), (2, false), (3, true)]);
    assert_eq!(voters(&cluster, 1), voters(&cluster, 0));
    cluster.crash(0);
    cluster.crash(2);
    cluster.start(2);
    cluster.run(5_000_000);
    assert!(cluster.leader().is_some(), "two of three, and one of them is new");
}

/// The first two hold a record; then only the second and the third run, and the disk of the second is lost.
fn with_the_last_copy_down(rejoin: Rejoin) -> Cluster {
    let mut cluster = led_by_the_first(with_policies(Policies { rejoin, ..policies() }));
    cluster.crash(2);
    cluster.produce(0);
    cluster.run(100_000);
    cluster.crash(0);
    cluster.lose_disk(1);
    cluster.start_all(&[1, 2]);
    cluster.run(10_000_000);
    cluster
}

#[test]
fn a_node_whose_disk_was_lost_makes_no_majority_before_it_was_let_in() {
    let mut cluster = with_the_last_copy_down(Rejoin::NewIdentity);
    assert_eq!(cluster.leader(), None);
    cluster.heal();
    cluster.run(10_000_000);
    assert!(cluster.leader().is_some());
    assert_eq!(cluster.ledger.broken, []);
}

#[test]
fn a_disk_that_was_lost_and_votes_on_as_the_one_it_was_loses_what_was_committed() {
    let cluster = with_the_last_copy_down(Rejoin::AsItself);
    assert!(cluster.ledger.broken.contains(&Broken::CommittedLost));
}

/// Raft, figure 8: in the third term a majority of five holds an entry of the first, and one voter has an entry of the second. Returns
/// what is broken when that one stands again.
fn figure_8(commit: Commit) -> Vec<Broken> {
    let mut five = config(5, 5);
    five.topics[0].policies = Policies { commit, ..policies() };
    let mut cluster = Cluster::new(five);
    cluster.elect(0);
    cluster.run(500_000);
    cluster.crash_all(&[2, 3, 4]);
    cluster.produce(0);
    cluster.run(100_000);
    cluster.crash_all(&[0, 1]);
    cluster.start_all(&[2, 3, 4]);
    cluster.elect(4);
    cluster.crash_all(&[2, 3]);
    cluster.produce(4);
    cluster.run(10_000);
    cluster.crash(4);
    cluster.start_all(&[0, 1, 2]);
    cluster.elect(0);
    cluster.run(100_000);
    cluster.crash_all(&[0, 1]);
    cluster.start_all(&[3, 4]);
    cluster.let_campaign(4, 5_000_000);
    cluster.ledger.broken
}

#[test]
fn what_a_majority_holds_of_an_older_term_may_be_lost_unless_it_was_committed_with_an_entry_of_the_newest() {
    assert_eq!(figure_8(Commit::AnyTerm).first(), Some(&Broken::CommittedLost));
    assert_eq!(figure_8(Commit::CurrentTerm), []);
}

#[test]
fn a_broker_that_keeps_no_replica_of_a_log_tells_its_clients_who_leads_it() {
    let mut cluster = led_by_the_first(config(4, 3));
    cluster.ask(3, client::Request::Metadata);
    assert_eq!(told_leader(&cluster, 3), Some(NodeId(1)));
    cluster.crash(0);
    cluster.run(5_000_000);
    cluster.ask(3, client::Request::Metadata);
    let leader = cluster.leader().map(|host| cluster.hosts[host].node);
    assert!(leader.is_some());
    assert_eq!(told_leader(&cluster, 3), leader);
    cluster.crash(3);
    cluster.start(3);
    cluster.run(1_000_000);
    cluster.ask(3, client::Request::Metadata);
    assert_eq!(told_leader(&cluster, 3), leader, "who has not been heard for a while is told again");
}

#[test]
fn what_a_leader_of_an_older_term_says_late_leads_no_client_back() {
    let mut cluster = led_by_the_first(config(4, 3));
    cluster.crash(0);
    cluster.run(5_000_000);
    let late = Request::BeginEpoch { topic_partition: LOG, epoch: 1, leader: NodeId(1) };
    cluster.hear(3, late.frame(0));
    cluster.ask(3, client::Request::Metadata);
    assert_eq!(told_leader(&cluster, 3), cluster.leader().map(|host| cluster.hosts[host].node));
}

/// Who leads the log, as a broker told a client last.
fn told_leader(cluster: &Cluster, host: usize) -> Option<NodeId> {
    match answer(cluster, host) {
        Some(client::Response::Metadata(catalogue)) => catalogue.partitions[0].leader,
        other => panic!("{other:?}"),
    }
}
