//! Three controllers of which one decides: nothing is told before two have it, and whoever was replaced and does not know confirms nothing.

mod snapshots;

use std::collections::{BTreeMap, VecDeque};

use super::*;
use crate::replica::Replica;

const CONTROLLERS: [u32; 3] = [51, 52, 53];

/// On this connection a broker speaks to every controller.
const BROKER: ConnId = ConnId(u64::MAX);

/// One end of a connection: a host and its name for it.
type End = (usize, ConnId);

struct Host {
    controller: Controller,
    out: Outputs<Frame>,
    files: BTreeMap<FileId, Vec<u8>>,
    alarm: Option<Micros>,
    starts: u64,
    /// Nothing reaches it or leaves it but what the broker says and hears.
    cut: bool,
    answers: Vec<Response>,
    /// The broker's connection was closed so often.
    hung_up: u32,
    told: Vec<u32>,
}

/// Three controllers that a test moves by hand: what travels arrives at once, and every sync comes back.
struct Several {
    config: Arc<ClusterConfig>,
    hosts: Vec<Host>,
    links: BTreeMap<End, End>,
    flights: VecDeque<(usize, Option<usize>, Input<Frame>)>,
    now: Micros,
    /// The newest of a broker that it made register.
    incarnation: u64,
}

impl Several {
    fn new() -> Self {
        let controllers = CONTROLLERS.map(NodeId).to_vec();
        let config = Arc::new(ClusterConfig { controllers, ..ClusterConfig::example() });
        let host = |&node: &NodeId| Host {
            controller: Controller::new(Arc::clone(&config), node),
            out: Outputs::new(),
            files: config.format(node).into_iter().map(|stored| (stored.file, stored.bytes)).collect(),
            alarm: None,
            starts: 0,
            cut: false,
            answers: Vec::new(),
            hung_up: 0,
            told: Vec::new(),
        };
        let hosts = config.controllers.iter().map(host).collect();
        let (links, flights) = (BTreeMap::new(), VecDeque::new());
        let mut several = Several { config, hosts, links, flights, now: 0, incarnation: 0 };
        (0..3).for_each(|host| several.start(host));
        several.run(100_000);
        several
    }

    fn start(&mut self, host: usize) {
        let at = &mut self.hosts[host];
        at.starts += 1;
        let node = self.config.controllers[host];
        at.controller = Controller::new(Arc::clone(&self.config), node);
        let files = at.files.iter().map(|(&file, bytes)| StoredFile { file, bytes: bytes.clone() }).collect();
        let seed = at.starts << 8 | u64::from(node.0);
        self.step(host, Input::Started { files, seed });
    }

    /// Its process dies, and another finds its disk empty.
    fn lose_disk(&mut self, host: usize) {
        self.hosts[host].files.clear();
        self.restart(host);
    }

    /// Its process dies, and another finds what it wrote.
    fn restart(&mut self, host: usize) {
        let ends: Vec<End> = self.links.keys().copied().filter(|end| end.0 == host).collect();
        ends.into_iter().for_each(|end| self.close(end));
        self.start(host);
    }

    /// Everything arrives for so long.
    fn run(&mut self, micros: Micros) {
        let until = self.now + micros;
        loop {
            while let Some(at) = self.flights.iter().position(|(to, from, _)| !self.is_held(*to, *from)) {
                let (to, _, input) = self.flights.remove(at).unwrap();
                self.step(to, input);
            }
            let Some(at) = self.hosts.iter().filter_map(|host| host.alarm).min().filter(|at| *at <= until)
            else {
                break;
            };
            self.now = self.now.max(at);
            for host in 0..3 {
                if self.hosts[host].alarm.take_if(|at| *at <= self.now).is_some() {
                    self.step(host, Input::Timer);
                }
            }
        }
        self.now = until;
    }

    fn is_held(&self, to: usize, from: Option<usize>) -> bool {
        from.is_some_and(|from| from != to && (self.hosts[from].cut || self.hosts[to].cut))
    }

    /// The broker asks one of them.
    fn ask(&mut self, host: usize, request: Request) {
        self.step(host, Input::Frame { conn: BROKER, frame: request.frame(0) });
    }

