//! Claim: a cluster that loses one thing at a time goes on within the time that it promised.
//!
//! * `unavailable`, broker: within one window, for longer than its bound, a send to a log was open and none to that log was
//!   acknowledged; or a producer had one open and none of its own to that log was acknowledged.
//! * `unavailable`, consumer: within one window, for longer than its bound, a group had a visible record of one log to settle and
//!   settled none of that log, whatever it did with others.
//!
//! A fault is present from its strike until a recovery time after its healing. A window is a maximal interval in which nothing is
//! present, or exactly one fault that struck when nothing was and that the bounds speak of: one node of the cluster that is down,
//! stands still or was restarted, or one steady cut between two nodes of the cluster, in one direction or both. Any other
//! fault of the cluster closes the window, so does a node that stops itself, and a fault whose reach nobody told. A fault of
//! clients, or of their links, closes nothing: sends that these clients had open then, and begin while it is present, are not
//! judged, and neither is a group with such a member.
//!
//! Before the first strike of a history, at anybody, the window has a bound of its own: no connection can be dead by then, so nobody
//! waits for a request or a session to time out.
//!
//! The liveness phase is a window of its own. The fault `all-but-core` reaches every node that is not part of a core which could
//! serve alone and is healed; whatever else is present, the clients of the core are judged until it is over.
//!
//! Source: Jepsen's and TigerBeetle's notion of progress under partial failure; KIP-966 on what one lost replica may cost. The
//! bounds are the cluster's own.
//!
//! The bounds are those of a log's senders, each by itself: a producer that has lost its way is found though another one is served.
//!
//! Needs the bounds: it is on no list, whoever declares them adds it. Does not see that one consumer of several is starved, nor a
//! send that nobody began.

mod cluster;
mod lost;
mod promise;
mod report;
#[cfg(test)]
mod tests;
mod waiting;
mod watch;

pub use promise::{Availability, GroupPromise, LogPromise, Lost, Within};

use cluster::Cluster;
use waiting::{Group, Read, Senders};
use watch::{Wait, Watch};

use crate::{
    Case, Checker, Course, Entry, Event, EventKind, Findings, MessageId, Name, Names, Offset, Path, Phase,
    Reach, Scope, Time, TopicPartition, Waited, Wanted,
};

/// The waiting of everybody to whom something was promised.
#[derive(Clone, Debug)]
pub struct Unavailable {
    cluster: Cluster,
    logs: Vec<Senders>,
    groups: Vec<Group>,
    /// What struck and is not healed.
    faults: Vec<Fault>,
    /// Clients that a fault touched which is healed, and when it was.
    touched: Vec<(Name, Time)>,
    /// The kind of fault that a node is which stopped itself.
    halt: Name,
    /// The kind of fault that leaves a core.
    all_but_core: Name,
    found: Vec<Found>,
    now: Time,
}

/// A fault that struck.
#[derive(Clone, Debug)]
struct Fault {
    kind: Name,
    target: Name,
    /// Nothing where nobody told: it may be everywhere.
    reach: Option<Reach>,
}

/// A wait that was too long.
#[derive(Clone, Copy, Debug)]
struct Found {
    by: Subject,
    wait: Wait,
    /// The send that had waited longest.
    send: Option<MessageId>,
}

/// Who waited.
#[derive(Clone, Copy, Debug)]
enum Subject {
    Log(usize),
    /// A log, and one of those who send to it.
    Producer(usize, usize),
    /// A group, and which of its logs.
    Read(usize, usize),
}

impl Fault {
    fn touches(&self, process: Name) -> bool {
        self.reach.as_ref().is_none_or(|reach| reach.touched().any(|touched| touched == process))
    }

    fn is_over_at_once(&self) -> bool {
        self.reach.as_ref().is_some_and(|reach| reach.course == Course::Once)
    }
}

