//! Brokers that elect their leaders, in a world that a test moves by hand. What travels waits until it is delivered: in order on one
//! connection, in any order between two. A disk keeps what was synced apart from what was only written.

use std::collections::{BTreeMap, BTreeSet};

use super::disk::Disk;
use super::host::Host;
use super::ledger::Ledger;
use super::*;

/// On this connection clients speak to every broker.
const CLIENT: ConnId = ConnId(u64::MAX);

/// One end of a connection: a host and its name for it.
type End = (usize, ConnId);

pub(super) struct Cluster {
    pub(super) now: Micros,
    config: Arc<ClusterConfig>,
    pub(super) hosts: Vec<Host>,
    links: BTreeMap<End, End>,
    flights: Vec<Flight>,
    pub(super) ledger: Ledger,
    /// The timers of the others do not fire.
    only: Option<usize>,
    /// Syncs come back with nothing made durable.
    pub(super) lies: bool,
}

struct Flight {
    from: usize,
    to: usize,
    lane: Lane,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    Conn(ConnId),
    Disk(FileId),
}

enum What {
    Opened,
    Refused,
    Closed,
    Frame(Frame),
    /// With what the file held when the sync was asked for.
    Synced(u64, Vec<u8>),
}

impl Cluster {
    /// So many brokers with formatted disks, all of them started.
    pub(super) fn new(config: ClusterConfig) -> Self {
        let hosts = config.brokers.iter().map(|&node| Host::formatted(node, &config)).collect();
        let mut cluster = Cluster {
            now: 0,
            hosts,
            config: Arc::new(config),
            links: BTreeMap::new(),
            flights: Vec::new(),
            ledger: Ledger::default(),
            only: None,
            lies: false,
        };
        (0..cluster.hosts.len()).for_each(|host| cluster.start(host));
        cluster
    }

    pub(super) fn start(&mut self, host: usize) {
        let at = &mut self.hosts[host];
        if at.broker.is_some() {
            return;
        }
        at.starts += 1;
        at.broker = Some(Broker::new(Arc::clone(&self.config), at.node));
        let (files, seed) = (at.disk.found(), at.starts << 8 | u64::from(at.node.0));
        self.step(host, Input::Started { files, seed });
    }

    /// The process dies; what it wrote stays.
    pub(super) fn crash(&mut self, host: usize) {
        self.hosts[host].broker = None;
        self.hosts[host].alarm = None;
        let gone: Vec<End> = self.links.keys().copied().filter(|end| end.0 == host).collect();
        gone.into_iter().for_each(|end| self.close(end));
        self.flights.retain(|flight| flight.to != host);
    }

    pub(super) fn crash_all(&mut self, hosts: &[usize]) {
        hosts.iter().for_each(|&host| self.crash(host));
    }

    pub(super) fn start_all(&mut self, hosts: &[usize]) {
        hosts.iter().for_each(|&host| self.start(host));
    }

    /// The host dies with what it had not synced, but for so many bytes of each file.
    pub(super) fn lose_power(&mut self, host: usize, kept: usize) {
        self.crash(host);
        self.hosts[host].disk.lose_power(kept);
        self.ledger.lost_power(&self.hosts[host]);
    }

    /// The host dies and comes back with an empty disk later.
    pub(super) fn lose_disk(&mut self, host: usize) {
        self.crash(host);
        self.hosts[host].disk = Disk::default();
    }

    /// The host dies, and comes back with this bit of its log flipped.
    pub(super) fn damage(&mut self, host: usize, bit: usize) {
        self.crash(host);
        self.hosts[host].disk.flip(FileId(0), bit);
    }

    /// The host is asked to stop in good order.
    pub(super) fn stop(&mut self, host: usize) {
        self.step(host, Input::Stop);
    }

    /// Holds back what travels to and from this host.
    pub(super) fn cut(&mut self, host: usize) {
        self.hosts[host].cut = true;
    }

    /// Nobody is cut off any longer, and everybody runs.
    pub(super) fn heal(&mut self) {
        self.hosts.iter_mut().for_each(|host| host.cut = false);
        (0..self.hosts.len()).for_each(|host| self.start(host));
    }

    /// One connection breaks: what is on its way is lost.
    pub(super) fn break_link(&mut self, number: usize) {
        let Some((&one, &other)) = self.links.iter().nth(number % self.links.len().max(1)) else { return };
        self.purge(one);
        self.purge(other);
        self.close(one);
        self.fly(other.0, one, What::Closed);
    }

