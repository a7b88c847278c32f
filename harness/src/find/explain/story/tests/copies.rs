//! Who has a record, and since when somebody has it no more.

use super::*;

/// `b1` leads and has a record, and `b2` took it over.
const REPLICATED: [(&str, &str, &str); 3] = [
    ("b1", "info lead", r#""topic":"t","partition":0,"epoch":1"#),
    ("b1", "info append", r#""topic":"t","partition":0,"offset":0,"epoch":1,"id":"p1-0""#),
    ("b2", "info replicated", r#""topic":"t","partition":0,"end":1"#),
];

#[test]
fn a_cut_that_a_power_loss_undoes_is_told_and_so_is_the_next_one() {
    let acts = [
        &REPLICATED[..],
        &[
            ("b2", "info truncate", r#""topic":"t","partition":0,"from":1,"to":0"#),
            ("b1", "info truncate", r#""topic":"t","partition":0,"from":1,"to":0"#),
            ("nemesis", "info fault", r#""fault":"power-loss","target":"b2","healed":false"#),
            ("b2", "info recover", r#""topic":"t","partition":0,"end":1,"dropped-bytes":0"#),
            ("b2", "info truncate", r#""topic":"t","partition":0,"from":1,"to":0"#),
        ],
    ];
    let story = story_of(&["p1-0"], &[], &acts.concat());
    assert_eq!(story.last_copy, Some(("b2".to_owned(), 7)));
    insta::assert_snapshot!(lines(story), @r"
    1 b1 appends p1-0 as leader of epoch 1 at offset 0 of t/0
    3 b2 cuts p1-0 off: t/0 ends at 0 now, it ended at 1
    4 b1 cuts p1-0 off: t/0 ends at 0 now, it ended at 1
    5 *** power-loss of b2
    6 b2 comes up with p1-0 again: finds t/0 up to 1
    7 b2 cuts p1-0 off: t/0 ends at 0 now, it ended at 1
    ");
}

#[test]
fn who_has_a_record_still_that_no_leader_has_is_told() {
    let lost = [
        ("b1", "info truncate", r#""topic":"t","partition":0,"from":1,"to":0"#),
        ("b1", "info lead", r#""topic":"t","partition":0,"epoch":2"#),
    ];
    let story = |acts: &[&[_]]| story_of(&["p1-0"], &[], &acts.concat());
    assert_eq!(story(&[&REPLICATED]).left_behind, [""; 0], "its leader has it");
    let kept = story(&[&REPLICATED, &lost]);
    assert_eq!((kept.last_copy, kept.left_behind), (None, vec!["b2".to_owned()]));
    let cut = ("b2", "info truncate", r#""topic":"t","partition":0,"from":1,"to":0"#);
    assert_eq!(story(&[&REPLICATED, &lost, &[cut]]).left_behind, [""; 0], "nobody has it");
}

#[test]
fn what_a_power_loss_took_was_gone_by_then_and_not_when_the_disk_is_read() {
    let acts = [
        &REPLICATED[..],
        &[
            ("nemesis", "info fault", r#""fault":"power-loss","target":"b2","healed":false"#),
            ("b1", "info truncate", r#""topic":"t","partition":0,"from":1,"to":0"#),
            ("b2", "info recover", r#""topic":"t","partition":0,"end":0,"dropped-bytes":9"#),
        ],
    ];
    let story = story_of(&["p1-0"], &[], &acts.concat());
    assert_eq!(story.last_copy, Some(("b1".to_owned(), 4)));
    assert!(lines(story).ends_with("5 b2 comes up without p1-0: finds nothing of t/0 but 9 damaged bytes\n"));
}

#[test]
fn whoever_lost_its_disk_comes_up_with_nothing_and_leads_without_the_record() {
    let acts = [
        &REPLICATED[..],
        &[
            ("nemesis", "info fault", r#""fault":"disk-loss","target":"b1","healed":false"#),
            ("nemesis", "info fault", r#""fault":"disk-loss","target":"b2","healed":false"#),
            ("b2", "info recover", r#""topic":"t","partition":0,"end":0,"dropped-bytes":0"#),
            ("b2", "info lead", r#""topic":"t","partition":0,"epoch":2"#),
        ],
    ];
    let story = story_of(&["p1-0"], &[], &acts.concat());
    assert_eq!(story.last_copy, Some(("b2".to_owned(), 4)));
    insta::assert_snapshot!(lines(story), @r"
    1 b1 appends p1-0 as leader of epoch 1 at offset 0 of t/0
    3 *** disk-loss of b1
    4 *** disk-loss of b2
    5 b2 comes up without p1-0: finds nothing of t/0
    6 b2 leads t/0 from now on, epoch 2, without p1-0
    ");
}

#[test]
fn of_two_copies_in_a_log_a_cut_can_take_one() {
    let acts = [
        REPLICATED[0],
        REPLICATED[1],
        ("b1", "info append", r#""topic":"t","partition":0,"offset":1,"epoch":1,"id":"p1-0""#),
        ("b1", "info truncate", r#""topic":"t","partition":0,"from":2,"to":1"#),
    ];
    assert!(
        lines(story_of(&["p1-0"], &[], &acts))
            .ends_with("3 b1 cuts p1-0 at offset 1 off: t/0 ends at 1 now, it ended at 2\n")
    );
}

#[test]
fn a_follower_took_over_what_the_leader_had_that_it_followed_and_not_the_newest() {
    let acts = [
        ("b1", "info lead", r#""topic":"t","partition":0,"epoch":1"#),
        ("b3", "info lead", r#""topic":"t","partition":0,"epoch":2"#),
        ("b3", "info append", r#""topic":"t","partition":0,"offset":0,"epoch":2,"id":"p1-9""#),
        ("b1", "info append", r#""topic":"t","partition":0,"offset":0,"epoch":1,"id":"p1-0""#),
        ("b2", "info replicated", r#""topic":"t","partition":0,"end":1"#),
        ("b2", "info committed", r#""topic":"t","partition":0,"epoch":1,"watermark":1,"hash":7"#),
        ("b2", "info truncate", r#""topic":"t","partition":0,"from":1,"to":0"#),
    ];
    assert!(
        lines(story_of(&["p1-0"], &[], &acts))
            .ends_with("6 b2 cuts p1-0 off: t/0 ends at 0 now, it ended at 1\n")
    );
}
