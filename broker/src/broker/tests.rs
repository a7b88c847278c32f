//! A whole broker, stepped by hand.

use super::*;
use crate::policy::Flush;
use crate::{Action, Request};

#[test]
fn a_failed_disk_halts_the_broker_and_nothing_is_acknowledged() {
    let mut config = ClusterConfig::example();
    config.topics[0].policies.flush = Flush::BeforeAck;
    let mut broker = Broker::new(Arc::new(config), NodeId(1));
    broker.step(Now::default(), Input::Started { files: Vec::new(), seed: 1 }, &mut Outputs::new());
    let mut out = Outputs::new();
    broker.step(Now::default(), Input::DiskFailed { file: FileId(0) }, &mut out);
    let [Action::Halt { reason }] = &out.actions[..] else { panic!("{:?}", out.actions) };
    assert_eq!(reason, "disk operation failed on file 0");
}

#[test]
fn whoever_asks_a_broker_that_coordinates_nothing_is_told_so() {
    let mut broker = Broker::new(Arc::new(ClusterConfig::example()), NodeId(1));
    broker.step(Now::default(), Input::Started { files: Vec::new(), seed: 1 }, &mut Outputs::new());
    let mut out = Outputs::new();
    let request = Request::LeaveGroup { group: crate::GroupId(0), member: 1 };
    let conn = ConnId(5);
    broker.step(Now::default(), Input::Frame { conn, frame: Frame::Request(3, request) }, &mut out);
    let refused = Frame::Response(3, Response::Group(Err(crate::GroupError::NotCoordinator)));
    assert!(out.actions.contains(&Action::Send { conn, frame: refused }));
}