    /// Delivers one of what could arrive next.
    pub(super) fn deliver_any(&mut self, number: usize) {
        let ready = self.deliverable();
        if !ready.is_empty() {
            self.deliver(ready[number % ready.len()]);
        }
    }

    /// Lets so much time pass in which nothing arrives.
    pub(super) fn pass(&mut self, micros: Micros) {
        self.now += micros;
        self.fire();
    }

    /// Lets so much time pass in which everything arrives at once.
    pub(super) fn run(&mut self, micros: Micros) {
        let until = self.now + micros;
        self.settle();
        while let Some(at) = self.next_alarm().filter(|&at| at <= until) {
            self.now = self.now.max(at);
            self.fire();
            self.settle();
        }
        self.now = until;
    }

    /// Runs until this host leads, and no longer; the timers of no other fire.
    pub(super) fn elect(&mut self, host: usize) {
        self.let_campaign(host, 10_000_000);
        assert!(self.leads(host), "it is elected");
    }

    /// Runs until this host leads, but not for longer than this; the timers of no other fire.
    pub(super) fn let_campaign(&mut self, host: usize, micros: Micros) {
        let until = self.now + micros;
        self.only = Some(host);
        while !self.leads(host) {
            if let Some(&first) = self.deliverable().first() {
                self.deliver(first);
                continue;
            }
            let Some(at) = self.next_alarm().filter(|&at| at <= until) else { break };
            self.now = self.now.max(at);
            self.fire();
        }
        self.only = None;
    }

    /// Whoever leads in the newest term.
    pub(super) fn leader(&self) -> Option<usize> {
        let leading = (0..self.hosts.len()).filter(|&host| self.leads(host));
        leading.max_by_key(|&host| self.hosts[host].replica().map(Replica::epoch))
    }

    pub(super) fn leads(&self, host: usize) -> bool {
        self.hosts[host].replica().is_some_and(Replica::leads)
    }

    /// A client asks.
    pub(super) fn ask(&mut self, host: usize, request: client::Request) {
        self.hear(host, request.frame(0));
    }

    /// This arrives, from nobody in the cluster.
    pub(super) fn hear(&mut self, host: usize, frame: Frame) {
        self.step(host, Input::Frame { conn: CLIENT, frame });
    }

    /// A client sends a record that waits for all.
    pub(super) fn produce(&mut self, host: usize) {
        let number = self.ledger.next_record();
        let record =
            Record { id: MessageId { producer: 1, number }, key: Bytes::new(), payload: Bytes::new() };
        let (topic_partition, acks) = (LOG, Ack::All);
        self.ask(
            host,
            client::Request::Produce { topic_partition, acks, stamp: None, records: [record].into() },
        );
    }

    /// The offsets of all records that producers were told are stored.
    pub(super) fn acknowledged(&self) -> impl Iterator<Item = Offset> {
        let answers = self.hosts.iter().flat_map(|host| &host.answers);
        answers.filter_map(|answer| match answer {
            client::Response::Produced(Ok(offset)) => Some(*offset),
            _ => None,
        })
    }

    /// Whether all that is committed survives if one disk is lost now: everybody votes and holds it.
    pub(super) fn may_lose_a_disk(&self) -> bool {
        let committed = self.ledger.committed();
        let syncs = self.flights.iter().any(|flight| matches!(flight.lane, Lane::Disk(_)));
        let voters = self.hosts[0].replica().and_then(Replica::consensus).map(Consensus::voters);
        !syncs
            && self.hosts.iter().all(|host| {
                host.replica().is_some_and(|replica| {
                    let consensus =
                        replica.consensus().filter(|consensus| consensus.voters().contains(consensus.me()));
                    consensus.map(Consensus::voters) == voters && self.ledger.is_held_by(replica, committed)
                })
            })
    }

    fn settle(&mut self) {
        for _ in 0..20_000 {
            let Some(&first) = self.deliverable().first() else { return };
            self.deliver(first);
        }
        panic!("it never comes to rest");
    }

    fn next_alarm(&self) -> Option<Micros> {
        let hosts = self.hosts.iter().enumerate();
        hosts
            .filter(|(at, _)| self.only.is_none_or(|only| only == *at))
            .filter_map(|(_, host)| host.alarm)
            .min()
    }

    fn fire(&mut self) {
        for host in 0..self.hosts.len() {
            let wakes = self.only.is_none_or(|only| only == host);
            if wakes && self.hosts[host].alarm.take_if(|at| *at <= self.now).is_some() {
                self.step(host, Input::Timer);
            }
        }
    }

