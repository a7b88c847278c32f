//! Logs with producers and readers.

use std::collections::BTreeMap;

use super::*;

/// A log with producers and readers that assign themselves; everything is read in the end.
fn log(choices: &[Choice]) -> Vec<Done> {
    let (mut all, mut logs, mut next) = (Vec::new(), BTreeMap::<u8, Vec<(u64, u32)>>::new(), 0);
    for &(what, which, stretch) in choices {
        let key = which % 3;
        let log = logs.entry(key).or_default();
        // Now and then an offset is left out, as for the mark of a transaction.
        let offset = log.last().map_or(0, |(last, _)| last + 1 + u64::from(what & 32 != 0));
        let invoked = format!("[[:send {key} {next}]]");
        match what % 5 {
            0 | 1 => {
                log.push((offset, next));
                all.push(done(
                    "send",
                    &invoked,
                    "ok",
                    &format!("[[:send {key} [{offset} {next}]]]"),
                    stretch,
                ));
            }
            2 => {
                if what & 64 == 0 {
                    log.push((offset, next));
                }
                all.push(done("send", &invoked, "info", &invoked, stretch));
            }
            3 => all.push(done("send", &invoked, "fail", &invoked, stretch)),
            _ => all.push(done(
                "poll",
                "[[:poll]]",
                "ok",
                &format!("[[:poll {{{key} [{}]}}]]", pairs(log)),
                stretch,
            )),
        }
        next += 1;
    }
    // Something is related to something, whatever the choices were.
    for f in ["send", "send"] {
        all.push(done(f, "[]", "ok", "[]", (0, 0)));
    }
    for (key, log) in &logs {
        all.push(done("poll", "[[:poll]]", "ok", &format!("[[:poll {{{key} [{}]}}]]", pairs(log)), (0, 0)));
    }
    all
}

fn pairs(log: &[(u64, u32)]) -> String {
    let pairs: Vec<String> = log.iter().map(|(offset, value)| format!("[{offset} {value}]")).collect();
    pairs.join(" ")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_log_that_works_is_valid_however_its_operations_overlap(choices in choices()) {
        let report = judged("kafka", &log(&choices));
        prop_assert!(kinds(&report).is_empty() && report.unknown.is_empty(), "{:#?}", report);
        let clean = report.beyond.iter().all(|finding| finding.kind.starts_with("G-") || finding.kind.starts_with("G2"));
        prop_assert!(clean, "{:#?}", report.beyond);
    }

    #[test]
    fn a_log_that_breaks_one_promise_is_found_out(choices in choices(), at in any::<prop::sample::Index>()) {
        let history = log(&choices);
        let polls: Vec<usize> = succeeded(&history, "poll").into_iter().filter(|&poll| history[poll].completed.contains("[[0 ")).collect();
        if polls.is_empty() {
            return Ok(());
        }
        let poll = *polls.last().unwrap();
        let key = history[poll].completed.trim_start_matches("[[:poll {").split(' ').next().unwrap();
        // A message nobody sent, one that had failed, and one at an offset that another holds.
        let with = |pair: &str| {
            let mut changed = history.clone();
            let end = changed[poll].completed.rfind("]}]]").unwrap();
            changed[poll].completed.insert_str(end, pair);
            changed
        };
        let phantom = judged("kafka", &with(" [9999 8888]"));
        prop_assert_eq!(phantom.verdict, Validity::Unknown);
        prop_assert!(phantom.beyond.iter().any(|finding| finding.kind == "phantom"));
        let failed: Vec<&Done> = history.iter().filter(|done| (done.f, done.kind) == ("send", "fail")).collect();
        if !failed.is_empty() {
            let words: Vec<&str> = failed[at.index(failed.len())].completed.trim_matches(['[', ']']).split_whitespace().collect();
            if words[1] == key {
                let report = judged("kafka", &with(&format!(" [9999 {}]", words[2])));
                prop_assert_eq!(kinds(&report), only("G1a"));
            }
        }
        let also = |operation: Done| [&history[..], &[operation]].concat();
        let sent = |offset: i64| {
            done("send", &format!("[[:send {key} 6666]]"), "ok", &format!("[[:send {key} [{offset} 6666]]]"), (0, 0))
        };
        let below: BTreeSet<String> = ["lost-write", "unseen"].map(str::to_owned).into();
        prop_assert_eq!(kinds(&judged("kafka", &also(sent(-1)))), below);
        prop_assert_eq!(kinds(&judged("kafka", &also(sent(99_999)))), only("unseen"));
        prop_assert!(kinds(&judged("kafka", &also(sent(0)))).contains("inconsistent-offsets"));
        let own = format!("[[:send {key} [99999 6666]] [:poll {{{key} [[99999 6666]]}}]]");
        let own = done("txn", &format!("[[:send {key} 6666] [:poll]]"), "ok", &own, (0, 0));
        prop_assert_eq!(kinds(&judged("kafka", &also(own))), only("precommitted-read"));
        let mut twice = history.clone();
        let first = history[poll].completed.clone();
        let pair = &first[first.find("[[0 ").unwrap() + 1..];
        let pair = &pair[..=pair.find(']').unwrap()];
        let value = pair.trim_matches(['[', ']']).split(' ').nth(1).unwrap();
        let end = twice[poll].completed.rfind("]}]]").unwrap();
        twice[poll].completed.insert_str(end, &format!(" [9999 {value}]"));
        prop_assert!(kinds(&judged("kafka", &twice)).contains("duplicate"));
    }
}
