//! Where a consumer fetches, from which offset, and what it does when the log is cut or a broker is silent.

use super::*;

#[test]
fn a_batch_that_begins_below_the_offset_asked_for_delivers_nothing_twice() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::ParallelWorkers(8));
    feed(&mut consumer, &mut script, &["a"]);
    let (asked, offset) = fetch(&mut script).unwrap();
    assert_eq!(offset, 1);
    let records = (0..3).map(|n| record(n, "a")).collect();
    let fetched = Fetched { batches: vec![Batch::new(0, 1, None, records)], watermark: 3 };
    script.answer(&mut consumer, &asked, Response::Fetched(Ok(fetched)));
    assert_eq!(offsets(&mut consumer), [0, 1, 2]);
}

#[test]
fn an_unanswered_request_costs_the_connection_and_the_fetch_is_asked_again() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    script.pass(&mut consumer, 650_000);
    assert_eq!(script.closed, [NodeId(1)], "the heartbeat went out at 100 ms and waited 500 ms");
    let (_, offset) = fetch(&mut script).expect("a fetch on the new connection");
    assert_eq!(offset, 0);
    heartbeat(&mut consumer, &mut script);
}

#[test]
fn an_answer_to_a_join_is_awaited_for_the_rebalance_timeout_as_well() {
    let config = config(CommitPolicy::AfterEffect, WorkPolicy::PollingOrder);
    let (mut consumer, mut script) = (Consumer::new(config, 5), Script::new());
    consumer.tick(script.now, &mut script.out);
    script.run(&mut consumer);
    script.pass(&mut consumer, 799_999);
    assert_eq!(script.closed, []);
    script.pass(&mut consumer, 1);
    assert_eq!(script.closed, [NodeId(1)]);
}

#[test]
fn a_fetch_refused_by_a_former_leader_goes_to_the_new_one() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    script.pass(&mut consumer, 50_000);
    script.catalogue.version += 1;
    Arc::make_mut(&mut script.catalogue.partitions[0]).leader = Some(NodeId(2));
    let (asked, _) = fetch(&mut script).unwrap();
    script.answer(&mut consumer, &asked, Response::Fetched(Err(FetchError::NotLeader)));
    script.pass(&mut consumer, 50_000);
    assert_eq!(fetch(&mut script).unwrap().0.peer, NodeId(2));
}

#[test]
fn beyond_the_end_of_a_cut_log_the_consumer_goes_on_at_its_end_and_forgets_what_was_cut() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a", "b", "c"]);
    let first = delivered(&mut consumer)[0].0;
    done(&mut consumer, &mut script, first);
    let old = delivered(&mut consumer)[0].0;
    let (asked, offset) = fetch(&mut script).unwrap();
    assert_eq!(offset, 3);
    let beyond = FetchError::OutOfRange { end: 1 };
    script.answer(&mut consumer, &asked, Response::Fetched(Err(beyond)));
    confirm(&mut consumer, &mut script, 1);
    done(&mut consumer, &mut script, old);
    assert!(offsets(&mut consumer).is_empty());
    script.pass(&mut consumer, 50_000);
    feed(&mut consumer, &mut script, &["x"]);
    let new = delivered(&mut consumer)[0];
    assert_eq!(new.1, 1);
    done(&mut consumer, &mut script, new.0);
    confirm(&mut consumer, &mut script, 2);
}

#[test]
fn beyond_the_end_of_a_cut_log_what_was_fetched_and_not_done_is_fetched_again() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a", "b", "c"]);
    let in_hand = delivered(&mut consumer)[0].0;
    let (asked, _) = fetch(&mut script).unwrap();
    let beyond = FetchError::OutOfRange { end: 2 };
    script.answer(&mut consumer, &asked, Response::Fetched(Err(beyond)));
    done(&mut consumer, &mut script, in_hand);
    script.pass(&mut consumer, 50_000);
    feed(&mut consumer, &mut script, &["a", "b"]);
    for expected in 0..2 {
        let (ticket, offset, _) = delivered(&mut consumer)[0];
        assert_eq!(offset, expected, "nothing was done when the log was cut");
        done(&mut consumer, &mut script, ticket);
    }
    confirm(&mut consumer, &mut script, 2);
}

#[test]
fn nothing_is_fetched_while_too_much_waits() {
    let mut config = config(CommitPolicy::AfterEffect, WorkPolicy::PollingOrder);
    config.max_buffered = 2;
    let (mut consumer, mut script) = (Consumer::new(config, 5), Script::new());
    consumer.tick(script.now, &mut script.out);
    script.run(&mut consumer);
    assign(&mut consumer, &mut script, 1, None);
    feed(&mut consumer, &mut script, &["a", "b", "c"]);
    assert!(fetch(&mut script).is_none(), "two wait behind the one in the handler's hands");
    let ticket = delivered(&mut consumer)[0].0;
    done(&mut consumer, &mut script, ticket);
    assert_eq!(fetch(&mut script).unwrap().1, 3);
}
