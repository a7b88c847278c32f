//! A broker among brokers: registering with the controller, taking on what the catalogue says, fetching from leaders.

use std::sync::Arc;

use super::Broker;
use crate::group::Coordinator;
use crate::peer::{Peer, Purpose};
use crate::replica::{InSync, Leading, Replica};
use crate::wire::authority::{IsrError, Request, Response};
use crate::wire::replication;
use crate::{
    BrokerState, Catalogue, ClusterConfig, ConnId, Frame, Mark, Micros, NodeId, Outputs, Readiness,
    RequestId, TopicPartition,
};

impl Broker {
    /// The controller answered.
    pub(super) fn decided<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        response: Response,
        out: &mut Outputs<F>,
    ) {
        let Some(purpose) = self.peer_of(conn).and_then(|peer| peer.answered(id)) else {
            return;
        };
        match (purpose, response) {
            (Purpose::Register, Response::Registered { broker_epoch, catalogue }) => {
                out.mark(Mark::RegisterBroker);
                self.registered = Some(broker_epoch);
                self.clean_stop.registered(broker_epoch);
                self.replicas.touch_all();
                self.next_heartbeat = now + self.config.timing.broker_heartbeat;
                self.apply(now, &catalogue, out);
                self.stop_if_wanted(out);
            }
            // A newer catalogue has come before this answer, so whoever does not lead any longer has stepped down.
            (Purpose::Confirm(topic_partition, epoch), Response::Alive(true)) => {
                if let Some(replica) = self.replica(topic_partition) {
                    replica.confirmed(epoch, out);
                }
            }
            (purpose, Response::NotController(decides)) => {
                self.unanswered(vec![purpose]);
                self.leave_controller(now, decides, out);
            }
            (Purpose::Heartbeat, Response::Alive(false)) => self.registered = None,
            (purpose @ Purpose::Confirm(..), Response::Alive(false)) => {
                self.registered = None;
                self.unanswered(vec![purpose]);
            }
            (Purpose::Isr(topic_partition), Response::IsrAltered(_, Err(IsrError::NotEligible))) => {
                self.leading_isr(topic_partition, |isr| isr.refused());
                self.not_let_in.push(topic_partition);
            }
            _ => {}
        }
    }

    /// A leader answered.
    pub(super) fn fetched<F: From<Frame>>(
        &mut self,
        now: Micros,
        conn: ConnId,
        id: RequestId,
        response: replication::Response,
        out: &mut Outputs<F>,
    ) {
        let purpose = self.peer_of(conn).and_then(|peer| peer.answered(id));
        let about = purpose.and_then(|purpose| Some((purpose, purpose.log()?)));
        if let Some((purpose, log)) = about
            && let Some(replica) = self.replica(log)
        {
            replica.fetch_answered(now, purpose, response, out);
        }
    }

    /// Requests that will not be answered: what they were for must be asked again.
    pub(super) fn unanswered(&mut self, lost: Vec<Purpose>) {
        for purpose in lost {
            if let Some(replica) = purpose.log().and_then(|log| self.replica(log)) {
                replica.unanswered(purpose);
            }
        }
    }

    /// Takes on a catalogue that is newer than the one known, and knows this incarnation. One that was decided before it registered
    /// speaks of the incarnation before: were it taken on, two incarnations would lead in one epoch, with generations of groups
    /// that are granted twice.
    pub(super) fn apply<F: From<Frame>>(
        &mut self,
        now: Micros,
        catalogue: &Arc<Catalogue>,
        out: &mut Outputs<F>,
    ) {
        let knows_us = |known: &BrokerState| known.node == self.node && known.incarnation == self.incarnation;
        if catalogue.version <= self.catalogue.version || !catalogue.brokers.iter().any(knows_us) {
            return;
        }
        self.touch_once_rested(now);
        let known = std::mem::replace(&mut self.catalogue, Arc::clone(catalogue));
        let not_let_in = std::mem::take(&mut self.not_let_in);
        for (place, state) in catalogue.partitions.iter().enumerate() {
            let news =
                known.partitions.get(place) != Some(state) || not_let_in.contains(&state.topic_partition);
            if news && let Some(replica) = self.replica(state.topic_partition) {
                replica.apply_partition_state(now, state, out);
            }
        }
        self.coordinate(out);
    }

    /// Begins to coordinate groups once it leads the offsets log and that is replicated as far as it went then: a settlement that only
    /// this broker holds may vanish with it, so no group is told of it. Ends at once when the reign ends.
    ///
    /// Source: Kafka's coordinators since KIP-848 answer from what is committed; redpanda 5090 served what was not.
    pub(super) fn coordinate<F: From<Frame>>(&mut self, out: &mut Outputs<F>) {
        let rebalance = self.config.timing.rebalance;
        let offsets = self.config.offsets_partition();
        let current = self.coordinator.as_ref().map(Coordinator::epoch);
        let leading = self.replica(offsets).filter(|replica| replica.is_established());
        if current == leading.as_ref().map(|replica| replica.epoch()) {
            return;
        }
        let successor = leading.map(|replica| Coordinator::load(replica.epoch(), rebalance, replica.log()));
        if let Some(former) = std::mem::replace(&mut self.coordinator, successor) {
            former.stop(out);
        }
    }

    /// The link to a controller. Of several the next one is tried where a connection does not come about; the one is waited for.
    pub(super) fn controller_link(config: &ClusterConfig, node: NodeId) -> Peer {
        let patience = config.timing.request_timeout;
        match config.controllers.len() {
            1 => Peer::unconnected(node, patience),
            _ => Peer::impatient(node, patience),
        }
    }

    /// The controller that was asked decides nothing: whoever is said to is asked after a rest.
    fn leave_controller<F>(&mut self, now: Micros, decides: Option<NodeId>, out: &mut Outputs<F>) {
        let lost = self.controller.as_mut().map(|controller| controller.give_up(now, 0, out));
        self.unanswered(lost.unwrap_or_default());
        self.look_for_controller(now, decides, out);
    }

    /// Of several controllers, turns from one whose connection has failed to the one that is said to decide, or to the next.
    pub(super) fn look_for_controller<F>(
        &mut self,
        now: Micros,
        decides: Option<NodeId>,
        out: &mut Outputs<F>,
    ) {
        let controllers = &self.config.controllers;
        let Some(link) =
            self.controller.as_mut().filter(|_| controllers.len() > 1 && !defect!(OneControllerOnly))
        else {
            return;
        };
        let at = controllers.iter().position(|&node| node == link.peer()).unwrap_or(0);
        let next = controllers[(at + 1) % controllers.len()];
        link.turn_to(decides.filter(|node| controllers.contains(node)).unwrap_or(next), out);
        // Whoever decides now must hear of this broker before a session ends.
        self.next_heartbeat = now;
    }

    /// Registers, tells that it lives, and passes on what leaders propose.
    pub(super) fn talk_to_controller<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let Some(controller) = &mut self.controller else { return };
        if controller.prepare(now, out) != Readiness::Ready {
            return;
        }
        let Some(broker_epoch) = self.registered else {
            if self.clean_stop.may_register() && !controller.awaits(Purpose::Register) {
                let (broker, incarnation) = (self.node, self.incarnation);
                let request = Request::Register { broker, incarnation, stopped: self.clean_stop.stopped() };
                controller.ask(now, 0, Purpose::Register, |id| request.frame(id), out);
            }
            return;
        };
        let (broker, version) = (self.node, self.catalogue.version);
        let heartbeat = |confirm| Request::BrokerHeartbeat { broker, broker_epoch, version, confirm };
        if self.next_heartbeat <= now {
            let pause = self.config.timing.broker_heartbeat;
            self.next_heartbeat = defect!(BrokerSpeaksAtOnce: now.wrapping_sub(pause), now + pause);
            controller.ask(now, 0, Purpose::Heartbeat, |id| heartbeat(false).frame(id), out);
        }
        self.ask_for_confirmations(now, heartbeat, out);
        self.pass_proposals_on(now, broker_epoch, out);
    }

    fn ask_for_confirmations<F: From<Frame>>(
        &mut self,
        now: Micros,
        heartbeat: impl Fn(bool) -> Request,
        out: &mut Outputs<F>,
    ) {
        let Some(controller) = &mut self.controller else { return };
        self.replicas.for_each_touched(|replica| {
            if replica.leading().is_some_and(Leading::ask_for_confirmation) {
                let purpose = Purpose::Confirm(replica.topic_partition(), replica.epoch());
                controller.ask(now, 0, purpose, |id| heartbeat(true).frame(id), out);
            }
        });
    }

    fn pass_proposals_on<F: From<Frame>>(&mut self, now: Micros, broker_epoch: u64, out: &mut Outputs<F>) {
        let (Some(controller), broker) = (&mut self.controller, self.node) else { return };
        self.replicas.for_each_touched(|replica| {
            let topic_partition = replica.topic_partition();
            let in_sync = replica.leading().and_then(Leading::in_sync);
            let Some(proposal) = in_sync.and_then(InSync::take_proposal) else {
                return;
            };
            let request = Request::AlterIsr {
                broker,
                broker_epoch,
                topic_partition,
                leader_epoch: proposal.leader_epoch,
                version: proposal.version,
                isr: proposal.isr,
            };
            controller.ask(now, 0, Purpose::Isr(topic_partition), |id| request.frame(id), out);
        });
    }

    /// Keeps one fetch on its way for every log it follows.
    pub(super) fn fetch_as_follower<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let wait = self.config.timing.follower_wait;
        let Some(broker_epoch) = self.registered else {
            return;
        };
        let peers = &mut self.peers;
        self.replicas
            .for_each_touched(|replica| replica.fetch_from_leader(now, broker_epoch, wait, peers, out));
    }

    fn leading_isr(&mut self, topic_partition: TopicPartition, change: impl FnOnce(&mut InSync)) {
        let leading = self.replica(topic_partition).and_then(Replica::leading);
        if let Some(in_sync) = leading.and_then(Leading::in_sync) {
            change(in_sync);
        }
    }
}
