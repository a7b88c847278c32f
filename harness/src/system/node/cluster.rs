//! Brokers and their controllers in the lab's world: the same state machines, among frames that are not all theirs.

use std::sync::Arc;

use broker::{Broker, ClusterConfig, Controller, Input, Node, NodeId, Now, Outputs};

use super::Factory;
use crate::system::frame::LabFrame;

/// A broker's host.
pub struct BrokerNode(Broker);

/// A controller's host.
pub struct ControllerNode(Controller);

impl BrokerNode {
    /// Makes this broker.
    #[must_use]
    pub fn factory(config: &Arc<ClusterConfig>, node: NodeId) -> Factory {
        let config = Arc::clone(config);
        Box::new(move || Box::new(BrokerNode(Broker::new(Arc::clone(&config), node))))
    }
}

impl ControllerNode {
    /// Makes the controller on this node.
    #[must_use]
    pub fn factory(config: &Arc<ClusterConfig>, node: NodeId) -> Factory {
        let config = Arc::clone(config);
        Box::new(move || Box::new(ControllerNode(Controller::new(Arc::clone(&config), node))))
    }
}

impl Node for BrokerNode {
    type Frame = LabFrame;

    fn step(&mut self, now: Now, input: Input<LabFrame>, out: &mut Outputs<LabFrame>) {
        if let Some(input) = input.map(LabFrame::broker) {
            self.0.handle(now, input, out);
        }
    }
}

impl Node for ControllerNode {
    type Frame = LabFrame;

    fn step(&mut self, now: Now, input: Input<LabFrame>, out: &mut Outputs<LabFrame>) {
        if let Some(input) = input.map(LabFrame::broker) {
            self.0.handle(now, input, out);
        }
    }
}
