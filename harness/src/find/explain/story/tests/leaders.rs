//! Who leads, and what a leader that was deposed says.

use super::*;

#[test]
fn who_hears_late_that_it_was_to_lead_leads_nobody() {
    let acts = [
        ("b1", "info lead", r#""topic":"t","partition":0,"epoch":3"#),
        ("p1", "invoke send", r#""topic":"t","partition":0,"id":"p1-0""#),
        ("b1", "info append", r#""topic":"t","partition":0,"offset":0,"epoch":3,"id":"p1-0""#),
        ("b3", "info lead", r#""topic":"t","partition":0,"epoch":2"#),
    ];
    insta::assert_snapshot!(lines(story_of(&["p1-0"], &[], &acts)), @r"
    1 p1 begins to send p1-0 to t/0, which b1 leads in epoch 3
    2 b1 appends p1-0 as leader of epoch 3 at offset 0 of t/0
    3 b3 takes itself for the leader of t/0 in epoch 2, without p1-0; b1 leads since, in epoch 3
    ");
}

#[test]
fn of_what_is_safe_only_the_leader_of_now_knows() {
    let acts = [
        ("b1", "info lead", r#""topic":"t","partition":0,"epoch":1"#),
        ("b1", "info append", r#""topic":"t","partition":0,"offset":0,"epoch":1,"id":"p1-0""#),
        ("b2", "info replicated", r#""topic":"t","partition":0,"end":1"#),
        ("b2", "info lead", r#""topic":"t","partition":0,"epoch":2"#),
        ("b1", "info watermark", r#""topic":"t","partition":0,"offset":1"#),
        ("b2", "info watermark", r#""topic":"t","partition":0,"offset":1"#),
    ];
    insta::assert_snapshot!(lines(story_of(&["p1-0"], &[], &acts)), @r"
    1 b1 appends p1-0 as leader of epoch 1 at offset 0 of t/0
    3 b2 leads t/0 from now on, epoch 2
    5 b2 knows that every in-sync replica has p1-0: the high watermark of t/0 is 1
    ");
}

#[test]
fn a_leader_that_came_after_the_last_fault_is_told_before_the_record_is_sent() {
    let acts = [
        ("b1", "info lead", r#""topic":"t","partition":0,"epoch":1"#),
        ("nemesis", "info fault", r#""fault":"pause","target":"b1","healed":false"#),
        ("b2", "info lead", r#""topic":"t","partition":0,"epoch":2"#),
        ("p1", "info intent", r#""id":"p1-0","key":0"#),
        ("p1", "invoke send", r#""topic":"t","partition":0,"id":"p1-0""#),
    ];
    insta::assert_snapshot!(lines(story_of(&["p1-0"], &[], &acts)), @r"
    1 *** pause of b1
    2 b2 leads t/0 from now on, epoch 2
    3 p1 wants to send p1-0
    4 p1 begins to send p1-0 to t/0, which b2 leads in epoch 2
    ");
}

#[test]
fn who_may_be_elected_is_told_with_those_that_are_in_no_set_but_eligible_and_once() {
    let acts = [
        ("p1", "invoke send", r#""topic":"t","partition":0,"id":"p1-0""#),
        ("c", "info members", r#""topic":"t","partition":0,"in-sync":[],"eligible":["b1"]"#),
        ("c", "info members", r#""topic":"t","partition":0,"in-sync":[],"eligible":["b1"]"#),
    ];
    insta::assert_snapshot!(lines(story_of(&["p1-0"], &[], &acts)), @r"
    0 p1 begins to send p1-0 to t/0
    1 c decides who is in sync with t/0: nobody; b1 may be elected as well
    ");
}

#[test]
fn a_story_about_no_record_tells_what_became_of_the_log() {
    let acts = [
        ("c", "info registered", r#""broker":"b2""#),
        ("b2", "info recover", r#""topic":"t","partition":0,"end":0,"dropped-bytes":0"#),
        ("b2", "info replicated", r#""topic":"t","partition":0,"end":5"#),
        ("nemesis", "info fault", r#""fault":"disk-loss","target":"b2","healed":false"#),
        ("b2", "info recover", r#""topic":"t","partition":0,"end":0,"dropped-bytes":0"#),
        ("b2", "info recover", r#""topic":"u","partition":0,"end":0,"dropped-bytes":0"#),
        ("c", "info registered", r#""broker":"b2""#),
    ];
    insta::assert_snapshot!(lines(story_of(&[], &["t/0"], &acts)), @r"
    3 *** disk-loss of b2
    4 b2 comes up: finds nothing of t/0; it had held what is below 5
    6 c registers b2 anew
    ");
}
