//! The producer against brokers played by hand.

mod gaps;
mod given_up;
mod leaders;

use super::*;
use crate::client::script::{OFFSETS, Received, Script, TP, id, record};
use crate::policy::Ack;
use crate::wire::client::Doubt;
use crate::{NodeId, ProducerStamp};

const NODES: [NodeId; 3] = [NodeId(1), NodeId(2), NodeId(3)];
const LONG: Micros = 100_000;

fn config() -> ProducerConfig {
    ProducerConfig::new(NODES.to_vec())
}

fn plain(in_flight: usize) -> ProducerConfig {
    ProducerConfig { idempotent: false, in_flight, ..config() }
}

fn start(config: ProducerConfig) -> (Producer, Script) {
    (Producer::new(config, 3), Script::new())
}

fn send(producer: &mut Producer, script: &mut Script, numbers: std::ops::Range<u32>) {
    for number in numbers {
        producer.send(script.now, TP, record(number, "k"), &mut script.out);
    }
    script.run(producer);
}

/// The oldest unanswered produce request: which records it carries, and its stamp.
fn produce(script: &mut Script) -> (Received, Vec<u32>, Option<ProducerStamp>) {
    let asked = script.take(|r| matches!(r, Request::Produce { .. })).expect("a request");
    let Request::Produce { stamp, records, .. } = &asked.request else { unreachable!() };
    let numbers = records.iter().map(|r| r.id.number).collect();
    let stamp = *stamp;
    (asked, numbers, stamp)
}

/// Answers the oldest unanswered produce request, which must carry this record, and returns its stamp.
fn expect(
    producer: &mut Producer,
    script: &mut Script,
    number: u32,
    answer: Result<Offset, ProduceError>,
) -> Option<ProducerStamp> {
    let (asked, numbers, stamp) = produce(script);
    assert_eq!(numbers, [number]);
    script.answer(producer, &asked, Response::Produced(answer));
    stamp
}

fn refused(refusal: Refusal) -> Result<Offset, ProduceError> {
    Err(ProduceError::NotStored(refusal))
}

fn stamp(epoch: u16, sequence: u32) -> Option<ProducerStamp> {
    Some(ProducerStamp { producer: 7, epoch, sequence })
}

fn events(producer: &mut Producer) -> Vec<ProducerEvent> {
    std::iter::from_fn(|| producer.poll_event()).collect()
}

fn acked(number: u32, offset: Offset) -> ProducerEvent {
    ProducerEvent::Acked { id: id(number), topic_partition: TP, offset: Some(offset) }
}

#[test]
fn a_record_is_acknowledged_once_with_its_offset_and_a_request_takes_what_is_queued() {
    let (mut producer, mut script) = start(ProducerConfig { batch_records: 3, ..config() });
    send(&mut producer, &mut script, 0..4);
    let (first, numbers, _) = produce(&mut script);
    assert_eq!(numbers, [0, 1, 2]);
    let (second, numbers, second_stamp) = produce(&mut script);
    assert_eq!((numbers, second_stamp), (vec![3], stamp(0, 3)));
    script.answer(&mut producer, &second, Response::Produced(Ok(13)));
    script.answer(&mut producer, &first, Response::Produced(Ok(10)));
    let all = [acked(3, 13), acked(0, 10), acked(1, 11), acked(2, 12)];
    assert_eq!(events(&mut producer), all);
    assert_eq!(script.ends(2), [Phase::Ok]);
    assert_eq!(producer.queued(), 0);
}

#[test]
fn a_retry_after_a_lost_acknowledgement_keeps_its_stamp() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..2);
    assert_eq!(produce(&mut script).2, stamp(0, 0));
    assert_eq!(produce(&mut script).2, stamp(0, 1));
    script.cut(&mut producer, 1);
    assert!(events(&mut producer).is_empty());
    script.pass(&mut producer, LONG);
    assert_eq!(expect(&mut producer, &mut script, 0, Ok(0)), stamp(0, 0));
    assert_eq!(expect(&mut producer, &mut script, 1, Ok(1)), stamp(0, 1));
    assert_eq!(events(&mut producer), [acked(0, 0), acked(1, 1)]);
    assert_eq!(script.marks(Mark::RetrySend), 2);
}

