use super::*;

mod copies;
mod faults;
mod groups;
mod leaders;

/// The story of some records in a history as people write it.
fn told(records: &[&str], lines: &[&str]) -> String {
    self::lines(story(records, &[], lines))
}

/// The same, of logs by themselves too; who, what and `type f`, each at the time that is its number in the list.
fn story_of(records: &[&str], logs: &[&str], acts: &[(&str, &str, &str)]) -> Story {
    let mut begun = std::collections::BTreeMap::new();
    let lines = acts.iter().enumerate().map(|(index, (process, kind, value))| {
        let (kind, f) = kind.split_once(' ').unwrap();
        if kind == "invoke" {
            begun.insert((*process, f), index);
        }
        let op = if kind == "invoke" { None } else { begun.get(&(*process, f)) };
        let op = op.map(|op| format!(r#""op":{op},"#)).unwrap_or_default();
        format!(
            r#"{{"index":{index},{op}"time":{index},"process":"{process}","type":"{kind}","f":"{f}","value":{{{value}}}}}"#
        )
    });
    let lines: Vec<String> = lines.collect();
    story(records, logs, &lines.iter().map(String::as_str).collect::<Vec<_>>())
}

fn lines(story: Story) -> String {
    story.lines.into_iter().map(|(time, line)| format!("{time} {line}\n")).collect()
}

fn story(records: &[&str], logs: &[&str], lines: &[&str]) -> Story {
    let text = format!("{{\"history\":1}}\n{}\n", lines.join("\n"));
    let mut reader = checkers::files::Reader::new(text.as_bytes()).unwrap();
    let mut entries = Vec::new();
    while let Some(entry) = reader.next_entry().unwrap() {
        entries.push(entry);
    }
    tell(records, logs, &reader.into_names(), &entries)
}

#[test]
fn a_story_tells_where_the_group_stood_what_was_refused_and_what_held_a_record_up() {
    let story = told(
        &["p1-1"],
        &[
            r#"{"index":0,"time":0,"process":"b1","type":"info","f":"lead","value":{"topic":"t","partition":0,"epoch":1}}"#,
            r#"{"index":1,"time":0,"process":"b1","type":"info","f":"append","value":{"topic":"t","partition":0,"offset":1,"epoch":1,"id":"p1-1"}}"#,
            r#"{"index":2,"time":1,"process":"c1","type":"info","f":"grant","value":{"group":"g","topic":"t","partition":0,"generation":1}}"#,
            r#"{"index":3,"time":2,"process":"c1","type":"ok","f":"poll","value":{"group":"g","topic":"t","partition":0,"offset":0,"id":"p1-0"}}"#,
            r#"{"index":4,"time":3,"process":"c1","type":"invoke","f":"effect","value":{"sink":"s","id":"p1-0"}}"#,
            r#"{"index":5,"time":4,"process":"c1","type":"ok","f":"poll","value":{"group":"g","topic":"t","partition":0,"offset":1,"id":"p1-1"}}"#,
            r#"{"index":6,"time":5,"process":"c1","type":"invoke","f":"settle","value":{"group":"g","topic":"t","partition":0,"upto":2,"generation":1}}"#,
            r#"{"index":7,"op":6,"time":6,"process":"c1","type":"fail","f":"settle","value":{"group":"g","topic":"t","partition":0,"upto":2,"generation":1}}"#,
            r#"{"index":8,"time":7,"process":"c2","type":"info","f":"position","value":{"group":"g","topic":"t","partition":0,"settled":1}}"#,
            r#"{"index":9,"time":8,"process":"c2","type":"ok","f":"poll","value":{"group":"g","topic":"t","partition":0,"offset":1,"id":"p1-1"}}"#,
            r#"{"index":10,"time":9,"process":"c2","type":"invoke","f":"effect","value":{"sink":"s","id":"p1-2"}}"#,
            r#"{"index":11,"time":10,"process":"c2","type":"invoke","f":"settle","value":{"group":"g","topic":"t","partition":0,"upto":3,"generation":2}}"#,
            r#"{"index":12,"op":11,"time":11,"process":"c2","type":"ok","f":"settle","value":{"group":"g","topic":"t","partition":0,"upto":3,"generation":2}}"#,
            r#"{"index":13,"time":12,"process":"c2","type":"invoke","f":"settle","value":{"group":"g","topic":"t","partition":0,"upto":4,"generation":2}}"#,
            r#"{"index":14,"time":13,"process":"c3","type":"info","f":"position","value":{"group":"g","topic":"t","partition":0,"settled":3}}"#,
        ],
    );
    insta::assert_snapshot!(story, @r"
    0 b1 appends p1-1 as leader of epoch 1 at offset 1 of t/0
    1 c1 is given t/0 for g, generation 1
    4 c1 is handed p1-1 for g, from offset 1 of t/0, while the effect of p1-0 is under way there
    5 c1 settles t/0 up to 2, and p1-1 with that
    6 c1 is refused: t/0 is not settled up to 2
    7 c2 is told that g stands at 1 of t/0: p1-1 is to be handed out from there
    8 c2 is handed p1-1 for g, from offset 1 of t/0
    9 c2 asks for the effect of p1-2 before it has asked for that of p1-1
    10 c2 settles t/0 up to 3, and p1-1 with that
    11 c2 hears that t/0 is settled up to 3
    13 c3 is told that g stands at 3 of t/0: p1-1 lies below that, and is settled
    ");
}

#[test]
fn a_consumer_that_began_anew_has_forgotten_what_waited_there() {
    let story = told(
        &["p1-0"],
        &[
            r#"{"index":0,"time":1,"process":"c1","type":"ok","f":"poll","value":{"group":"g","topic":"t","partition":0,"offset":0,"id":"p1-0"}}"#,
            r#"{"index":1,"time":2,"process":"nemesis","type":"info","f":"fault","value":{"fault":"crash","target":"c1","healed":false}}"#,
            r#"{"index":2,"time":3,"process":"c1","type":"info","f":"began","value":{}}"#,
            r#"{"index":3,"time":4,"process":"c1","type":"invoke","f":"effect","value":{"sink":"s","id":"p1-9"}}"#,
        ],
    );
    insta::assert_snapshot!(story, @r"
    1 c1 is handed p1-0 for g, from offset 0 of t/0
    2 *** crash of c1
    3 c1 begins
    ");
}

#[test]
fn what_a_deposed_leader_appends_lies_in_its_own_copy_and_not_in_the_log() {
    let story = told(
        &["p1-0"],
        &[
            r#"{"index":0,"time":1,"process":"b1","type":"info","f":"lead","value":{"topic":"t","partition":0,"epoch":1}}"#,
            r#"{"index":1,"time":2,"process":"b2","type":"info","f":"lead","value":{"topic":"t","partition":0,"epoch":2}}"#,
            r#"{"index":2,"time":3,"process":"b2","type":"info","f":"append","value":{"topic":"t","partition":0,"offset":0,"epoch":2,"id":"p1-9"}}"#,
            r#"{"index":3,"time":4,"process":"p1","type":"invoke","f":"send","value":{"topic":"t","partition":0,"id":"p1-0"}}"#,
            r#"{"index":4,"time":5,"process":"b1","type":"info","f":"append","value":{"topic":"t","partition":0,"offset":0,"epoch":1,"id":"p1-0"}}"#,
            r#"{"index":5,"time":6,"process":"c1","type":"info","f":"position","value":{"group":"g","topic":"t","partition":0,"settled":1}}"#,
            r#"{"index":6,"time":7,"process":"b1","type":"info","f":"truncate","value":{"topic":"t","partition":0,"from":1,"to":0}}"#,
        ],
    );
    insta::assert_snapshot!(story, @r"
    2 b2 leads t/0 from now on, epoch 2
    4 p1 begins to send p1-0 to t/0, which b2 leads in epoch 2
    5 b1 appends p1-0 as leader of epoch 1 at offset 0 of t/0 in its own copy; b2 leads since, in epoch 2
    6 c1 is told that g stands at 1 of t/0: p1-0 is not in the copy of b2, which led last, but in that of b1
    7 b1 cuts p1-0 off: t/0 ends at 0 now, it ended at 1
    ");
}

#[test]
fn a_follower_of_a_deposed_leader_has_what_that_had() {
    let lines = [
        r#"{"index":0,"time":1,"process":"b1","type":"info","f":"lead","value":{"topic":"t","partition":0,"epoch":1}}"#,
        r#"{"index":1,"time":2,"process":"b3","type":"info","f":"lead","value":{"topic":"t","partition":0,"epoch":2}}"#,
        r#"{"index":2,"time":3,"process":"b1","type":"info","f":"append","value":{"topic":"t","partition":0,"offset":0,"epoch":1,"id":"p1-0"}}"#,
        r#"{"index":3,"time":4,"process":"b2","type":"info","f":"replicated","value":{"topic":"t","partition":0,"end":1}}"#,
        r#"{"index":4,"time":5,"process":"b1","type":"info","f":"truncate","value":{"topic":"t","partition":0,"from":1,"to":0}}"#,
        r#"{"index":5,"time":6,"process":"b2","type":"info","f":"truncate","value":{"topic":"t","partition":0,"from":1,"to":0}}"#,
    ];
    insta::assert_snapshot!(told(&["p1-0"], &lines), @r"
    3 b1 appends p1-0 as leader of epoch 1 at offset 0 of t/0 in its own copy; b3 leads since, in epoch 2
    5 b1 cuts p1-0 off: t/0 ends at 0 now, it ended at 1
    6 b2 cuts p1-0 off: t/0 ends at 0 now, it ended at 1
    ");
}
