//! Which broker a producer speaks to: leaders that change, and answers that do not come.

use super::*;

#[test]
fn an_unanswered_request_costs_the_connection_and_is_sent_again_on_the_next() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..1);
    let (first, ..) = produce(&mut script);
    script.pass(&mut producer, 600_000);
    assert_eq!(script.closed, [NodeId(1)]);
    let (second, _, same) = produce(&mut script);
    assert_ne!(second.conn, first.conn);
    assert_eq!(same, stamp(0, 0));
    script.answer(&mut producer, &first, Response::Produced(Ok(5)));
    assert!(events(&mut producer).is_empty(), "that connection is nobody's now");
    script.answer(&mut producer, &second, Response::Produced(Ok(0)));
    assert_eq!(events(&mut producer), [acked(0, 0)]);
}

#[test]
fn a_broker_that_does_not_lead_sends_the_producer_to_the_new_leader() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..1);
    script.pass(&mut producer, LONG);
    script.elect(Some(3));
    let refreshes = script.refreshes.len();
    expect(&mut producer, &mut script, 0, refused(Refusal::NotLeader));
    script.pass(&mut producer, LONG);
    assert_eq!(script.refreshes.len(), refreshes + 1, "one refresh for one doubt");
    let (asked, ..) = produce(&mut script);
    assert_eq!(asked.peer, NodeId(3));
}

#[test]
fn a_broker_that_knows_less_does_not_lead_the_producer_back() {
    let (mut producer, mut script) = start(config());
    let outdated = script.catalogue.clone();
    script.elect(Some(3));
    send(&mut producer, &mut script, 0..1);
    script.pass(&mut producer, LONG);
    script.catalogue = outdated;
    let refreshes = script.refreshes.len();
    expect(&mut producer, &mut script, 0, refused(Refusal::NotLeader));
    script.pass(&mut producer, LONG);
    assert_eq!(script.refreshes.len(), refreshes + 1);
    assert_eq!(produce(&mut script).0.peer, NodeId(3), "the first broker led before");
}

#[test]
fn while_nobody_leads_the_brokers_are_asked_in_turn_and_not_without_rest() {
    let (mut producer, mut script) = start(config());
    script.elect(None);
    send(&mut producer, &mut script, 0..1);
    script.pass(&mut producer, 1_000_000);
    assert!((30..=70).contains(&script.refreshes.len()), "{:?}", script.refreshes);
    let twice = script.refreshes.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(twice, None, "who knows nothing new is not asked again at once");
    let reason = Failure::NeverSent;
    script.pass(&mut producer, 1_000_000);
    assert_eq!(events(&mut producer), [ProducerEvent::Failed { id: id(0), reason }]);
}