    /// The places of what could arrive next.
    fn deliverable(&self) -> Vec<usize> {
        let mut seen = BTreeSet::new();
        let first = |(at, flight): (usize, &Flight)| {
            let flies = seen.insert((flight.to, flight.lane)) && !self.is_held(flight.from, flight.to);
            flies.then_some(at)
        };
        self.flights.iter().enumerate().filter_map(first).collect()
    }

    fn is_held(&self, from: usize, to: usize) -> bool {
        from != to && (self.hosts[from].cut || self.hosts[to].cut)
    }

    fn deliver(&mut self, at: usize) {
        let Flight { to, lane, what, .. } = self.flights.remove(at);
        let input = match (lane, what) {
            (Lane::Conn(conn), What::Opened) => Input::Opened { conn },
            (Lane::Conn(conn), What::Refused) => Input::Refused { conn },
            (Lane::Conn(conn), What::Frame(frame)) => {
                self.ledger.arrives(to, conn, &frame);
                Input::Frame { conn, frame }
            }
            (Lane::Disk(file), What::Synced(token, held)) => {
                self.hosts[to].disk.synced(file, held);
                Input::Synced { file, token }
            }
            (Lane::Conn(conn), _) => Input::Closed { conn },
            (Lane::Disk(_), _) => return,
        };
        self.step(to, input);
    }

    fn step(&mut self, host: usize, input: Input<Frame>) {
        let at = &mut self.hosts[host];
        let Some(broker) = &mut at.broker else { return };
        at.out.clear();
        broker.step(Now { mono: self.now, wall: self.now }, input, &mut at.out);
        let actions = std::mem::take(&mut at.out.actions);
        self.ledger.stepped(&self.hosts[host]);
        actions.into_iter().for_each(|action| self.perform(host, action));
    }

    fn perform(&mut self, host: usize, action: Action<Frame>) {
        match action {
            Action::Connect { conn, peer } => self.connect(host, conn, peer),
            Action::Close { conn } => {
                self.purge((host, conn));
                self.close((host, conn));
            }
            Action::Send { conn: CLIENT, frame: Frame::Client(client::Message::Response(_, response)) } => {
                self.hosts[host].answers.push(response);
            }
            Action::Send { conn, frame } => {
                self.ledger.leaves(host, conn, &frame);
                if let Some(&to) = self.links.get(&(host, conn)) {
                    self.fly(host, to, What::Frame(frame));
                }
            }
            Action::Exit => self.crash(host),
            Action::Arm { at } => self.hosts[host].alarm = Some(at),
            disk => self.write(host, disk),
        }
    }

    fn write(&mut self, host: usize, action: Action<Frame>) {
        let disk = &mut self.hosts[host].disk;
        match action {
            Action::Append { file, bytes } => disk.append(file, &bytes),
            Action::Truncate { file, length } => disk.truncate(file, length),
            Action::Sync { file, token } => {
                let (lane, what) = (Lane::Disk(file), What::Synced(token, disk.syncing(file, self.lies)));
                self.flights.push(Flight { from: host, to: host, lane, what });
            }
            action => panic!("nobody asked for {action:?}"),
        }
    }

    fn connect(&mut self, host: usize, conn: ConnId, peer: NodeId) {
        let to = self.hosts.iter().position(|host| host.node == peer).unwrap();
        if self.hosts[to].broker.is_none() || self.is_held(host, to) {
            let (lane, what) = (Lane::Conn(conn), What::Refused);
            return self.flights.push(Flight { from: host, to: host, lane, what });
        }
        let (here, there) = ((host, conn), (to, self.hosts[to].out.next_conn()));
        self.links.extend([(here, there), (there, here)]);
        self.fly(host, there, What::Opened);
        self.fly(to, here, What::Opened);
    }

    /// This end closes the connection: the other hears of it behind all that is on its way.
    fn close(&mut self, end: End) {
        if let Some(other) = self.links.remove(&end) {
            self.links.remove(&other);
            self.fly(end.0, other, What::Closed);
        }
    }

    fn purge(&mut self, (host, conn): End) {
        self.flights.retain(|flight| (flight.to, flight.lane) != (host, Lane::Conn(conn)));
    }

    fn fly(&mut self, from: usize, (to, conn): End, what: What) {
        self.flights.push(Flight { from, to, lane: Lane::Conn(conn), what });
    }
}
