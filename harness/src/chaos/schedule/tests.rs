//! What a schedule may say, and how it is refused.

use proptest::prelude::*;

use super::*;

const DESIGN: &str = r#"{ "version": 1, "scenario": "commit-before-process", "variant": "unsafe", "engine": "direct", "seed": 17,
  "knobs": { "producers": 2, "records": 40 },
  "steps": [
{ "at": { "ms": 1200 }, "heal-after-ms": 2000,
  "inject": { "partition": { "isolate": { "leader": { "topic": "payments", "partition": 0 } }, "direction": "outbound", "streams": "hang" } } },
{ "at": { "event": { "name": "commit-before-effect", "count": 7 } },
  "inject": { "crash": { "target": { "member": { "group": "billing" } } } } } ],
  "expect": { "anomaly": "lost-unprocessed", "path": "consumer" } }"#;

#[test]
fn the_format_people_were_promised_reads_and_survives_a_round_trip() {
    let schedule = Schedule::from_json(DESIGN).unwrap();
    assert_eq!(schedule.steps.len(), 2);
    assert_eq!(Schedule::from_json(&schedule.to_json()).unwrap(), schedule);
}

#[test]
fn typos_are_reported_where_they_are_with_the_nearest_name() {
    let cases = [
        ("\"heal-after-ms\"", "\"heal-after\"", 4, "heal-after-ms"),
        ("\"partition\": {", "\"partitoin\": {", 5, "partition"),
        ("\"outbound\"", "\"outbuond\"", 5, "outbound"),
        ("commit-before-effect", "commit-before-efect", 6, "commit-before-effect"),
        ("lost-unprocessed", "lost-unprocesed", 8, "lost-unprocessed"),
    ];
    for (right, wrong, line, nearest) in cases {
        let error = Schedule::from_json(&DESIGN.replacen(right, wrong, 1)).unwrap_err();
        assert_eq!((error.line, error.nearest.as_deref()), (line, Some(nearest)), "{error}");
    }
}

#[test]
fn an_actor_without_an_event_is_refused_where_it_stands() {
    let actor = r#"{"version":1,"scenario":"s","variant":"v","engine":"direct","seed":1,"steps":[
 {"at":{"ms":5},"inject":{"crash":{"target":"actor"}}}]}"#;
    let error = Schedule::from_json(actor).unwrap_err();
    assert_eq!((error.line, error.column), (2, 45));
}

#[test]
fn several_nodes_are_struck_by_what_strikes_them_at_once_and_by_nothing_else() {
    let half = r#"{"version":1,"scenario":"s","variant":"v","engine":"direct","seed":1,"steps":[
 {"at":{"ms":5},"inject":{"partition":{"halves":["minority"]}}}]}"#;
    assert!(Schedule::from_json(half).is_ok());
    let inject =
        |fault: &str| Schedule::from_json(&half.replace(r#"{"partition":{"halves":["minority"]}}"#, fault));
    for at_once in [
        r#"{"crash":{"target":"minority"}}"#,
        r#"{"power-loss":{"target":{"rack":1}}}"#,
        r#"{"partition":{"isolate":{"rack":2}}}"#,
    ] {
        let schedule = inject(at_once).unwrap();
        assert_eq!(Schedule::from_json(&schedule.to_json()).unwrap(), schedule);
    }
    for one in [
        r#"{"pause":{"target":"minority"}}"#,
        r#"{"disk-loss":{"target":{"rack":1}}}"#,
        r#"{"partition":{"link":{"from":{"rack":1},"to":"controller"}}}"#,
    ] {
        let error = inject(one).unwrap_err();
        assert!(error.line == 2 && error.what.contains("is several nodes"), "{error}");
    }
}

#[test]
fn a_moment_after_an_event_reads_and_one_in_its_step_is_written_as_ever() {
    let after = r#"{"event":{"name":"append","count":2,"after-ms":5}}"#;
    let moment: Moment = serde_json::from_str(after).unwrap();
    assert_eq!(moment, Moment::event("append", 2).later(5));
    assert_eq!(serde_json::to_string(&moment).unwrap(), after);
    let in_its_step = serde_json::to_string(&Moment::event("append", 2)).unwrap();
    assert_eq!(in_its_step, r#"{"event":{"name":"append","count":2}}"#);
}

#[test]
fn no_time_is_so_far_away_that_it_cannot_be_counted() {
    let endless = u64::MAX.to_string();
    let places = ["\"ms\": 1200", "\"heal-after-ms\": 2000", "\"count\": 7"];
    let endless = [
        format!("\"ms\": {endless}"),
        format!("\"heal-after-ms\": {endless}"),
        format!("\"count\": 7, \"after-ms\": {endless}"),
    ];
    for (right, wrong) in places.into_iter().zip(endless) {
        let error = Schedule::from_json(&DESIGN.replacen(right, &wrong, 1)).unwrap_err();
        assert!(error.what.contains("a hundred years"), "{error}");
    }
    let skewed = DESIGN.replacen(r#""crash": { "target""#, r#""clock-jump": { "ms": -9e17, "target""#, 1);
    assert!(Schedule::from_json(&skewed).is_err());
    let skewed = skewed.replacen("-9e17", "-900000000000000000", 1);
    let error = Schedule::from_json(&skewed).unwrap_err();
    assert!(error.line == 7 && error.what.contains("a hundred years"), "{error}");
}

#[test]
fn a_schedule_that_would_take_for_ever_is_refused() {
    let schedule = Schedule::from_json(DESIGN).unwrap();
    let steps =
        |count| Schedule { steps: vec![schedule.steps[0].clone(); count], ..schedule.clone() }.to_json();
    assert!(Schedule::from_json(&steps(STEPS)).is_ok());
    let error = Schedule::from_json(&steps(STEPS + 1)).unwrap_err();
    assert!(error.line > 1 && error.what.contains("1000 are the most"), "{error}");
}

#[test]
fn what_is_timed_behind_a_step_that_is_left_out_keeps_its_moment() {
    let schedule = Schedule::from_json(DESIGN).unwrap();
    let behind = Step { at: Moment::Behind(7), ..schedule.steps[0].clone() };
    let further = Step { at: Moment::Behind(5), ..behind.clone() };
    let schedule = Schedule { steps: vec![schedule.steps[0].clone(), behind, further], ..schedule };
    assert_eq!(schedule.without(0).steps[0].at, Moment::Ms(1_207));
    assert_eq!(schedule.without(0).without(0).steps[0].at, Moment::Ms(1_212));
    assert_eq!(schedule.without(1).steps[1].at, Moment::Behind(12));
    assert_eq!(schedule.without(2).steps, schedule.steps[..2]);
}

#[test]
fn another_version_is_refused() {
    let error = Schedule::from_json(&DESIGN.replace("\"version\": 1", "\"version\": 2")).unwrap_err();
    assert_eq!((error.line, error.column), (1, 3));
}

proptest! {
    #[test]
    fn whatever_stands_in_a_file_is_read_or_refused_at_a_place_in_it(
        at in 0..DESIGN.len(), len in 0..40_usize, put in "\\PC{0,12}"
    ) {
        let end = (at + len).min(DESIGN.len());
        let text = format!("{}{put}{}", &DESIGN[..at], &DESIGN[end..]);
        if let Err(error) = Schedule::from_json(&text) {
            prop_assert!(error.line <= text.lines().count().max(1), "{error}");
        }
    }
}
