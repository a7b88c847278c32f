//! A broker among brokers: registering with the controller, taking on what the catalogue says, fetching from leaders.

use std::sync::Arc;

use super::Broker;
use crate::group::Coordinator;
use crate::peer::Purpose;
use crate::replica::{InSync, Leading, Replica};
use crate::wire::authority::{IsrError, Request, Response};
use crate::wire::replication;
use crate::{
    BrokerState, Catalogue, ConnId, Frame, Mark, Micros, Outputs, Readiness, RequestId, TopicPartition,
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
            (Purpose::Heartbeat, Response::Alive(false)) => self.registered = None,
            (purpose @ Purpose::Confirm(..), Response::Alive(false)) => {
                self.registered = None;
                self.unanswered(vec![purpose]);
            }
            (Purpose::Isr(topic_partition), Response::IsrAltered(_, Err(IsrError::NotEligible))) => {
                self.leading_isr(topic_partition, |isr| isr.refused());
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
        let replication::Response::Fetched(answer) = response;
        let purpose = self.peer_of(conn).and_then(|peer| peer.answered(id));
        let Some(Purpose::Fetch(topic_partition, epoch)) = purpose else {
            return;
        };
        if let Some(replica) = self.replica(topic_partition) {
            replica.fetched(now, epoch, answer, out);
        }
    }

    /// Requests that will not be answered: what they were for must be asked again.
    pub(super) fn unanswered(&mut self, lost: Vec<Purpose>) {
        for purpose in lost {
            match purpose {
                Purpose::Fetch(topic_partition, epoch) => {
                    if let Some(replica) = self.replica(topic_partition) {
                        replica.fetch_lost(epoch);
                    }
                }
                Purpose::Isr(topic_partition) => self.leading_isr(topic_partition, |isr| isr.ask_again()),
                Purpose::Confirm(topic_partition, _) => {
                    if let Some(leading) = self.replica(topic_partition).and_then(Replica::leading) {
                        leading.confirmation_lost();
                    }
                }
                Purpose::Vote(peer, topic_partition, pre, term) => {
                    if let Some(replica) = self.replica(topic_partition) {
                        replica.vote_lost(peer, (pre, term));
                    }
                }
                Purpose::BeginEpoch(peer, topic_partition, epoch) => {
                    if let Some(replica) =
                        self.replica(topic_partition).filter(|replica| replica.epoch() == epoch)
                    {
                        replica.untold(peer);
                    }
                }
                Purpose::Register | Purpose::Heartbeat => {}
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
        self.catalogue = Arc::clone(catalogue);
        for state in &catalogue.partitions {
            if let Some(replica) = self.replica(state.topic_partition) {
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
        let heartbeat = || Request::BrokerHeartbeat { broker, broker_epoch, version };
        if self.next_heartbeat <= now {
            let pause = self.config.timing.broker_heartbeat;
            self.next_heartbeat = defect!(BrokerSpeaksAtOnce: now.wrapping_sub(pause), now + pause);
            controller.ask(now, 0, Purpose::Heartbeat, |id| heartbeat().frame(id), out);
        }
        self.ask_for_confirmations(now, heartbeat, out);
        self.pass_proposals_on(now, broker_epoch, out);
    }

    fn ask_for_confirmations<F: From<Frame>>(
        &mut self,
        now: Micros,
        heartbeat: impl Fn() -> Request,
        out: &mut Outputs<F>,
    ) {
        let Some(controller) = &mut self.controller else { return };
        for replica in self.replicas.touched() {
            if replica.leading().is_some_and(Leading::ask_for_confirmation) {
                let purpose = Purpose::Confirm(replica.topic_partition(), replica.epoch());
                controller.ask(now, 0, purpose, |id| heartbeat().frame(id), out);
            }
        }
    }

    fn pass_proposals_on<F: From<Frame>>(&mut self, now: Micros, broker_epoch: u64, out: &mut Outputs<F>) {
        let Some(controller) = &mut self.controller else { return };
        for replica in self.replicas.touched() {
            let topic_partition = replica.topic_partition();
            let in_sync = replica.leading().and_then(Leading::in_sync);
            let Some(proposal) = in_sync.and_then(InSync::take_proposal) else {
                continue;
            };
            let request = Request::AlterIsr {
                broker: self.node,
                broker_epoch,
                topic_partition,
                leader_epoch: proposal.leader_epoch,
                version: proposal.version,
                isr: proposal.isr,
            };
            controller.ask(now, 0, Purpose::Isr(topic_partition), |id| request.frame(id), out);
        }
    }

    /// Keeps one fetch on its way for every log it follows.
    pub(super) fn fetch_as_follower<F: From<Frame>>(&mut self, now: Micros, out: &mut Outputs<F>) {
        let wait = self.config.timing.follower_wait;
        let Some(broker_epoch) = self.registered else {
            return;
        };
        for replica in self.replicas.touched() {
            let Some(leader) = replica.wants_fetch() else {
                continue;
            };
            let Some(peer) = self.peers.iter_mut().find(|peer| peer.peer() == leader) else {
                continue;
            };
            if peer.prepare(now, out) != Readiness::Ready {
                continue;
            }
            let purpose = Purpose::Fetch(replica.topic_partition(), replica.epoch());
            if let Some(request) = replica.next_fetch(broker_epoch, wait) {
                peer.ask(now, wait, purpose, |id| request.frame(id), out);
            }
        }
    }

    fn leading_isr(&mut self, topic_partition: TopicPartition, change: impl FnOnce(&mut InSync)) {
        let leading = self.replica(topic_partition).and_then(Replica::leading);
        if let Some(in_sync) = leading.and_then(Leading::in_sync) {
            change(in_sync);
        }
    }
}