impl Unavailable {
    /// Judges histories of these names by what was promised.
    #[must_use]
    pub fn new(promise: &Availability, names: &mut Names) -> Self {
        let senders = |log: &LogPromise| Senders {
            watch: Watch::new(log.within),
            producers: Vec::new(),
            turn: log.turn,
            open: Vec::new(),
            visible: 0,
        };
        let read = |place, within| Read { place, watch: Watch::new(within), settled: 0 };
        let groups = promise.groups.iter().map(|group| Group {
            name: names.intern(&group.group),
            members: group.members.iter().map(|member| names.intern(member)).collect(),
            reads: group.reads.iter().map(|&place| read(place, group.within)).collect(),
            others: (0..promise.logs.len()).filter(|log| !group.reads.contains(log)).collect(),
        });
        Unavailable {
            groups: groups.collect(),
            logs: promise.logs.iter().map(senders).collect(),
            cluster: Cluster::new(promise, names),
            faults: Vec::new(),
            touched: Vec::new(),
            halt: names.intern("halt"),
            all_but_core: names.intern("all-but-core"),
            found: Vec::new(),
            now: 0,
        }
    }

    fn sent(&mut self, sender: Name, phase: Phase, id: MessageId, log: TopicPartition) {
        let Some(place) = self.cluster.place(log) else { return };
        let at = self.logs[place].producer(sender);
        match phase {
            Phase::Invoke if self.is_judged(sender, place) => self.logs[place].open.push((sender, id)),
            Phase::Invoke => {}
            Phase::Ok | Phase::Fail | Phase::Info => {
                if phase == Phase::Ok {
                    self.logs[place].watch.progressed(self.now);
                    self.logs[place].producers[at].1.progressed(self.now);
                    self.take_of_log(place);
                }
                self.logs[place].open.retain(|open| *open != (sender, id));
            }
        }
        let senders = &mut self.logs[place];
        senders.watch.waits(self.now, !senders.open.is_empty());
        senders.look(self.now, at);
        self.take_of_log(place);
    }

    /// Whether a client that begins to send now is one that no fault touches.
    fn is_judged(&self, client: Name, place: usize) -> bool {
        if let Some(rest) = self.faults.iter().find(|fault| fault.kind == self.all_but_core) {
            return !rest.touches(client);
        }
        let recovery = self.logs[place].watch.recovery();
        let recovers = |&(touched, healed): &(Name, Time)| {
            touched == client && healed.saturating_add(recovery) > self.now
        };
        !self.faults.iter().any(|fault| fault.touches(client)) && !self.touched.iter().any(recovers)
    }

    /// What a process left open before has no end.
    fn began(&mut self, process: Name) {
        for place in 0..self.logs.len() {
            self.logs[place].open.retain(|(sender, _)| *sender != process);
            self.look_at_log(place);
        }
    }

    fn visible(&mut self, log: TopicPartition, offset: Offset) {
        let Some(place) = self.cluster.place(log) else { return };
        self.logs[place].visible = offset.max(self.logs[place].visible);
        (0..self.groups.len()).for_each(|group| self.look_at_reads(group));
    }

    fn settled(&mut self, group: Name, log: TopicPartition, upto: Offset) {
        let at = self.groups.iter().position(|its| its.name == group);
        let (Some(at), Some(place)) = (at, self.cluster.place(log)) else { return };
        let further = |read: &&mut Read| read.place == place && read.settled < upto;
        let Some(read) = self.groups[at].reads.iter_mut().find(further) else { return };
        read.settled = upto;
        read.watch.progressed(self.now);
        self.look_at_reads(at);
    }

    fn look_at_log(&mut self, place: usize) {
        let senders = &mut self.logs[place];
        senders.watch.waits(self.now, !senders.open.is_empty());
        (0..senders.producers.len()).for_each(|at| senders.look(self.now, at));
        self.take_of_log(place);
    }

    fn look_at_reads(&mut self, at: usize) {
        let (logs, group) = (&self.logs, &mut self.groups[at]);
        let waiting =
            |read: &Read| logs.get(read.place).map_or(0, |log| log.visible).saturating_sub(read.settled);
        let all = group.reads.iter().map(waiting).sum();
        for read in &mut group.reads {
            read.watch.stands_among(all);
            read.watch.waits(self.now, waiting(read) > 0);
        }
        self.take_reads(at);
    }

    fn watches(&mut self) -> impl Iterator<Item = &mut Watch> {
        let logs = self.logs.iter_mut().flat_map(Senders::watches);
        let reads = self.groups.iter_mut().flat_map(|group| &mut group.reads);
        logs.chain(reads.map(|read| &mut read.watch))
    }

