//! The brokers as a client sees them: a link to each, and who leads what.

use std::collections::VecDeque;

use super::ClientInput;
use super::metadata::Metadata;
use crate::rng::Rng;
use crate::types::earliest;
use crate::wire::client::{Request, Response};
use crate::{BackOff, ConnId, Frame, Link, Micros, NodeId, Now, Outputs, Readiness, Terms, TopicPartition};

/// A rest after repeated failures is at most so many times doubled.
const DOUBLINGS: u32 = 3;

/// Which of the links.
pub(super) type LinkIndex = usize;

/// All links of one client. `T` says what the client's own requests are about.
#[derive(Clone, Debug, Hash)]
pub(super) struct Cluster<T> {
    links: Vec<Link<Asked<T>>>,
    metadata: Metadata,
    /// Whose turn it is where any broker will do.
    turn: LinkIndex,
    /// Who was asked last of all that any broker may be asked.
    asked_last: Option<LinkIndex>,
    lost: VecDeque<Lost<T>>,
    /// Those of every link.
    terms: Terms,
    retry_backoff: Micros,
    rng: Rng,
}

#[derive(Clone, Debug, Hash)]
enum Asked<T> {
    Metadata,
    Client(T),
}

/// A request that will not be answered.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Lost<T> {
    /// What it was about.
    pub(super) about: T,
    /// The broker that closed the connection; nothing where the client gave it up itself.
    pub(super) hung_up: Option<NodeId>,
}

/// What an input meant.
#[derive(Debug)]
pub(super) enum Heard<T> {
    /// It concerns a connection of somebody else.
    NotMine,
    /// It was dealt with here; requests may have been lost by it.
    Nothing,
    /// One of the client's requests was answered.
    Answer(T, Response),
}

impl<T> Cluster<T> {
    pub(super) fn new(
        brokers: &[NodeId],
        request_timeout: Micros,
        retry_backoff: Micros,
        metadata_age: Micros,
        seed: u64,
    ) -> Self {
        let mut rng = Rng::new(seed);
        let start = rng.next() % (brokers.len().max(1) as u64);
        // A connection rests half as long as a request does, as in Kafka (`reconnect.backoff.ms` 50, `retry.backoff.ms` 100):
        // what is new may well come before what is sent again.
        let back_off = BackOff::fixed(retry_backoff / 2).doubling(DOUBLINGS).jittered();
        let terms = Terms { opening: Some(request_timeout), answer: request_timeout, back_off };
        Cluster {
            links: brokers.iter().map(|&broker| Link::new(broker, terms)).collect(),
            metadata: Metadata::new(metadata_age),
            turn: usize::try_from(start).unwrap_or(0),
            asked_last: None,
            lost: VecDeque::new(),
            terms,
            retry_backoff,
            rng,
        }
    }

    pub(super) fn owns(&self, conn: ConnId) -> bool {
        self.find(conn).is_some()
    }

    /// Takes what happened to one of the connections.
    pub(super) fn handle(&mut self, now: Now, input: ClientInput) -> Heard<T> {
        let Some(link) = self.find(input.conn()) else {
            return Heard::NotMine;
        };
        match input {
            ClientInput::Opened(conn) => self.links[link].opened(conn),
            ClientInput::Refused(conn) => self.lost(now, link, conn, None),
            ClientInput::Closed(conn) => self.lost(now, link, conn, Some(self.links[link].peer())),
            ClientInput::Answered(_, id, response) => {
                return match self.links[link].answered(id) {
                    Some(Asked::Client(about)) => Heard::Answer(about, response),
                    Some(Asked::Metadata) => self.refreshed(now, response),
                    None => Heard::Nothing,
                };
            }
        }
        Heard::Nothing
    }

    /// Gives up connections that left a request unanswered for too long, and ends rests.
    pub(super) fn tick<F>(&mut self, now: Now, out: &mut Outputs<F>) {
        for link in 0..self.links.len() {
            self.links[link].wake(now.mono);
            if defect!(AlwaysOverdue: true, self.links[link].overdue(now.mono)) {
                let draw = self.rng.next();
                let unanswered = self.links[link].give_up(now.mono, draw, out);
                self.failed(now, unanswered, None);
            }
        }
    }

