//! A generation ends: what is taken away, what is committed before, and what an old ticket is worth.

use super::*;

#[test]
fn a_stale_generation_takes_everything_away_and_joins_again_as_the_same_member() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a", "b"]);
    let old = delivered(&mut consumer)[0].0;
    let beat = heartbeat(&mut consumer, &mut script);
    let stale = Response::Group(Err(GroupError::StaleGeneration));
    script.answer(&mut consumer, &beat, stale);
    assert_eq!(ownership(&script), [(true, 1), (false, 1)]);
    script.requests.retain(|r| !matches!(r.request, Request::Fetch { .. }));
    assert_eq!(assign(&mut consumer, &mut script, 2, Some(0)), Some(77));
    feed(&mut consumer, &mut script, &["a"]);
    assert_eq!(delivered(&mut consumer), [], "the handler still holds the old record");
    done(&mut consumer, &mut script, old);
    assert!(commit(&mut script).is_none(), "the old record moves no new position");
    let new = delivered(&mut consumer)[0];
    assert_eq!((new.1, new.0.generation), (0, 2));
    done(&mut consumer, &mut script, old);
    assert!(commit(&mut script).is_none(), "an old ticket is nobody's");
    done(&mut consumer, &mut script, new.0);
    confirm(&mut consumer, &mut script, 1);
}

#[test]
fn a_member_the_coordinator_does_not_know_joins_as_a_new_one() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    let beat = heartbeat(&mut consumer, &mut script);
    let unknown = Response::Group(Err(GroupError::UnknownMember));
    script.answer(&mut consumer, &beat, unknown);
    assert_eq!(assign(&mut consumer, &mut script, 1, None), None);
}

#[test]
fn an_announced_rebalance_commits_what_is_done_before_it_joins_again() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a", "b"]);
    let ticket = delivered(&mut consumer)[0].0;
    done(&mut consumer, &mut script, ticket);
    offsets(&mut consumer);
    let beat = heartbeat(&mut consumer, &mut script);
    let rebalancing = || Response::Group(Err(GroupError::Rebalancing));
    script.answer(&mut consumer, &beat, rebalancing());
    assert_eq!(ownership(&script), [(true, 1)]);
    assert!(script.take(|r| matches!(r, Request::JoinGroup { .. })).is_none());
    confirm(&mut consumer, &mut script, 1);
    assert_eq!(ownership(&script), [(true, 1), (false, 1)]);
    assign(&mut consumer, &mut script, 2, Some(1));
}

#[test]
fn before_processing_an_announced_rebalance_drops_what_is_held_and_joins_at_once() {
    let (mut consumer, mut script) = member(CommitPolicy::BeforeProcessing, WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a"]);
    let beat = heartbeat(&mut consumer, &mut script);
    script.answer(&mut consumer, &beat, Response::Group(Err(GroupError::Rebalancing)));
    assign(&mut consumer, &mut script, 2, Some(0));
    feed(&mut consumer, &mut script, &["of the old assignment"]);
    feed(&mut consumer, &mut script, &["a"]);
    let (asked, _) = commit(&mut script).expect("the commit of the old generation is still out");
    script.answer(&mut consumer, &asked, Response::Group(Ok(())));
    assert!(offsets(&mut consumer).is_empty(), "it releases nothing of the new assignment");
    confirm(&mut consumer, &mut script, 1);
    assert_eq!(offsets(&mut consumer), [0]);
}

#[test]
fn a_commit_refused_for_its_generation_is_a_failure_and_joins_again() {
    let (mut consumer, mut script) = after_effect(WorkPolicy::PollingOrder);
    feed(&mut consumer, &mut script, &["a"]);
    let ticket = delivered(&mut consumer)[0].0;
    done(&mut consumer, &mut script, ticket);
    let (asked, _) = commit(&mut script).unwrap();
    script.answer(&mut consumer, &asked, Response::Group(Err(GroupError::StaleGeneration)));
    assert_eq!(settles(&script), [(Phase::Invoke, 1), (Phase::Fail, 1)]);
    assert_eq!(ownership(&script), [(true, 1), (false, 1)]);
    assign(&mut consumer, &mut script, 2, None);
}
