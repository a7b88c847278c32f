use crate::story::Story;
use crate::{
    Availability, Course, GroupPromise, Kind, LogPromise, Lost, Path, Phase, Unavailable, Verdict, Waited,
    Within,
};

const MS: u64 = 1_000;

fn brokers() -> Vec<String> {
    (1..=3).map(|number| format!("broker-{number}")).collect()
}

/// Three brokers that keep `payments/0`, and one group.
fn promise() -> Availability {
    let log = LogPromise {
        topic: "payments".to_owned(),
        partition: 0,
        replicas: brokers(),
        known_after: 0,
        within: Within {
            bounds: [60, 100, 110, 200, 400, 400, 1_500].map(|ms| ms * MS),
            recovery: 500 * MS,
            ..Within::default()
        },
        turn: 20 * MS,
    };
    let group = GroupPromise {
        group: "billing".to_owned(),
        members: vec!["consumer-1".to_owned(), "ledger".to_owned()],
        reads: vec![0],
        within: Within {
            bounds: [160, 300, 310, 400, 600, 900, 1_500].map(|ms| ms * MS),
            recovery: 1_000 * MS,
            ..Within::default()
        },
        retries_after: None,
    };
    Availability {
        controllers: vec!["controller".to_owned()],
        brokers: brokers(),
        min_in_sync: 2,
        logs: vec![log],
        groups: vec![group],
        resolves_after: None,
    }
}

/// The same with two partitions, and a group that works up to ten milliseconds on each of twenty records.
fn working() -> Availability {
    let mut promise = promise();
    promise.logs.push(LogPromise { partition: 1, ..promise.logs[0].clone() });
    let group = &mut promise.groups[0];
    group.reads.push(1);
    (group.within.per_record, group.within.records) = (10 * MS, 20);
    promise
}

fn judged(story: &Story) -> Verdict {
    judged_with(story, &promise())
}

fn judged_with(story: &Story, promise: &Availability) -> Verdict {
    let mut story = story.clone();
    let checker = Unavailable::new(promise, &mut story.names);
    story.verdict_with(Box::new(checker))
}

fn legal(story: &Story) {
    let verdict = judged(story);
    assert!(verdict.anomalies.is_empty(), "{verdict:#?}");
}

fn unavailable(story: &Story, path: Path) -> String {
    let verdict = judged(story);
    assert_eq!(verdict.classes(), [(Kind::Unavailable, path)].into(), "{verdict:#?}");
    verdict.anomalies[0].sentence.clone()
}

/// `broker-1` leads, and a send is about to be.
fn led() -> Story {
    Story::new().led("broker-1", 1).intent("p1-0").intent("p1-1")
}

/// The same, and everything that was ever struck is over and recovered from.
fn calm() -> Story {
    let struck = led().struck("pause", &["broker-3"], &[]).over("pause", &["broker-3"], &[]);
    struck.later(1_100).began("auditor")
}

/// A send waits for so many milliseconds from the strike on, in a cluster of which one thing is lost.
fn waits(story: Story, ms: u64) -> Story {
    story.send("p1-0", Phase::Invoke).later(ms - 1).acknowledged("p1-0", 0)
}

/// Nothing happens for a long time.
fn rests(story: &Story) -> Story {
    story.clone().later(9_000).began("auditor")
}

#[test]
fn a_wait_up_to_the_bound_is_legal_and_a_longer_one_is_not() {
    legal(&waits(calm(), 100));
    insta::assert_snapshot!(unavailable(&waits(calm(), 101), Path::Broker), @"payments/0 acknowledged nothing for 101 ms, from 1107 ms on, though something waited; 100 ms are allowed with nothing lost");
}

#[test]
fn before_anything_was_struck_nobody_waits_for_what_may_hang() {
    legal(&waits(led(), 60));
    insta::assert_snapshot!(unavailable(&waits(led(), 61), Path::Broker), @"payments/0 acknowledged nothing for 61 ms, from 4 ms on, though something waited; 60 ms are allowed before anything was struck");
    let granted = led().granted().visible(3).later(155);
    legal(&granted.clone().settled(1));
    insta::assert_snapshot!(unavailable(&granted.later(5).settled(1), Path::Consumer), @"billing settled nothing of payments/0 for 162 ms, from 5 ms on, though something waited; 160 ms are allowed before anything was struck");
}