    /// The next request, oldest first, whose outcome will never be known.
    pub(super) fn next_lost(&mut self) -> Option<Lost<T>> {
        self.lost.pop_front()
    }

    /// The link to a topic partition's leader, if requests can be sent on it now; else whatever is missing is started.
    pub(super) fn leader<F>(
        &mut self,
        now: Now,
        topic_partition: TopicPartition,
        out: &mut Outputs<F>,
    ) -> Option<LinkIndex> {
        let leader = self.metadata.leader(now, topic_partition)?;
        let link = self.link_to(leader);
        (self.prepare(now, link, out) == Readiness::Ready).then_some(link)
    }

    /// A link to any broker, if requests can be sent on it now; else one is being opened. Brokers that rest are passed over.
    /// Whoever has not failed of late comes first, and of those the one that owes the fewest answers (Kafka's `leastLoadedNode`): a
    /// broker that is gone or hangs is not asked, again and again, where the others are. Nobody is asked twice in a row: a broker that
    /// does not reach the controller answers, and knows nothing new.
    pub(super) fn any<F>(&mut self, now: Now, out: &mut Outputs<F>) -> Option<LinkIndex> {
        let count = self.links.len();
        let mut order: Vec<LinkIndex> =
            (0..count).map(|i| defect!(TurnsMultiplied: self.turn * i, self.turn + i) % count).collect();
        order.sort_by_key(|&link| {
            (self.links[link].failures(), self.asked_last == Some(link), self.links[link].owed().len())
        });
        for link in order {
            match self.prepare(now, link, out) {
                Readiness::Ready => {
                    self.asked_last = Some(link);
                    return Some(link);
                }
                Readiness::Opening => return None,
                Readiness::Resting => {}
            }
        }
        None
    }

    /// The broker asked last was of no help.
    pub(super) fn next_turn(&mut self) {
        self.turn = (self.turn + 1) % self.links.len().max(1);
    }

    /// Sends a request on a link that is ready. It is given up when it is unanswered for `held_back` (how long the broker may
    /// rightly hold it back) and the request timeout.
    pub(super) fn ask<F: From<Frame>>(
        &mut self,
        now: Now,
        link: LinkIndex,
        request: Request,
        held_back: Micros,
        about: T,
        out: &mut Outputs<F>,
    ) {
        self.links[link].ask(now.mono, held_back, Asked::Client(about), |id| request.frame(id), out);
    }

    /// Sends a request that is not answered.
    pub(super) fn tell<F: From<Frame>>(&mut self, link: LinkIndex, request: Request, out: &mut Outputs<F>) {
        let id = self.links[link].number();
        self.links[link].send(request.frame(id), out);
    }

    /// What is known of the leaders has proved wrong.
    pub(super) fn doubt_leaders(&mut self, now: Now) {
        self.metadata.want(now);
    }

    /// When to try again what has just failed.
    pub(super) fn later(&mut self, now: Now) -> Micros {
        // At least one microsecond, so that no back-off of 0 turns into a loop within one instant.
        let rest = self.rng.around(self.retry_backoff).max(1);
        defect!(RestsInThePast: now.mono.wrapping_sub(rest), now.mono + rest)
    }

    /// Sends the refresh that is due; to be called at the end of every step.
    pub(super) fn refresh<F: From<Frame>>(&mut self, now: Now, out: &mut Outputs<F>) {
        if !self.metadata.is_due(now) {
            return;
        }
        if let Some(link) = self.any(now, out) {
            self.links[link].ask(now.mono, 0, Asked::Metadata, |id| Request::Metadata.frame(id), out);
            self.metadata.asked();
            self.next_turn();
        }
    }

    pub(super) fn deadline(&self) -> Option<Micros> {
        earliest(self.links.iter().map(Link::deadline).chain([self.metadata.deadline()]))
    }

