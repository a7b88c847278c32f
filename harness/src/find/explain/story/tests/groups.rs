//! Where groups stand, and what they settle.

use super::*;

/// `b1` leads and has a record.
const LED: [(&str, &str, &str); 2] = [
    ("b1", "info lead", r#""topic":"t","partition":0,"epoch":1"#),
    ("b1", "info append", r#""topic":"t","partition":0,"offset":0,"epoch":1,"id":"p1-0""#),
];

fn settle<'a>(kind: &'a str, value: &'a str) -> (&'a str, &'a str, &'a str) {
    ("c1", kind, value)
}

const UPTO_1: &str = r#""group":"g","topic":"t","partition":0,"upto":1,"generation":1"#;
const UPTO_2: &str = r#""group":"g","topic":"t","partition":0,"upto":2,"generation":1"#;

#[test]
fn an_unknown_outcome_is_not_said_to_be_silence() {
    let acts = [
        LED[0],
        LED[1],
        settle("invoke settle", UPTO_1),
        settle("info settle", UPTO_1),
        ("c1", "invoke effect", r#""sink":"s","id":"p1-0""#),
        ("c1", "info effect", r#""sink":"s","id":"p1-0""#),
    ];
    insta::assert_snapshot!(lines(story_of(&["p1-0"], &[], &acts)), @r"
    1 b1 appends p1-0 as leader of epoch 1 at offset 0 of t/0
    2 c1 settles t/0 up to 1, and p1-0, which nobody was handed yet, with that
    3 c1 learns nothing of whether t/0 is settled up to 1
    4 c1 asks s for the effect of p1-0
    5 c1 learns nothing from s of whether p1-0 took effect
    ");
}

#[test]
fn a_record_that_the_leader_lost_is_in_the_log_as_long_as_another_broker_has_it() {
    let position = ("c1", "info position", r#""group":"g","topic":"t","partition":0,"settled":0"#);
    let loss = |fault: &'static str| ("nemesis", "info fault", fault);
    let acts = [
        LED[0],
        LED[1],
        ("b2", "info replicated", r#""topic":"t","partition":0,"end":1"#),
        loss(r#""fault":"disk-loss","target":"b1","healed":false"#),
        position,
        settle("invoke settle", UPTO_1),
        loss(r#""fault":"power-loss","target":"b2","healed":false"#),
        position,
        ("b2", "info recover", r#""topic":"t","partition":0,"end":0,"dropped-bytes":0"#),
        position,
    ];
    insta::assert_snapshot!(lines(story_of(&["p1-0"], &[], &acts)), @r"
    1 b1 appends p1-0 as leader of epoch 1 at offset 0 of t/0
    3 *** disk-loss of b1
    4 c1 is told that g stands at 0 of t/0: p1-0 is not in the copy of b1, which led last, but in that of b2
    5 c1 settles t/0 up to 1, and p1-0, which nobody was handed yet, with that
    6 *** power-loss of b2
    7 c1 is told that g stands at 0 of t/0: p1-0 is in no copy, but perhaps in that of b2, whose power went
    8 b2 comes up without p1-0: finds nothing of t/0
    9 c1 is told that g stands at 0 of t/0: p1-0 is not in the log
    ");
}

#[test]
fn both_copies_of_a_record_are_settled_one_after_the_other_and_each_record_by_itself() {
    let acts = [
        LED[0],
        LED[1],
        ("b1", "info append", r#""topic":"t","partition":0,"offset":1,"epoch":1,"id":"p1-1""#),
        ("b1", "info append", r#""topic":"t","partition":0,"offset":2,"epoch":1,"id":"p1-0""#),
        settle("invoke settle", UPTO_1),
        settle("ok settle", UPTO_1),
        settle("invoke settle", UPTO_2),
        settle("ok settle", UPTO_2),
        ("c2", "info position", r#""group":"g","topic":"t","partition":0,"settled":1"#),
    ];
    insta::assert_snapshot!(lines(story_of(&["p1-0", "p1-1"], &[], &acts)), @r"
    1 b1 appends p1-0 as leader of epoch 1 at offset 0 of t/0
    2 b1 appends p1-1 as leader of epoch 1 at offset 1 of t/0
    3 b1 appends p1-0 again as leader of epoch 1 at offset 2 of t/0
    4 c1 settles t/0 up to 1, and p1-0 at offset 0, which nobody was handed yet, with that
    5 c1 hears that t/0 is settled up to 1
    6 c1 settles t/0 up to 2, and p1-1, which nobody was handed yet, with that
    7 c1 hears that t/0 is settled up to 2
    8 c2 is told that g stands at 1 of t/0: settlements up to 2 were acknowledged before; p1-0 lies below that at offset 0, and is to be handed out again at offset 2; p1-1 is to be handed out from there
    ");
}

#[test]
fn where_settlements_lie_a_lost_one_is_seen() {
    let acts = [
        LED[0],
        LED[1],
        ("b1", "info lead", r#""topic":"offsets","partition":0,"epoch":1"#),
        ("b2", "info replicated", r#""topic":"offsets","partition":0,"end":7"#),
        ("b2", "info recover", r#""topic":"offsets","partition":0,"end":6,"dropped-bytes":3"#),
        ("b2", "info lead", r#""topic":"offsets","partition":0,"epoch":2"#),
    ];
    insta::assert_snapshot!(lines(story_of(&["p1-0"], &["offsets/0"], &acts)), @r"
    1 b1 appends p1-0 as leader of epoch 1 at offset 0 of t/0
    4 b2 comes up: finds offsets/0 up to 6 and 3 damaged bytes; it had held what is below 7
    5 b2 leads offsets/0 from now on, epoch 2
    ");
}
