//! How a member leaves its group in good order.

use super::*;
use crate::client::script::Client;

#[test]
fn leaving_commits_what_is_done_gives_up_and_says_goodbye() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a", "b"]);
    let ticket = delivered(&mut consumer)[0].0;
    done(&mut consumer, &mut script, ticket);
    offsets(&mut consumer);
    consumer.leave(script.now, &mut script.out);
    script.run(&mut consumer);
    assert_eq!(consumer.poll_event(), None);
    confirm(&mut consumer, &mut script, 1);
    assert_eq!(consumer.poll_event(), Some(ConsumerEvent::Left));
    assert_eq!(ownership(&script), [(true, 1), (false, 1)]);
    let goodbye = wanted(&mut script, |r| matches!(r, Request::LeaveGroup { .. }));
    script.answer(&mut consumer, &goodbye, Response::Group(Ok(())));
    script.requests.clear();
    script.pass(&mut consumer, 3_000_000);
    assert!(script.requests.is_empty(), "it is gone for good");
}

/// Its first join is under way.
fn left_while_joining() -> (Consumer, Script) {
    let config = config(CommitPolicy::AfterEffect, WorkPolicy::PollingOrder);
    let (mut consumer, mut script) = (Consumer::new(config, 5), Script::new());
    consumer.tick(script.now, &mut script.out);
    script.run(&mut consumer);
    consumer.leave(script.now, &mut script.out);
    script.run(&mut consumer);
    assert_eq!(consumer.poll_event(), None, "the coordinator would wait for its session to end");
    (consumer, script)
}

#[test]
fn whoever_leaves_while_it_joins_is_gone_when_the_join_is_answered_and_undone() {
    let (mut consumer, mut script) = left_while_joining();
    let join = wanted(&mut script, |r| matches!(r, Request::JoinGroup { .. }));
    let joined = Joined { member: 9, generation: 1 };
    script.answer(&mut consumer, &join, Response::Joined(Ok(joined)));
    wanted(&mut script, |r| matches!(r, Request::LeaveGroup { member: 9, .. }));
    assert_eq!(consumer.poll_event(), Some(ConsumerEvent::Left));
    assert_eq!(Client::deadline(&consumer), Some(script.now.mono + 500_000));
}

#[test]
fn whoever_leaves_while_it_joins_is_gone_when_the_join_is_refused_or_never_answered() {
    let (mut consumer, mut script) = left_while_joining();
    let join = wanted(&mut script, |r| matches!(r, Request::JoinGroup { .. }));
    script.answer(&mut consumer, &join, Response::Joined(Err(GroupError::NotCoordinator)));
    assert_eq!(consumer.poll_event(), Some(ConsumerEvent::Left));
    let (mut consumer, mut script) = left_while_joining();
    script.pass(&mut consumer, 800_000);
    assert_eq!(consumer.poll_event(), Some(ConsumerEvent::Left));
    script.requests.clear();
    script.pass(&mut consumer, 3_000_000);
    assert!(script.requests.is_empty() && consumer.poll_event().is_none(), "it is gone for good");
}