    fn refreshed(&mut self, now: Now, response: Response) -> Heard<T> {
        let rest_until = self.later(now);
        match response {
            Response::Metadata(catalogue) => self.metadata.learn(now, &catalogue, rest_until),
            _ => self.metadata.unanswered(rest_until),
        }
        Heard::Nothing
    }

    fn lost(&mut self, now: Now, link: LinkIndex, conn: ConnId, hung_up: Option<NodeId>) {
        let draw = self.rng.next();
        let unanswered = self.links[link].lost(now.mono, conn, draw);
        self.failed(now, unanswered, hung_up);
    }

    /// A link has failed, and with it whatever was asked on it.
    fn failed(&mut self, now: Now, unanswered: Vec<Asked<T>>, hung_up: Option<NodeId>) {
        for asked in unanswered {
            match asked {
                Asked::Client(about) => self.lost.push_back(Lost { about, hung_up }),
                Asked::Metadata => {
                    let rest_until = self.later(now);
                    self.metadata.unanswered(rest_until);
                }
            }
        }
        self.metadata.want(now);
    }

    fn prepare<F>(&mut self, now: Now, link: LinkIndex, out: &mut Outputs<F>) -> Readiness {
        self.links[link].prepare(now.mono, out)
    }

    fn find(&self, conn: ConnId) -> Option<LinkIndex> {
        self.links.iter().position(|link| link.has(conn))
    }

    /// A leader may be a broker that joined the cluster after this client was configured.
    fn link_to(&mut self, peer: NodeId) -> LinkIndex {
        let known = self.links.iter().position(|link| link.peer() == peer);
        known.unwrap_or_else(|| {
            self.links.push(Link::new(peer, self.terms));
            self.links.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Action;
    use crate::wire::client::Message;

    const TIMEOUT: Micros = 500_000;

    /// A client that wants to know who leads.
    fn doubting(brokers: &[NodeId]) -> (Cluster<()>, Outputs<Frame>) {
        let mut cluster = Cluster::new(brokers, TIMEOUT, 20_000, 5_000_000, 5);
        cluster.doubt_leaders(Now::default());
        (cluster, Outputs::new())
    }

    /// Wakes the client at this time, and returns what it does.
    fn wake(cluster: &mut Cluster<()>, mono: Micros, out: &mut Outputs<Frame>) -> Vec<Action<Frame>> {
        let now = Now { mono, ..Now::default() };
        cluster.tick(now, out);
        cluster.refresh(now, out);
        std::mem::take(&mut out.actions)
    }

    #[test]
    fn a_refresh_that_went_with_its_connection_is_asked_for_on_the_next() {
        let (mut cluster, mut out) = doubting(&[NodeId(1)]);
        for mono in [0, TIMEOUT] {
            let now = Now { mono, ..Now::default() };
            let actions = wake(&mut cluster, mono, &mut out);
            let [Action::Connect { conn, .. }] = actions[..] else { panic!("{actions:?}") };
            cluster.handle(now, ClientInput::Opened(conn));
            let actions = wake(&mut cluster, mono, &mut out);
            let asked = |action: &_| {
                let Action::Send { frame: Frame::Client(message), .. } = action else { return false };
                matches!(message, Message::Request(_, Request::Metadata))
            };
            assert!(actions.iter().any(asked), "{actions:?}");
            cluster.handle(now, ClientInput::Closed(conn));
        }
    }

    #[test]
    fn a_connection_that_does_not_come_to_be_in_time_is_given_up_for_another_broker() {
        let (mut cluster, mut out) = doubting(&[NodeId(1), NodeId(2)]);
        let actions = wake(&mut cluster, 0, &mut out);
        let [Action::Connect { conn: first, peer: silent }] = actions[..] else { panic!("{actions:?}") };
        assert_eq!(wake(&mut cluster, TIMEOUT - 1, &mut out), []);
        assert_eq!(cluster.deadline(), Some(TIMEOUT));
        let actions = wake(&mut cluster, TIMEOUT, &mut out);
        let [Action::Close { conn }, Action::Connect { peer, .. }] = actions[..] else {
            panic!("{actions:?}")
        };
        assert_eq!(conn, first);
        assert_ne!(peer, silent);
    }
}