#[test]
fn the_first_strike_at_anybody_makes_connections_doubtful_and_waits_begin_anew_with_it() {
    let waiting = led().send("p1-0", Phase::Invoke).later(55);
    let elsewhere = [
        waiting.clone().struck("partition", &[], &[("consumer-1", "ledger")]),
        waiting.clone().struck("crash", &["producer-2"], &[]),
        waiting.halted("consumer-1", "a handler panicked"),
    ];
    for story in elsewhere {
        legal(&story.clone().later(95).acknowledged("p1-0", 0));
        unavailable(&story.later(105).acknowledged("p1-0", 0), Path::Broker);
    }
}

#[test]
fn what_is_lost_decides_how_long_a_wait_may_be() {
    let node = |kind: &'static str, node: &'static str| led().struck(kind, &[node], &[]);
    let cut = |from: &'static str, to: &'static str| led().struck("partition", &[], &[(from, to)]);
    let cases = [
        (node("crash", "controller"), 110),
        (node("crash", "broker-2"), 200),
        (node("pause", "broker-3"), 200),
        (node("crash", "broker-1"), 400),
        (node("pause", "broker-1"), 400),
        (led().reaching("restart", &["broker-1"], &[], Course::Once), 400),
        (cut("broker-1", "broker-2"), 200),
        (cut("broker-2", "broker-1"), 200),
        (cut("broker-2", "controller"), 200),
        (cut("controller", "broker-1"), 400),
        (cut("broker-2", "broker-3"), 100),
    ];
    for (story, bound) in cases {
        legal(&waits(story.clone(), bound));
        unavailable(&waits(story, bound + 1), Path::Broker);
    }
}

#[test]
fn who_leads_is_read_from_the_history_and_a_leader_of_the_past_does_not_count() {
    let moved = led().led("broker-2", 2).led("broker-1", 1);
    unavailable(&waits(moved.clone().struck("crash", &["broker-1"], &[]), 201), Path::Broker);
    legal(&waits(moved.struck("crash", &["broker-2"], &[]), 400));
}

#[test]
fn before_a_log_had_its_first_leader_no_bound_speaks_of_a_fault() {
    let early = Story::new().intent("p1-0").intent("p1-1").struck("crash", &["controller"], &[]);
    legal(&waits(early.clone().led("broker-1", 1), 9_000));
    let later = early.over("crash", &["controller"], &[]).led("broker-1", 1).later(600);
    unavailable(&waits(later, 110), Path::Broker);
}

#[test]
fn a_fault_that_strikes_before_others_can_know_the_first_leader_is_no_matter_of_the_bounds() {
    let mut slow = promise();
    slow.logs[0].known_after = 50 * MS;
    let paused = |ms| waits(led().later(ms).struck("pause", &["controller"], &[]), 120);
    assert_eq!(judged_with(&paused(40), &slow).anomalies, []);
    assert_eq!(judged_with(&paused(60), &slow).classes(), [(Kind::Unavailable, Path::Broker)].into());
}

#[test]
fn both_directions_of_one_link_are_one_cut_and_two_links_are_not() {
    let both = led().struck("partition", &[], &[("broker-1", "broker-2"), ("broker-2", "broker-1")]);
    unavailable(&waits(both, 201), Path::Broker);
    let two = led().struck("partition", &[], &[("broker-1", "broker-2"), ("broker-1", "broker-3")]);
    legal(&waits(two, 9_000));
}

#[test]
fn faults_that_the_bounds_do_not_speak_of_close_the_window() {
    let flapping = led().reaching("partition", &[], &[("broker-1", "broker-2")], Course::Changing);
    let closing = [
        flapping,
        led().struck("disk-full", &["broker-2"], &[]),
        led().struck("delay", &[], &[("broker-1", "broker-2")]),
        led().fault("crash", "broker-2"),
        led().halted("broker-2", "the disk is full"),
    ];
    for story in closing {
        legal(&waits(story, 9_000));
    }
}

#[test]
fn two_faults_at_once_close_the_window_until_both_are_over_and_recovered_from() {
    let two = led().struck("crash", &["broker-2"], &[]).later(50).struck("pause", &["broker-3"], &[]);
    legal(&waits(two.clone(), 9_000));
    let one_left = two.over("crash", &["broker-2"], &[]).later(600);
    legal(&waits(one_left.clone(), 9_000));
    let healed = one_left.over("pause", &["broker-3"], &[]);
    legal(&waits(healed.clone(), 500 + 99));
    unavailable(&waits(healed, 500 + 110), Path::Broker);
}