    fn take_of_log(&mut self, place: usize) {
        // This is asked after every send, and hardly ever was one too late.
        if self.logs[place].watches().any(|watch| watch.has_waited()) {
            self.take(Subject::Log(place));
            (0..self.logs[place].producers.len()).for_each(|at| self.take(Subject::Producer(place, at)));
        }
    }

    fn take(&mut self, by: Subject) {
        let (watch, send) = match by {
            Subject::Log(place) => {
                let Senders { watch, open, .. } = &mut self.logs[place];
                (watch, open.first().map(|&(_, id)| id))
            }
            Subject::Producer(place, at) => {
                let Senders { producers, open, .. } = &mut self.logs[place];
                let (name, watch) = &mut producers[at];
                (watch, open.iter().find(|(sender, _)| sender == name).map(|&(_, id)| id))
            }
            Subject::Read(at, read) => (&mut self.groups[at].reads[read].watch, None),
        };
        self.found.extend(watch.take_over().map(|wait| Found { by, wait, send }));
    }

    fn take_reads(&mut self, at: usize) {
        for read in 0..self.groups[at].reads.len() {
            // A record that becomes visible changes how long all may wait, and seldom is one of them done.
            if self.groups[at].reads[read].watch.has_waited() {
                self.take(Subject::Read(at, read));
            }
        }
    }

    /// By what was lost: how long was waited in all windows that were looked at.
    fn waits(&self) -> Vec<Waited> {
        let logs = self.logs.iter().map(|log| (Path::Broker, &log.watch));
        let reads = self.groups.iter().flat_map(|group| &group.reads);
        let reads = reads.map(|read| (Path::Consumer, &read.watch));
        let mut all: Vec<Waited> = Vec::new();
        for waited in logs.chain(reads).flat_map(|(path, watch)| watch.waited(path)) {
            match all.iter_mut().find(|known| known.is_of(&waited)) {
                Some(known) => known.merge(&waited),
                None => all.push(waited),
            }
        }
        all.sort_by_key(|waited| (waited.path, waited.lost));
        all
    }
}

impl Checker for Unavailable {
    fn name(&self) -> &'static str {
        "unavailable"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[
            EventKind::Send,
            EventKind::Began,
            EventKind::Lead,
            EventKind::Watermark,
            EventKind::Settle,
            EventKind::Position,
            EventKind::Fault,
            EventKind::Halted,
            EventKind::Healed,
            EventKind::Audited,
        ])
    }

    fn see(&mut self, entry: &Entry) {
        self.now = entry.time.max(self.now);
        match entry.event {
            Event::Send { phase, id, log, .. } => self.sent(entry.process, phase, id, log),
            Event::Began => self.began(entry.process),
            Event::Lead { log, epoch } => self.cluster.leads(entry.time, entry.process, log, epoch),
            Event::Watermark { log, offset } => self.visible(log, offset),
            Event::Settle { phase: Phase::Ok, group, log, what: Scope::UpTo(upto), .. }
            | Event::Position { group, log, settled: upto } => self.settled(group, log, upto),
            Event::Fault { fault: kind, target, healed: true, .. } => {
                self.heal(|fault| (fault.kind, fault.target) == (kind, target));
            }
            Event::Fault { fault: kind, target, ref reach, .. } => {
                self.struck(Fault { kind, target, reach: reach.as_deref().cloned() });
            }
            Event::Halted { .. } => self.halted(entry.process),
            Event::Healed => while self.heal(|_| true) {},
            _ => {}
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let now = self.now;
        self.watches().for_each(|watch| watch.end(now));
        (0..self.logs.len()).for_each(|log| self.take_of_log(log));
        (0..self.groups.len()).for_each(|group| self.take_reads(group));
        let mut findings = Findings::default();
        let found = self.found.iter().filter(|found| !self.is_part_of_another(found));
        found.for_each(|found| self.report(case, found, &mut findings));
        findings.waited(self.waits());
        findings
    }

    fn reset(&mut self) {
        self.cluster.reset();
        for log in &mut self.logs {
            log.watch.reset();
            log.producers.clear();
            log.open.clear();
            log.visible = 0;
        }
        for group in &mut self.groups {
            group.reads.iter_mut().for_each(|read| {
                read.watch.reset();
                read.settled = 0;
            });
        }
        self.faults.clear();
        self.touched.clear();
        self.found.clear();
        self.now = 0;
    }
}
