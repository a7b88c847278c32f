//! When a fault is over.

use super::*;

fn fault(value: &str) -> (&str, &str, &str) {
    ("nemesis", "info fault", value)
}

#[test]
fn the_first_start_ends_all_that_kept_a_process_down() {
    let acts = [
        fault(r#""fault":"stop","target":"b2","healed":false"#),
        fault(r#""fault":"stop","target":"b2","healed":false"#),
        fault(r#""fault":"stop","target":"b2","healed":true"#),
        ("b2", "info recover", r#""topic":"t","partition":0,"end":0,"dropped-bytes":0"#),
        fault(r#""fault":"stop","target":"b2","healed":true"#),
        fault(r#""fault":"stop","target":"b2","healed":false"#),
        fault(r#""fault":"stop","target":"b2","healed":true"#),
    ];
    insta::assert_snapshot!(lines(story_of(&[], &[], &acts)), @r"
    0 *** stop of b2
    1 *** stop of b2
    2 (stop of b2 is over)
    5 *** stop of b2
    6 (stop of b2 is over)
    ");
}

#[test]
fn a_pause_ends_with_its_process_and_a_slow_disk_does_not() {
    let acts = [
        fault(r#""fault":"pause","target":"b3","healed":false"#),
        fault(r#""fault":"slow-disk","target":"b3","healed":false"#),
        fault(r#""fault":"power-loss","target":"b3","healed":false"#),
        fault(r#""fault":"power-loss","target":"b3","healed":true"#),
        fault(r#""fault":"pause","target":"b3","healed":true"#),
        fault(r#""fault":"slow-disk","target":"b3","healed":true"#),
    ];
    insta::assert_snapshot!(lines(story_of(&[], &[], &acts)), @r"
    0 *** pause of b3
    1 *** slow-disk of b3
    2 *** power-loss of b3
    3 (power-loss of b3 is over)
    5 (slow-disk of b3 is over)
    ");
}

#[test]
fn what_a_rack_loses_all_of_it_loses_and_its_start_undoes_what_kept_one_of_it_down() {
    let reach = r#""reach":{"nodes":["b1","b2"],"links":[],"course":"steady"}"#;
    let rack = |healed| format!(r#""fault":"power-loss","target":"b1, b2","healed":{healed}"#);
    let (dark, over) = (format!("{},{reach}", rack(false)), rack(true));
    let acts = [
        fault(r#""fault":"pause","target":"b2","healed":false"#),
        fault(&dark),
        fault(r#""fault":"pause","target":"b2","healed":true"#),
        fault(r#""fault":"crash","target":"b1","healed":false"#),
        ("b2", "info recover", r#""topic":"t","partition":0,"end":0,"dropped-bytes":0"#),
        fault(&over),
        fault(r#""fault":"crash","target":"b1","healed":true"#),
    ];
    insta::assert_snapshot!(lines(story_of(&[], &[], &acts)), @r"
    0 *** pause of b2
    1 *** power-loss of b1, b2
    3 *** crash of b1
    5 (power-loss of b1, b2 is over)
    ");
}