#[test]
fn the_history_hears_of_a_broker_that_hangs_up_and_not_of_a_connection_that_the_producer_gives_up() {
    let hung_up = |script: &Script, number, by| {
        let told = Observation::HungUp { id: id(number), topic_partition: TP, by: NodeId(by) };
        script.observations.iter().filter(|&seen| *seen == told).count()
    };
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..2);
    script.cut(&mut producer, 1);
    assert_eq!([0, 1].map(|number| hung_up(&script, number, 1)), [1, 1]);
    script.pass(&mut producer, LONG);
    script.pass(&mut producer, 600_000);
    assert_eq!(script.closed, [NodeId(1)], "nobody answered in time");
    assert_eq!([0, 1].map(|number| hung_up(&script, number, 1)), [1, 1]);
}

#[test]
fn without_idempotence_a_refused_record_is_overtaken_by_those_in_flight() {
    let (mut producer, mut script) = start(plain(5));
    send(&mut producer, &mut script, 0..2);
    assert_eq!(expect(&mut producer, &mut script, 0, refused(Refusal::NotEnoughReplicas)), None);
    expect(&mut producer, &mut script, 1, Ok(0));
    script.pass(&mut producer, LONG);
    expect(&mut producer, &mut script, 0, Ok(1));
    assert_eq!(events(&mut producer), [acked(1, 0), acked(0, 1)]);
}

#[test]
fn with_one_request_in_flight_nothing_overtakes() {
    let (mut producer, mut script) = start(plain(1));
    send(&mut producer, &mut script, 0..2);
    expect(&mut producer, &mut script, 0, refused(Refusal::NotEnoughReplicas));
    assert!(script.requests.is_empty(), "the second waits behind the retry");
    script.pass(&mut producer, LONG);
    expect(&mut producer, &mut script, 0, Ok(0));
    expect(&mut producer, &mut script, 1, Ok(1));
    assert_eq!(events(&mut producer), [acked(0, 0), acked(1, 1)]);
}

#[test]
fn an_idempotent_producer_sends_nothing_new_while_an_earlier_batch_waits_for_its_retry() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..1);
    expect(&mut producer, &mut script, 0, refused(Refusal::NotEnoughReplicas));
    send(&mut producer, &mut script, 1..2);
    assert!(script.requests.is_empty());
    script.pass(&mut producer, LONG);
    assert_eq!(expect(&mut producer, &mut script, 0, Ok(0)), stamp(0, 0));
    assert_eq!(expect(&mut producer, &mut script, 1, Ok(1)), stamp(0, 1));
}

#[test]
fn a_forgotten_sequence_number_is_stored_somewhere_and_never_sent_again() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..1);
    expect(&mut producer, &mut script, 0, refused(Refusal::SequenceForgotten));
    assert_eq!(events(&mut producer), [ProducerEvent::Unknown { id: id(0) }]);
    send(&mut producer, &mut script, 1..2);
    assert_eq!(expect(&mut producer, &mut script, 1, Ok(1)), stamp(0, 1));
}

#[test]
fn a_fenced_epoch_is_left_and_what_it_may_have_stored_is_not_sent_again() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..2);
    expect(&mut producer, &mut script, 0, Err(ProduceError::Unknown(Doubt::LeadershipLost)));
    expect(&mut producer, &mut script, 1, refused(Refusal::StaleProducerEpoch));
    script.pass(&mut producer, LONG);
    expect(&mut producer, &mut script, 0, refused(Refusal::StaleProducerEpoch));
    expect(&mut producer, &mut script, 1, refused(Refusal::StaleProducerEpoch));
    assert_eq!(events(&mut producer), [ProducerEvent::Unknown { id: id(0) }]);
    script.pass(&mut producer, LONG);
    assert_eq!(expect(&mut producer, &mut script, 1, Ok(0)), stamp(1, 0));
}

#[test]
fn without_acknowledgements_a_record_is_done_when_it_is_sent_and_waits_only_for_a_leader() {
    let (mut producer, mut script) = start(ProducerConfig { acks: Ack::None, ..config() });
    script.elect(None);
    send(&mut producer, &mut script, 0..2);
    assert!(events(&mut producer).is_empty());
    script.elect(Some(2));
    script.pass(&mut producer, LONG);
    assert_eq!(script.requests.iter().filter(|r| r.peer == NodeId(2)).count(), 2);
    let offset = None;
    let topic_partition = TP;
    assert!(script.observations.contains(&Observation::Unconfirmed { id: id(1), topic_partition }));
    assert_eq!(script.ends(1), [], "nobody acknowledged it");
    assert_eq!(events(&mut producer)[0], ProducerEvent::Acked { id: id(0), topic_partition, offset });
    script.cut(&mut producer, 2);
    script.pass(&mut producer, LONG);
    assert!(script.requests.is_empty(), "nothing is ever sent again");
}