#[test]
fn a_fault_that_strikes_while_another_is_recovered_from_closes_the_window() {
    let one = led().struck("crash", &["broker-2"], &[]).over("crash", &["broker-2"], &[]);
    legal(&waits(one.clone().later(400).struck("pause", &["broker-3"], &[]), 9_000));
    unavailable(&waits(one.later(600).struck("pause", &["broker-3"], &[]), 210), Path::Broker);
}

#[test]
fn a_wait_begins_anew_with_its_window() {
    let before = calm().send("p1-0", Phase::Invoke).later(90);
    let struck = before.struck("crash", &["broker-1"], &[]).later(390);
    legal(&struck.clone().acknowledged("p1-0", 0));
    unavailable(&struck.later(20).acknowledged("p1-0", 0), Path::Broker);
}

#[test]
fn any_acknowledgement_ends_the_wait_of_all_and_a_failure_of_none() {
    let two = calm().send("p1-0", Phase::Invoke).send("p1-1", Phase::Invoke).later(90);
    legal(&two.clone().acknowledged("p1-1", 0).later(90).acknowledged("p1-0", 1));
    unavailable(&two.send("p1-1", Phase::Info).later(20).acknowledged("p1-0", 1), Path::Broker);
}

#[test]
fn a_producer_that_waits_too_long_is_found_though_another_is_served() {
    let served = |story: Story| story.later(40).tell_send("producer-2", "p2-0", Phase::Ok);
    let both = led().send("p1-0", Phase::Invoke).tell_send("producer-2", "p2-0", Phase::Invoke);
    legal(&served(both.clone()).later(30).acknowledged("p1-0", 1));
    let sentence = unavailable(&served(both).later(55).acknowledged("p1-0", 1), Path::Producer);
    assert!(sentence.contains("acknowledged nothing of producer-1"), "{sentence}");
}

#[test]
fn a_send_that_nobody_answers_is_found_at_the_end() {
    let verdict = judged(&rests(&led().send("p1-0", Phase::Invoke)));
    assert_eq!(verdict.anomalies[0].messages, ["p1-0"]);
}

#[test]
fn a_client_that_a_fault_touches_is_not_judged_and_others_are() {
    let cut = led().send("p1-0", Phase::Invoke).struck("partition", &[], &[("producer-1", "broker-1")]);
    legal(&rests(&cut));
    legal(&rests(&cut.clone().send("p1-1", Phase::Invoke)));
    unavailable(&rests(&cut.clone().tell_send("producer-2", "p2-0", Phase::Invoke)), Path::Broker);
    let healed = cut.over("partition", &[], &[("producer-1", "broker-1")]);
    legal(&rests(&healed.clone().later(490).send("p1-1", Phase::Invoke)));
    unavailable(&rests(&healed.later(510).send("p1-1", Phase::Invoke)), Path::Broker);
}

#[test]
fn what_a_producer_left_open_when_it_died_has_no_end() {
    legal(&rests(&led().send("p1-0", Phase::Invoke).began("producer-1")));
}

#[test]
fn a_group_that_settles_nothing_of_what_it_could_read_is_the_consumers() {
    let story = calm().granted().visible(3);
    legal(&rests(&story.clone().later(290).settled(1).later(290).settled(3)));
    insta::assert_snapshot!(unavailable(&story.later(302).settled(1), Path::Consumer), @"billing settled nothing of payments/0 for 304 ms, from 1108 ms on, though something waited; 300 ms are allowed with nothing lost");
}

#[test]
fn a_log_of_which_nothing_is_settled_starves_though_its_group_goes_on_with_another() {
    let story = calm().granted().visible(9).partition(1).led("broker-2", 1).granted().visible(9);
    let turns = |story: Story, partition: u32, upto: u64| story.later(140).partition(partition).settled(upto);
    let fair = (1..=4).fold(story.clone(), |story, upto| turns(turns(story, 0, upto), 1, upto));
    let fair = judged_with(&fair, &working());
    assert!(fair.anomalies.is_empty(), "{fair:#?}");
    let starves = (1..=4).fold(story, |story, upto| turns(story, 1, upto));
    let verdict = judged_with(&starves, &working());
    assert_eq!(verdict.classes(), [(Kind::Unavailable, Path::Consumer)].into(), "{verdict:#?}");
    assert!(verdict.anomalies[0].sentence.starts_with("billing settled nothing of payments/0"));
}

