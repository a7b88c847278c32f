//! Chains: one log, and strike upon strike at those who keep it. Bugs of replication hide where leaders follow each other faster
//! than followers follow them: three leaders within one fetch, a leader that is gone before its followers have what it took in, a
//! follower that was let go while those that stayed are lost as well. Strikes at any roles and times seldom meet there.
//!
//! A link of a chain takes the leader, or holds a follower back, or costs a client its answers, or takes the controller while it
//! decides, or lets what somebody says come late. The first comes at a time or with a record; every later one right behind the one before, or once that has had its
//! consequences, at an event of the kind that a new leader brings about.
//!
//! The log of committed offsets is a log like the others: its leader coordinates the groups, and its clients are their members.

use super::events::Events;
use super::targets::{leader_of, replicated_log, roster, topic_of};
use crate::chaos::cast::{Cast, Part, Target};
use crate::chaos::fault::{Draws, FaultKind, Field, Roster};
use crate::chaos::schedule::Moment;
use crate::seed::rendezvous::Candidates;

/// A chain that seeds draw from: one log, and those who make it move.
pub(super) struct Chain {
    /// The roles around the log.
    pub roster: Roster,
    leader: Target,
    follower: Target,
    /// Who sends to the log.
    clients: Vec<Target>,
    /// Whether its leader coordinates groups.
    coordinates: bool,
    /// Who decides: the controller, or else whoever did so in the step in which it was seen.
    decides: Target,
}

/// What a strike of a chain is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Whoever leads is taken, or what connects it.
    Leader,
    /// A follower falls behind.
    Follower,
    /// A client does not hear what became of what it sent, or cannot send anything.
    Answers,
    /// The controller, or what connects it, is taken while something is being decided.
    Decision,
    /// What somebody said waits on the way, and is heard when everybody has gone on: he has given it up and said it again, perhaps to
    /// another leader, or in another generation or epoch.
    Late,
}

impl Link {
    /// All of them by name, and how often each is drawn.
    const ALL: [(&'static str, u64, Link); 5] = [
        ("leader", 4, Link::Leader),
        ("follower", 2, Link::Follower),
        ("answers", 1, Link::Answers),
        ("decision", 2, Link::Decision),
        ("late", 2, Link::Late),
    ];

    /// The one that this step is there for.
    pub fn draw(draws: &Draws) -> Option<Self> {
        Candidates::new(Link::ALL).draw(draws.stream(Field::Link)).copied()
    }

    /// How often a kind serves it: never what touches neither processes, disks nor connections.
    pub fn weight(self, kind: FaultKind) -> u64 {
        use FaultKind as Kind;
        let [leader, follower, answers, decision, late] = match kind {
            Kind::Crash => [4, 2, 0, 3, 0],
            Kind::Partition => [4, 4, 3, 3, 0],
            Kind::Pause => [3, 4, 1, 2, 0],
            Kind::PowerLoss => [3, 1, 0, 3, 0],
            Kind::Reset | Kind::LoseFrame => [1, 0, 3, 4, 0],
            Kind::Stall => [1, 2, 1, 2, 4],
            Kind::Delay => [1, 2, 1, 2, 1],
            Kind::HalfOpen => [1, 2, 1, 2, 0],
            Kind::SlowNode | Kind::SlowDisk => [1, 2, 0, 2, 0],
            Kind::Restart | Kind::Stop => [1, 1, 0, 1, 0],
            Kind::DiskLoss | Kind::TornWrite | Kind::LyingSync => [1, 1, 0, 0, 0],
            Kind::SyncFailure | Kind::DiskFull | Kind::BitRot => [1, 1, 0, 0, 0],
            _ => [0, 0, 0, 0, 0],
        };
        match self {
            Link::Leader => leader,
            Link::Follower => follower,
            Link::Answers => answers,
            Link::Decision => decision,
            Link::Late => late,
        }
    }

    /// After how many milliseconds it is healed. A leader is back before anybody has missed it, about when they do, or long after; a
    /// follower rather stays away for as long as it takes to be let go.
    pub fn heal_after(self, draws: &Draws) -> u64 {
        let lasts = match self {
            Link::Leader => [SOON, DUE, DUE, LATE],
            Link::Follower => [SOON, DUE, LATE, LATE],
            Link::Answers | Link::Decision => [SOON, SOON, DUE, LATE],
            Link::Late => [DUE, DUE, LATE, LATE],
        };
        absence(lasts, draws)
    }
}

impl Chain {
    /// A chain around one log of this cast, where there is one that several brokers keep.
    pub fn new(cast: &Cast, run: &Draws) -> Option<Self> {
        let &(log, _) = replicated_log(cast, run, |_| true)?;
        let leader = leader_of(cast, log);
        let follower = Target::any_follower(topic_of(cast, log), log.partition);
        let coordinates = Some(log) == cast.offsets;
        let clients: Vec<Target> = match coordinates {
            true => cast.groups.iter().map(|group| Target::member(group)).collect(),
            false => (1..=cast.of(Part::Producer).count()).map(Target::Producer).collect(),
        };
        let mut roles = vec![(leader.clone(), 6), (follower.clone(), 3)];
        roles.extend(clients.iter().map(|client| (client.clone(), 1)));
        roles.extend(cast.of(Part::Controller).take(1).map(|_| (Target::Controller, 2)));
        let decides = if cast.elects() { Target::Actor } else { Target::Controller };
        Some(Chain { roster: roster(&roles), leader, follower, clients, coordinates, decides })
    }

