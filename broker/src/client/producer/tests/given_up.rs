//! Records that are given up: certainly not stored, or unknown; and what becomes of the numbers they held.

use super::*;

#[test]
fn the_delivery_timeout_is_a_failure_when_every_attempt_was_refused() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..1);
    for _ in 0..19 {
        expect(&mut producer, &mut script, 0, refused(Refusal::NotEnoughReplicas));
        script.pass(&mut producer, LONG);
    }
    expect(&mut producer, &mut script, 0, refused(Refusal::NotEnoughReplicas));
    script.now.mono = 2_000_000;
    producer.tick(script.now, &mut script.out);
    script.run(&mut producer);
    let reason = Failure::Refused(Refusal::NotEnoughReplicas);
    assert_eq!(events(&mut producer), [ProducerEvent::Failed { id: id(0), reason }]);
    assert_eq!(script.ends(0), [Phase::Fail]);
    assert_eq!(producer.queued(), 0);
}

#[test]
fn the_delivery_timeout_is_unknown_when_any_attempt_was_and_is_told_once() {
    for idempotent in [false, true] {
        let (mut producer, mut script) = start(ProducerConfig { idempotent, ..config() });
        send(&mut producer, &mut script, 0..1);
        expect(&mut producer, &mut script, 0, Err(ProduceError::Unknown(Doubt::LeadershipLost)));
        script.pass(&mut producer, LONG);
        expect(&mut producer, &mut script, 0, refused(Refusal::NotEnoughReplicas));
        script.now.mono = 2_000_000;
        producer.tick(script.now, &mut script.out);
        script.run(&mut producer);
        assert_eq!(events(&mut producer), [ProducerEvent::Unknown { id: id(0) }]);
        assert_eq!(script.ends(0), [Phase::Info]);
        assert_eq!(producer.queued(), 0);
        assert_eq!(script.requests.len(), usize::from(idempotent), "only a sequence must be kept whole");
    }
}

#[test]
fn a_batch_given_up_as_unknown_is_settled_before_the_next_so_that_the_sequence_has_no_hole() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..1);
    script.cut(&mut producer, 1);
    script.elect(None);
    script.pass(&mut producer, 2_000_000);
    assert_eq!(events(&mut producer), [ProducerEvent::Unknown { id: id(0) }]);
    assert_eq!((producer.queued(), producer.is_idle()), (0, false), "it is sent again all the same");
    send(&mut producer, &mut script, 1..2);
    script.elect(Some(2));
    script.pass(&mut producer, LONG);
    assert_eq!(expect(&mut producer, &mut script, 0, Ok(0)), stamp(0, 0));
    assert_eq!(expect(&mut producer, &mut script, 1, Ok(1)), stamp(0, 1));
    assert_eq!(events(&mut producer), [acked(1, 1)]);
    assert_eq!(script.ends(0), [Phase::Info], "the late answer completes nothing twice");
    assert!(producer.is_idle());
    assert_eq!(script.marks(Mark::BumpProducerEpoch), 0);
}

/// A record is given up before a request that hangs is.
const BRIEF: Micros = 100_000;

/// A producer that has given up these records, each of which was refused once.
fn given_up(numbers: std::ops::Range<u32>) -> (Producer, Script) {
    let (mut producer, mut script) = start(ProducerConfig { delivery_timeout: BRIEF, ..config() });
    send(&mut producer, &mut script, numbers.clone());
    script.pass(&mut producer, 1_000);
    for number in numbers {
        expect(&mut producer, &mut script, number, refused(Refusal::NotEnoughReplicas));
    }
    leap(&mut producer, &mut script, BRIEF);
    (producer, script)
}

/// So much time passes in which nobody hears anything.
fn leap(producer: &mut Producer, script: &mut Script, by: Micros) {
    script.now.mono += by;
    producer.tick(script.now, &mut script.out);
    script.run(producer);
}

#[test]
fn a_batch_given_up_for_certain_gives_its_number_back() {
    let (mut producer, mut script) = given_up(0..1);
    send(&mut producer, &mut script, 1..2);
    assert_eq!(expect(&mut producer, &mut script, 1, Ok(0)), stamp(0, 0));
}

#[test]
fn a_batch_given_up_before_another_leaves_a_hole_and_those_behind_it_go_on_in_a_new_epoch() {
    let (mut producer, mut script) = given_up(0..2);
    send(&mut producer, &mut script, 2..3);
    let gap = refused(Refusal::SequenceGap);
    assert_eq!(expect(&mut producer, &mut script, 2, gap), stamp(0, 1));
    script.pass(&mut producer, BRIEF / 2);
    assert_eq!(expect(&mut producer, &mut script, 2, Ok(0)), stamp(1, 0));
    assert_eq!(script.ends(2), [Phase::Ok]);
}

/// Each would take the first number of a new epoch with it, and the next one would find a gap for ever.
#[test]
fn a_batch_given_up_while_it_rests_takes_no_number_of_the_new_epoch_with_it() {
    let (mut producer, mut script) = given_up(0..2);
    send(&mut producer, &mut script, 2..3);
    let soon = 1_000;
    leap(&mut producer, &mut script, BRIEF - soon);
    expect(&mut producer, &mut script, 2, refused(Refusal::SequenceGap));
    leap(&mut producer, &mut script, soon);
    send(&mut producer, &mut script, 3..4);
    assert_eq!(expect(&mut producer, &mut script, 3, Ok(0)), stamp(1, 0));
}