#[test]
fn a_group_may_take_longer_the_more_records_wait_in_all_its_logs_up_to_what_a_member_holds_back() {
    let story =
        |others| calm().granted().visible(1).partition(1).led("broker-2", 1).granted().visible(others);
    let settled = |others: u64, ms: u64| story(others).later(ms).partition(0).settled(1);
    let judged = |story: &Story| judged_with(story, &working());
    for (others, ms) in [(4, 300 + 5 * 10), (1_000, 300 + 20 * 10)] {
        let at_most = judged(&settled(others, ms - 6));
        assert!(at_most.anomalies.iter().all(|found| !found.sentence.contains("payments/0")), "{at_most:#?}");
        let longer = judged(&settled(others, ms + 1));
        assert!(longer.anomalies.iter().any(|found| found.sentence.contains("payments/0")), "{longer:#?}");
    }
}

#[test]
fn a_flapping_follower_is_judged_only_when_the_flapping_is_over_and_recovered_from() {
    let links = &[("broker-1", "broker-2"), ("broker-2", "broker-1")];
    let flapping = led().reaching("partition", &[], links, Course::Changing);
    legal(&waits(flapping.clone(), 9_000));
    let over = flapping.over("partition", &[], links);
    legal(&waits(over.clone().later(400), 190));
    unavailable(&waits(over.later(600), 110), Path::Broker);
}

#[test]
fn two_followers_cut_off_are_more_than_the_cluster_spares_and_either_alone_is_not() {
    let both = [("broker-1", "broker-2"), ("broker-2", "broker-1")];
    let two = led().struck("partition", &[], &both).struck("partition", &[], &[("broker-1", "broker-3")]);
    legal(&waits(two.clone(), 9_000));
    let one_over = two.over("partition", &[], &[("broker-1", "broker-3")]).later(600);
    legal(&waits(one_over, 9_000));
    for link in both {
        let one = led().struck("partition", &[], &[link]);
        legal(&waits(one.clone(), 200));
        unavailable(&waits(one, 201), Path::Broker);
    }
}

#[test]
fn a_group_waits_longest_where_its_leader_goes_on_without_the_controller() {
    let story = led().granted().struck("partition", &[], &[("broker-1", "controller")]).visible(3);
    legal(&story.clone().later(890).settled(1));
    unavailable(&story.later(910).settled(1), Path::Consumer);
}

#[test]
fn a_group_with_a_member_or_a_sink_that_a_fault_touches_is_not_judged() {
    for node in ["consumer-1", "ledger"] {
        let struck = led().granted().visible(3).struck("crash", &[node], &[]);
        legal(&rests(&struck));
        let healed = struck.over("crash", &[node], &[]);
        legal(&healed.clone().later(1_200).settled(1));
        unavailable(&healed.later(1_400).settled(1), Path::Consumer);
    }
}

#[test]
fn a_node_that_stopped_itself_closes_the_window_until_all_is_healed() {
    let down = led().halted("broker-2", "the disk is full").later(5_000);
    legal(&waits(down.clone(), 9_000));
    unavailable(&waits(down.healed().later(600), 110), Path::Broker);
}

#[test]
fn a_core_that_is_healed_must_serve_whatever_else_is_present() {
    let torn = led().granted().struck("crash", &["broker-2"], &[]).struck("pause", &["broker-3"], &[]);
    let torn = torn.struck("partition", &[], &[("producer-1", "broker-1"), ("broker-1", "broker-3")]);
    let core = torn.later(50).reaching("all-but-core", &["broker-3", "producer-2"], &[], Course::Steady);
    legal(&waits(core.clone(), 1_500));
    unavailable(&waits(core.clone(), 1_501), Path::Broker);
    legal(&rests(&core.clone().tell_send("producer-2", "p2-0", Phase::Invoke)));
    unavailable(&core.clone().visible(3).later(1_600).settled(1), Path::Consumer);
    let over = core.over("all-but-core", &["broker-3", "producer-2"], &[]).healed();
    legal(&waits(over.clone(), 9_000));
    unavailable(&waits(over.later(510), 110), Path::Broker);
}

#[test]
fn the_figures_say_what_was_lost_how_often_that_was_judged_and_how_tight_the_bound_is() {
    let story = waits(led().struck("crash", &["broker-2"], &[]), 150).later(60);
    let waited = |path, lost, windows, longest, share| Waited { path, lost, windows, longest, share };
    let first = judged(&story.clone().visible(0)).waits;
    assert_eq!(first, [waited(Path::Broker, Lost::Follower, 1, 150 * MS, 750)]);
    let too_short = waits(led().struck("crash", &["broker-2"], &[]), 150).visible(0);
    assert_eq!(judged(&too_short).waits, [waited(Path::Broker, Lost::Follower, 0, 150 * MS, 750)]);
}