    /// Whom a link strikes first.
    pub fn aim(&self, link: Link, draws: &Draws) -> Target {
        let client = || draws.pick(&self.clients, Field::Direction).unwrap_or(&self.leader);
        match link {
            Link::Leader => &self.leader,
            Link::Follower => &self.follower,
            Link::Answers => client(),
            Link::Decision => &self.decides,
            Link::Late => match draws.below(4, Field::Aim) {
                0 => &self.follower,
                1 => &self.leader,
                _ => client(),
            },
        }
        .clone()
    }

    /// When a link behind another strikes.
    pub fn moment(&self, link: Link, events: &Events, draws: &Draws) -> Option<Moment> {
        if link == Link::Decision {
            // Before the answer is there, or when it has just come.
            let after = draws.below(2, Field::After) * draws.log_uniform(1, 15, Field::Time);
            return Some(events.decision(draws)?.later(after));
        }
        behind(self.coordinates, events, draws)
    }
}

/// Milliseconds, the least and the most, in which nobody misses who is away, in which they begin to, and in which they long have.
pub(super) const SOON: (u64, u64) = (10, 255);
pub(super) const DUE: (u64, u64) = (256, 1_023);
pub(super) const LATE: (u64, u64) = (1_024, 4_095);

/// After how many milliseconds somebody is back, of ranges that are as likely as each other.
pub(super) fn absence(lasts: [(u64, u64); 4], draws: &Draws) -> u64 {
    let (least, most) = lasts[draws.below(4, Field::Lasts) as usize];
    draws.log_uniform(least, most, Field::Heal)
}

/// Right behind a strike at a log, or once that has had its consequences; its leader may coordinate groups.
pub(super) fn behind(coordinates: bool, events: &Events, draws: &Draws) -> Option<Moment> {
    let soon = draws.log_uniform(1, 63, Field::Time);
    match draws.below(6, Field::AtEvent) {
        0 | 1 => Some(Moment::Behind(soon)),
        // A session or a lag later, give or take.
        2 => Some(Moment::Behind(draws.log_uniform(64, 1_023, Field::Time))),
        event => Some(events.turn(coordinates, draws)?.later(if event == 3 { 0 } else { soon })),
    }
}

#[cfg(test)]
mod tests {
    use broker::{NodeId, TopicId, TopicPartition};

    use super::*;
    use crate::chaos::cast::Player;
    use crate::seed::Seed;

    fn log(topic: u16) -> TopicPartition {
        TopicPartition { topic: TopicId(topic), partition: 0 }
    }

    /// Two logs on three brokers, one on a single broker, and that of the offsets.
    fn cast() -> Cast {
        let nodes = |count: u32| (1..=count).map(NodeId).collect::<Vec<NodeId>>();
        Cast {
            players: vec![
                Player::new(NodeId(0), "controller", Part::Controller),
                Player::new(NodeId(101), "producer-1", Part::Producer),
            ],
            groups: vec!["billing".to_owned()],
            topics: ["payments", "orders", "alone", "offsets"].map(str::to_owned).into(),
            placement: vec![(log(0), nodes(3)), (log(1), nodes(3)), (log(2), nodes(1)), (log(3), nodes(3))],
            offsets: Some(log(3)),
            ..Cast::default()
        }
    }

