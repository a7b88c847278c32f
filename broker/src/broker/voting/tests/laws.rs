//! Whatever happens to hosts, their connections and their disks, what voters promise is kept; and each rule is needed for it.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::ledger::Broken;
use super::*;
use crate::policy::Ballots;

/// What happens next; numbers stand for one of whatever there is.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// Everything arrives for so many milliseconds.
    Run(u16),
    /// Nothing arrives for so long.
    Pass(u16),
    Deliver(u8),
    /// One has time to be elected, until it is.
    Campaign(u8),
    /// A record comes to whoever takes itself for the leader.
    Produce,
    Cut(u8),
    Break(u8),
    Crash(u8),
    Stop(u8),
    Restart(u8),
    /// With so many bytes of each file that were written and not synced.
    LosePower(u8, usize),
    LoseDisk(u8),
    /// This bit of its log flips.
    Damage(u8, usize),
    Start(u8),
    Heal,
}

fn event() -> impl Strategy<Value = Event> {
    use Event::*;
    prop_oneof![
        4 => (1..300_u16).prop_map(Run),
        4 => (1..500_u16).prop_map(Pass),
        12 => any::<u8>().prop_map(Deliver),
        6 => Just(Produce),
        8 => any::<u8>().prop_map(Campaign),
        2 => any::<u8>().prop_map(Cut),
        1 => any::<u8>().prop_map(Break),
        4 => any::<u8>().prop_map(Crash),
        2 => any::<u8>().prop_map(Restart),
        1 => any::<u8>().prop_map(Stop),
        2 => (any::<u8>(), prop_oneof![Just(0), 0..200_usize]).prop_map(|(host, kept)| LosePower(host, kept)),
        1 => any::<u8>().prop_map(LoseDisk),
        1 => (any::<u8>(), 0..4_000_usize).prop_map(|(host, bit)| Damage(host, bit)),
        6 => any::<u8>().prop_map(Start),
        2 => Just(Heal),
    ]
}

fn schedule() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(), 40..120)
}

fn apply(cluster: &mut Cluster, event: Event) {
    let hosts = cluster.hosts.len();
    let host = |number: u8| usize::from(number) % hosts;
    match event {
        Event::Run(millis) => cluster.run(Micros::from(millis) * 1_000),
        Event::Pass(millis) => cluster.pass(Micros::from(millis) * 1_000),
        Event::Deliver(number) => cluster.deliver_any(number.into()),
        Event::Campaign(number) => cluster.let_campaign(host(number), 1_500_000),
        Event::Produce => {
            let leaders: Vec<_> = (0..hosts).filter(|&host| cluster.leads(host)).collect();
            leaders.into_iter().for_each(|host| cluster.produce(host));
        }
        Event::Cut(number) => cluster.cut(host(number)),
        Event::Break(number) => cluster.break_link(number.into()),
        Event::Crash(number) => cluster.crash(host(number)),
        Event::Stop(number) => cluster.stop(host(number)),
        Event::Restart(number) => {
            cluster.crash(host(number));
            cluster.start(host(number));
        }
        Event::LosePower(number, kept) => cluster.lose_power(host(number), kept),
        Event::LoseDisk(number) if cluster.may_lose_a_disk() => cluster.lose_disk(host(number)),
        Event::Damage(number, bit) if cluster.may_lose_a_disk() => cluster.damage(host(number), bit),
        Event::LoseDisk(_) | Event::Damage(..) => {}
        Event::Start(number) => cluster.start(host(number)),
        Event::Heal => cluster.heal(),
    }
}

fn play(mut cluster: Cluster, schedule: &[Event]) -> Cluster {
    for &event in schedule {
        apply(&mut cluster, event);
    }
    // Whoever is stopping starts again when it has stopped.
    for micros in [100_000, 5_000_000] {
        cluster.heal();
        cluster.run(micros);
    }
    cluster
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_happens_no_promise_is_broken_and_in_the_end_somebody_leads(
        schedule in schedule(), brokers in prop_oneof![Just(3_u16), Just(5)]
    ) {
        let mut cluster = play(Cluster::new(config(brokers.into(), brokers)), &schedule);
        prop_assert_eq!(&cluster.ledger.broken, &[]);
        let committed = cluster.ledger.committed();
        prop_assert!(cluster.acknowledged().all(|offset| offset < committed));
        let Some(leader) = cluster.leader() else { panic!("nobody leads") };
        cluster.produce(leader);
        cluster.run(100_000);
        prop_assert!(cluster.ledger.committed() > committed);
    }
}

/// How many random schedules it takes under these policies until this promise is broken; `None` when that is not enough.
fn schedules_until(broken: Broken, policies: Policies, lies: bool, enough: usize) -> Option<usize> {
    let mut runner = TestRunner::deterministic();
    (1..=enough).find(|_| {
        let schedule = schedule().new_tree(&mut runner).unwrap().current();
        let mut cluster = Cluster::new(with_policies(policies));
        cluster.lies = lies;
        play(cluster, &schedule).ledger.broken.contains(&broken)
    })
}

#[test]
fn votes_that_are_not_remembered_elect_two_leaders_in_one_term() {
    let volatile = Policies { ballots: Ballots::Volatile, ..policies() };
    assert!(schedules_until(Broken::VotedTwice, volatile, false, 100).is_some());
    assert!(schedules_until(Broken::TwoLeaders, volatile, false, 100).is_some());
    assert!(schedules_until(Broken::CommittedLost, volatile, false, 1_000).is_some());
}

#[test]
fn a_disk_that_is_lost_and_votes_on_elects_two_leaders_in_one_term() {
    let as_itself = Policies { rejoin: Rejoin::AsItself, ..policies() };
    assert!(schedules_until(Broken::TermFell, as_itself, false, 100).is_some());
    assert!(schedules_until(Broken::TwoLeaders, as_itself, false, 2_000).is_some());
}

#[test]
fn disks_that_lie_about_their_syncs_lose_what_was_committed() {
    for broken in [Broken::CommittedLost, Broken::LogsDiffer, Broken::TwoLeaders, Broken::VotedTwice] {
        assert!(schedules_until(broken, policies(), true, 200).is_some(), "{broken:?}");
    }
}

#[test]
fn what_counts_as_held_before_it_is_synced_is_lost_with_the_power() {
    let lazy = Policies { flush: Flush::Interval(1_000_000), ..policies() };
    assert!(schedules_until(Broken::CommittedLost, lazy, false, 1_000).is_some());
}
