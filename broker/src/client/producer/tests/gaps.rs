//! A gap in the sequence, and when it begins a new epoch.

use super::*;

#[test]
fn a_gap_behind_the_oldest_batch_waits_and_keeps_the_epoch() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..2);
    expect(&mut producer, &mut script, 0, refused(Refusal::NotEnoughReplicas));
    expect(&mut producer, &mut script, 1, refused(Refusal::SequenceGap));
    script.pass(&mut producer, LONG);
    assert_eq!(expect(&mut producer, &mut script, 0, Ok(0)), stamp(0, 0));
    assert_eq!(expect(&mut producer, &mut script, 1, Ok(1)), stamp(0, 1));
    assert_eq!(script.marks(Mark::BumpProducerEpoch), 0);
}

#[test]
fn a_gap_answered_to_a_batch_that_became_the_oldest_only_meanwhile_proves_nothing() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..2);
    let (first, ..) = produce(&mut script);
    script.answer(&mut producer, &first, Response::Produced(Ok(0)));
    expect(&mut producer, &mut script, 1, refused(Refusal::SequenceGap));
    script.pass(&mut producer, LONG);
    assert_eq!(expect(&mut producer, &mut script, 1, Ok(1)), stamp(0, 1));
    assert_eq!(script.marks(Mark::BumpProducerEpoch), 0);
}

#[test]
fn a_gap_at_the_oldest_batch_starts_a_new_epoch_once_nothing_of_the_old_one_is_outstanding() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..1);
    expect(&mut producer, &mut script, 0, Ok(0));
    send(&mut producer, &mut script, 1..3);
    expect(&mut producer, &mut script, 1, refused(Refusal::SequenceGap));
    script.pass(&mut producer, LONG);
    assert_eq!(script.marks(Mark::BumpProducerEpoch), 0, "the second is outstanding");
    expect(&mut producer, &mut script, 2, refused(Refusal::SequenceGap));
    assert_eq!(script.marks(Mark::BumpProducerEpoch), 1);
    script.pass(&mut producer, LONG);
    assert_eq!(expect(&mut producer, &mut script, 1, Ok(1)), stamp(1, 0));
    assert_eq!(expect(&mut producer, &mut script, 2, Ok(2)), stamp(1, 1));
    send(&mut producer, &mut script, 3..4);
    assert_eq!(expect(&mut producer, &mut script, 3, Ok(3)), stamp(1, 2));
    assert_eq!(script.marks(Mark::BumpProducerEpoch), 1);
}

#[test]
fn a_new_epoch_of_one_topic_partition_leaves_the_others_alone() {
    let (mut producer, mut script) = start(config());
    send(&mut producer, &mut script, 0..1);
    expect(&mut producer, &mut script, 0, refused(Refusal::SequenceGap));
    producer.send(script.now, OFFSETS, record(1, "k"), &mut script.out);
    script.run(&mut producer);
    assert_eq!(expect(&mut producer, &mut script, 1, Ok(0)), stamp(0, 0));
    script.pass(&mut producer, LONG);
    assert_eq!(expect(&mut producer, &mut script, 0, Ok(0)), stamp(1, 0));
}