    fn draws(seed: u64, step: u64) -> Draws {
        Draws { seed: Seed(seed), step }
    }

    #[test]
    fn a_chain_is_about_one_log_that_several_keep_and_any_such_log_comes_up() {
        let chains: Vec<Chain> = (0..300).filter_map(|seed| Chain::new(&cast(), &draws(seed, 0))).collect();
        assert_eq!(chains.len(), 300);
        let about = |leader: Target| chains.iter().filter(|chain| chain.leader == leader).count();
        let logs =
            [Target::leader("payments", 0), Target::leader("orders", 0), Target::Coordinator].map(about);
        assert!(logs.iter().all(|&chains| chains > 60));
        assert_eq!(logs.iter().sum::<usize>(), 300);
    }

    #[test]
    fn the_clients_of_the_offsets_are_the_members_of_groups_and_those_of_other_logs_producers() {
        for seed in 0..100 {
            let chain = Chain::new(&cast(), &draws(seed, 0)).unwrap();
            let client = chain.aim(Link::Answers, &draws(seed, 1));
            let coordinates = chain.leader == Target::Coordinator;
            assert_eq!(client, if coordinates { Target::member("billing") } else { Target::Producer(1) });
            let offsets = Target::any_follower("offsets", 0);
            assert_eq!(chain.aim(Link::Follower, &draws(seed, 1)) == offsets, coordinates);
        }
    }

    #[test]
    fn a_decision_is_struck_at_the_controller_while_it_is_made() {
        let (events, chain) = (Events::new(&cast()), Chain::new(&cast(), &draws(5, 0)).unwrap());
        let decisions = ["lead", "members", "shrink-isr", "expand-isr", "election-started"];
        let decisions = decisions.into_iter().chain(["fence-broker", "register-broker"]);
        let mut missing: Vec<&str> = decisions.collect();
        let all = missing.clone();
        for step in 1..200 {
            assert_eq!(chain.aim(Link::Decision, &draws(5, step)), Target::Controller);
            let moment = chain.moment(Link::Decision, &events, &draws(5, step)).unwrap();
            let Moment::Event(event) = moment else { panic!("{moment:?} waits for nothing") };
            assert!(all.contains(&event.name.as_str()), "{}", event.name);
            missing.retain(|decision| *decision != event.name);
        }
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn what_comes_late_is_said_by_clients_followers_or_the_leader_and_waits_on_its_way() {
        let chain = Chain::new(&cast(), &draws(5, 0)).unwrap();
        assert!((1..200).any(|step| Link::draw(&draws(5, step)) == Some(Link::Late)));
        let aims: Vec<Target> = (1..200).map(|step| chain.aim(Link::Late, &draws(5, step))).collect();
        let sayers = [&chain.leader, &chain.follower, &chain.clients[0]];
        assert!(sayers.iter().all(|sayer| aims.contains(sayer)));
        let waits = |kind: &FaultKind| Link::Late.weight(*kind) > 0;
        let kinds: Vec<FaultKind> = FaultKind::ALL.iter().copied().filter(waits).collect();
        assert_eq!(kinds, [FaultKind::Delay, FaultKind::Stall]);
    }

    #[test]
    fn where_nobody_keeps_a_copy_there_is_no_chain() {
        let alone = Cast { placement: vec![(log(2), vec![NodeId(1)])], ..cast() };
        assert!(Chain::new(&alone, &draws(1, 0)).is_none());
    }

    #[test]
    fn every_link_and_every_length_of_absence_comes_up_and_leaders_most_often() {
        let links: Vec<Link> = (0..700).filter_map(|step| Link::draw(&draws(3, step))).collect();
        let count = |link: Link| links.iter().filter(|&&drawn| drawn == link).count();
        assert!(count(Link::Leader) > count(Link::Follower) && count(Link::Follower) > count(Link::Answers));
        let away: Vec<u64> = (0..200).map(|step| Link::Leader.heal_after(&draws(3, step))).collect();
        assert!(away.iter().any(|&ms| ms < 256) && away.iter().any(|&ms| ms > 1_023));
    }

    #[test]
    fn every_moment_but_the_first_is_behind_another() {
        let (events, chain) = (Events::new(&cast()), Chain::new(&cast(), &draws(5, 0)).unwrap());
        for step in 1..200 {
            let moment = chain.moment(Link::Leader, &events, &draws(5, step)).unwrap();
            assert_eq!(moment.clone().behind(), moment);
        }
    }
}