    fn register(&mut self, host: usize, broker: u32) {
        self.ask(host, Request::Register { broker: NodeId(broker), incarnation: 7, stopped: None });
    }

    fn heartbeat(&mut self, host: usize, confirm: bool) {
        let (broker, broker_epoch, version) = (NodeId(1), 1, u32::MAX);
        self.ask(host, Request::BrokerHeartbeat { broker, broker_epoch, version, confirm });
    }

    /// Who decides, in the newest term.
    fn deciding(&self) -> Option<usize> {
        let office = |host: &usize| self.hosts[*host].controller.office;
        (0..3).filter(|host| office(host).is_some()).max_by_key(office)
    }

    fn step(&mut self, host: usize, input: Input<Frame>) {
        let at = &mut self.hosts[host];
        at.out.clear();
        at.controller.step(Now { mono: self.now, wall: self.now }, input, &mut at.out);
        for action in std::mem::take(&mut at.out.actions) {
            self.perform(host, action);
        }
    }

    fn perform(&mut self, host: usize, action: Action<Frame>) {
        let at = &mut self.hosts[host];
        match action {
            Action::Connect { conn, peer } => {
                let to = CONTROLLERS.iter().position(|&node| NodeId(node) == peer).unwrap();
                let there = (to, self.hosts[to].out.next_conn());
                self.links.extend([((host, conn), there), (there, (host, conn))]);
                self.flights.push_back((host, Some(to), Input::Opened { conn }));
                self.flights.push_back((to, Some(host), Input::Opened { conn: there.1 }));
            }
            Action::Close { conn: BROKER } => at.hung_up += 1,
            Action::Close { conn } => self.close((host, conn)),
            Action::Send { conn: BROKER, frame: Frame::Authority(Message::Response(_, response)) } => {
                at.answers.push(response);
            }
            Action::Send { conn: BROKER, frame: Frame::Authority(Message::Catalogue(catalogue)) } => {
                at.told.push(catalogue.version);
            }
            Action::Send { conn, frame } => {
                if let Some(&(to, conn)) = self.links.get(&(host, conn)) {
                    self.flights.push_back((to, Some(host), Input::Frame { conn, frame }));
                }
            }
            Action::Append { file, bytes } => at.files.entry(file).or_default().extend_from_slice(&bytes),
            Action::Truncate { file, length } => {
                at.files.entry(file).or_default().truncate(usize::try_from(length).unwrap());
            }
            Action::Sync { file, token } => {
                self.flights.push_back((host, None, Input::Synced { file, token }))
            }
            Action::Arm { at: time } => at.alarm = Some(time),
            action => panic!("nobody asked for {action:?}"),
        }
    }

    fn close(&mut self, end: End) {
        if let Some(other) = self.links.remove(&end) {
            self.links.remove(&other);
            self.flights.push_back((other.0, None, Input::Closed { conn: other.1 }));
        }
    }

    /// The one that decides is asked to decide so often.
    fn decide(&mut self, times: u32) {
        for _ in 0..times {
            let deciding = self.deciding().unwrap();
            self.incarnation += 1;
            let (broker, incarnation) = (NodeId(1), self.incarnation);
            self.ask(deciding, Request::Register { broker, incarnation, stopped: None });
            self.run(10_000);
        }
    }

    /// The newest incarnation that stands in its log.
    fn known(&self, host: usize) -> u64 {
        self.hosts[host].controller.journal.newest().unwrap().brokers[0].incarnation
    }

    fn replica(&mut self, host: usize) -> &Replica {
        &self.hosts[host].controller.journal.quorum().unwrap().replica
    }

    /// Where the log of each begins and ends, and the checksum of all that was ever in it.
    fn logs(&mut self) -> Vec<(Offset, Offset, u64)> {
        let log = |host| {
            let log = self.replica(host).log();
            (log.start(), log.end(), log.digest(log.end()))
        };
        (0..3).map(log).collect()
    }

    /// Whether all of them count this one among those who vote, under the name of its disk.
    fn all_let_vote(&mut self, host: usize) -> bool {
        let me = self.replica(host).consensus().unwrap().me();
        (0..3).all(|other| self.replica(other).consensus().unwrap().voters().contains(me))
    }

    /// The others elect one of themselves.
    fn replace(&mut self, host: usize) -> usize {
        self.hosts[host].cut = true;
        // A leader that hears nobody resigns after one and a half times the time that a voter waits at the least.
        for _ in 0..60 {
            self.run(10_000);
            if let Some(successor) = self.deciding().filter(|&other| other != host) {
                return successor;
            }
        }
        panic!("nobody is elected");
    }
}

fn registered(answers: &[Response]) -> Vec<u64> {
    let epoch = |answer: &Response| match answer {
        Response::Registered { broker_epoch, .. } => Some(*broker_epoch),
        _ => None,
    };
    answers.iter().filter_map(epoch).collect()
}

#[test]
fn the_first_of_them_decides_at_the_beginning_and_the_others_say_who_does() {
    let mut several = Several::new();
    assert_eq!(several.deciding(), Some(0));
    several.register(1, 1);
    assert_eq!(several.hosts[1].answers, [Response::NotController(Some(NodeId(51)))]);
    several.register(0, 1);
    several.run(10_000);
    assert_eq!(registered(&several.hosts[0].answers), [1]);
}

#[test]
fn a_decision_that_no_other_has_is_told_to_nobody_and_comes_to_nothing() {
    let mut several = Several::new();
    several.hosts[0].cut = true;
    several.register(0, 1);
    several.run(100_000);
    assert_eq!(several.hosts[0].answers, []);
    let successor = several.replace(0);
    several.hosts[0].cut = false;
    several.register(successor, 1);
    several.run(1_000_000);
    assert_eq!(
        (several.hosts[0].answers.len(), several.hosts[0].hung_up),
        (0, 1),
        "whoever waits looks for another"
    );
    let known = several.hosts.iter().map(|host| host.controller.journal.newest().unwrap().brokers.len());
    assert_eq!(known.collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn whoever_was_replaced_and_does_not_know_confirms_nothing() {
    let mut several = Several::new();
    several.register(0, 1);
    several.run(10_000);
    several.heartbeat(0, true);
    several.run(10_000);
    assert_eq!(several.hosts[0].answers.pop(), Some(Response::Alive(true)));
    several.hosts[0].cut = true;
    several.run(100_000);
    several.heartbeat(0, false);
    assert_eq!(
        several.hosts[0].answers.pop(),
        Some(Response::Alive(true)),
        "to live is no question of who decides"
    );
    several.heartbeat(0, true);
    several.run(100_000);
    assert_eq!(registered(&several.hosts[0].answers), [1]);
    assert_eq!(several.hosts[0].answers.len(), 1, "nothing is confirmed");
}

#[test]
fn what_was_told_survives_the_loss_of_any_one_disk() {
    for lost in 0..3 {
        let mut several = Several::new();
        several.register(0, 1);
        several.run(10_000);
        let told = registered(&several.hosts[0].answers);
        several.lose_disk(lost);
        several.run(3_000_000);
        let deciding = several.deciding().unwrap();
        several.register(deciding, 2);
        several.run(10_000);
        assert_eq!(told, [1]);
        let newest = several.hosts[deciding].controller.journal.newest().unwrap();
        let known: Vec<_> = newest.brokers.iter().map(|broker| (broker.node.0, broker.epoch)).collect();
        assert_eq!(known, [(1, 1), (2, 2)], "the disk of controller {lost} is lost");
    }
}

#[test]
fn a_broker_that_was_alive_gets_the_time_of_a_session_to_find_who_decides_now() {
    let mut several = Several::new();
    several.register(0, 1);
    several.run(10_000);
    let successor = several.replace(0);
    let session = several.config.timing.broker_session;
    several.run(session - 20_000);
    several.heartbeat(successor, false);
    assert_eq!(several.hosts[successor].answers, [Response::Alive(true)]);
    several.run(session + 20_000);
    several.heartbeat(successor, false);
    assert_eq!(
        several.hosts[successor].answers.pop(),
        Some(Response::Alive(false)),
        "it was silent for longer"
    );
}
