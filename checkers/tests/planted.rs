//! Jepsen's modes on random histories: what is legal stays valid, however operations overlap, fail and end in doubt; and one
//! planted violation is found.
//!
//! Histories are made from an order in which operations took effect. Around its moment each operation is stretched, so that it
//! overlaps with others as it likes.

#![cfg(feature = "files")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use checkers::jepsen::{self, MODES, Options};
use checkers::{Report, Validity};
use proptest::prelude::*;

/// An operation at the moment at which it took effect.
#[derive(Clone, Debug)]
struct Done {
    f: &'static str,
    invoked: String,
    kind: &'static str,
    completed: String,
    /// How far it reaches before and behind that moment.
    stretch: (u8, u8),
}

/// A choice: what to do, and how far to stretch it.
type Choice = (u8, u8, (u8, u8));

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    prop::collection::vec((any::<u8>(), any::<u8>(), (0_u8..6, 0_u8..6)), 1..40)
}

/// The operations as Jepsen writes them, each by a process of its own.
fn text(done: &[Done]) -> String {
    let mut events = Vec::new();
    for (process, done) in done.iter().enumerate() {
        let moment = 2 * process + 100;
        let (before, behind) = (usize::from(done.stretch.0), usize::from(done.stretch.1));
        // An odd moment ends, an even one begins: of two that meet the beginning comes first.
        let map = |kind: &str, value: &str| {
            format!("{{:process {process}, :type :{kind}, :f :{}, :value {value}}}", done.f)
        };
        events.push((moment - 2 * before, process, map("invoke", &done.invoked)));
        events.push((moment + 2 * behind + 1, process, map(done.kind, &done.completed)));
    }
    events.sort();
    events.into_iter().map(|(.., map)| map + "\n").collect()
}

fn judged(mode: &str, done: &[Done]) -> Report {
    let mode = MODES.iter().find(|its| its.name == mode).unwrap();
    mode.check(&jepsen::read(text(done).as_bytes()).unwrap(), Options::default())
}

/// What is not tolerated.
fn kinds(report: &Report) -> BTreeSet<String> {
    report.anomalies.iter().filter(|finding| !finding.allowed).map(|finding| finding.kind.clone()).collect()
}

fn only(kind: &str) -> BTreeSet<String> {
    [kind.to_owned()].into()
}

fn done(f: &'static str, invoked: &str, kind: &'static str, completed: &str, stretch: (u8, u8)) -> Done {
    Done { f, invoked: invoked.to_owned(), kind, completed: completed.to_owned(), stretch }
}

/// A queue that works, drained in the end.
fn queue(choices: &[Choice], unknown_dequeues: bool) -> Vec<Done> {
    let (mut all, mut queue, mut next) = (Vec::new(), VecDeque::new(), 0);
    for &(what, _, stretch) in choices {
        let value = next.to_string();
        match what % 8 {
            0..=2 => {
                queue.push_back(next);
                all.push(done("enqueue", &value, "ok", &value, stretch));
                next += 1;
            }
            3 => {
                // In doubt, and it landed, or did not.
                if what & 64 == 0 {
                    queue.push_back(next);
                }
                all.push(done("enqueue", &value, "info", &value, stretch));
                next += 1;
            }
            4 => {
                all.push(done("enqueue", &value, "fail", &value, stretch));
                next += 1;
            }
            5 if unknown_dequeues => {
                queue.pop_front();
                all.push(done("dequeue", "nil", "info", "nil", stretch));
            }
            _ => match queue.pop_front() {
                Some(taken) => all.push(done("dequeue", "nil", "ok", &taken.to_string(), stretch)),
                None => all.push(done("dequeue", "nil", "fail", "nil", stretch)),
            },
        }
    }
    for taken in queue {
        all.push(done("dequeue", "nil", "ok", &taken.to_string(), (0, 0)));
    }
    all
}

/// Which of the operations succeeded in this.
fn succeeded(all: &[Done], f: &str) -> Vec<usize> {
    (0..all.len()).filter(|&at| all[at].f == f && all[at].kind == "ok").collect()
}

/// Transactions over lists, each at its moment.
fn lists(choices: &[Choice]) -> Vec<Done> {
    let (mut all, mut lists, mut next) = (Vec::new(), BTreeMap::<u8, Vec<u32>>::new(), 0);
    for &(what, which, stretch) in choices {
        let (mut invoked, mut completed) = (String::new(), String::new());
        // Two of three lists, and now and then one twice.
        let failed = what % 11 == 0;
        let before = lists.clone();
        for list in [which % 3, (which / 3) % 3] {
            let append = what & (1 << list) != 0;
            if append {
                let micro = format!("[:append {list} {next}] ");
                invoked.push_str(&micro);
                completed.push_str(&micro);
                lists.entry(list).or_default().push(next);
                next += 1;
            } else {
                let values = lists.get(&list).cloned().unwrap_or_default();
                let values: Vec<String> = values.iter().map(u32::to_string).collect();
                invoked.push_str(&format!("[:r {list} nil] "));
                completed.push_str(&format!("[:r {list} [{}]] ", values.join(" ")));
            }
        }
        let in_doubt = what % 7 == 0;
        let kind = if failed {
            "fail"
        } else if in_doubt {
            "info"
        } else {
            "ok"
        };
        if failed {
            lists = before;
        }
        let completed = if kind == "ok" { completed } else { invoked.clone() };
        all.push(done("txn", &format!("[{invoked}]"), kind, &format!("[{completed}]"), stretch));
    }
    for (list, values) in lists {
        let values: Vec<String> = values.iter().map(u32::to_string).collect();
        let completed = format!("[[:r {list} [{}]]]", values.join(" "));
        all.push(done("txn", &format!("[[:r {list} nil]]"), "ok", &completed, (0, 0)));
    }
    all
}

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

/// A set, or a counter: additions that succeed, fail or end in doubt, and reads at their moments.
fn additions(choices: &[Choice], counter: bool) -> Vec<Done> {
    let (mut all, mut elements, mut sum) = (Vec::new(), Vec::new(), 0);
    let read = |elements: &[usize], sum: usize| {
        if counter {
            return sum.to_string();
        }
        let elements: Vec<String> = elements.iter().map(usize::to_string).collect();
        format!("[{}]", elements.join(" "))
    };
    // Without any addition there would be nothing to judge.
    let first = if counter { 0 } else { choices.len() };
    elements.push(first);
    all.push(done("add", &first.to_string(), "ok", &first.to_string(), (0, 0)));
    for (element, &(what, amount, stretch)) in choices.iter().enumerate() {
        let value = if counter { usize::from(amount) } else { element };
        let landed = matches!(what % 6, 0..=2) || what % 12 == 3;
        if landed {
            elements.push(element);
            sum += usize::from(amount);
        }
        match what % 6 {
            0..=2 => all.push(done("add", &value.to_string(), "ok", &value.to_string(), stretch)),
            3 => all.push(done("add", &value.to_string(), "info", &value.to_string(), stretch)),
            4 => all.push(done("add", &value.to_string(), "fail", &value.to_string(), stretch)),
            _ => all.push(done("read", "nil", "ok", &read(&elements, sum), stretch)),
        }
    }
    // The last to begin is the last to end, however far the others reach.
    all.push(done("read", "nil", "ok", &read(&elements, sum), (0, 20)));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_queue_that_works_is_valid_to_every_judge_of_queues(choices in choices()) {
        let history = queue(&choices, false);
        for mode in ["queue", "total-queue", "fifo"] {
            let report = judged(mode, &history);
            prop_assert_eq!(report.verdict, Validity::Valid, "{}: {:#?}", mode, report);
        }
        let history = queue(&choices, true);
        prop_assert_eq!(judged("fifo", &history).verdict, Validity::Valid);
    }

    #[test]
    fn a_dequeue_that_is_lost_or_doubled_or_made_up_is_found(choices in choices(), at in any::<prop::sample::Index>()) {
        let history = queue(&choices, false);
        let dequeues = succeeded(&history, "dequeue");
        if dequeues.is_empty() {
            return Ok(());
        }
        let chosen = dequeues[at.index(dequeues.len())];
        let mut made_up = history.clone();
        made_up[chosen].completed = "777".to_owned();
        prop_assert!(kinds(&judged("queue", &made_up)).contains("unexpected"));
        prop_assert!(kinds(&judged("total-queue", &made_up)).contains("unexpected"));
        prop_assert!(kinds(&judged("fifo", &made_up)).contains("VFresh"));
        let mut doubled = history.clone();
        doubled.push(history[chosen].clone());
        prop_assert_eq!(kinds(&judged("queue", &doubled)), only("unexpected"));
        prop_assert_eq!(kinds(&judged("fifo", &doubled)), only("VRepet"));
        let report = judged("total-queue", &doubled);
        prop_assert_eq!(&report.anomalies[0].kind, "duplicated");
        let acknowledged = history.iter().any(|done| {
            (done.f, done.kind, &done.completed) == ("enqueue", "ok", &history[chosen].completed)
        });
        let mut lost = history.clone();
        lost.remove(chosen);
        let expected = if acknowledged { only("lost") } else { BTreeSet::new() };
        prop_assert_eq!(kinds(&judged("total-queue", &lost)), expected);
    }

    #[test]
    fn a_set_that_works_is_valid_and_one_that_loses_or_makes_up_is_not(
        choices in choices(), at in any::<prop::sample::Index>(),
    ) {
        let history = additions(&choices, false);
        prop_assert_eq!(judged("set", &history).verdict, Validity::Valid);
        // Without any element that stays nothing was put to the test.
        prop_assert!(kinds(&judged("set-full", &history)).is_empty());
        let mut made_up = history.clone();
        let last = made_up.last_mut().unwrap();
        last.completed = last.completed.replace(']', " 777]");
        prop_assert_eq!(kinds(&judged("set", &made_up)), only("unexpected"));
        prop_assert!(judged("set-full", &made_up).beyond.iter().any(|finding| finding.kind == "phantom"));
        let added = succeeded(&history, "add");
        if added.is_empty() {
            return Ok(());
        }
        let gone = &history[added[at.index(added.len())]].completed;
        // Time passes until all that overlaps has ended.
        let pause = (9_000..9_030).map(|value| done("add", &value.to_string(), "fail", &value.to_string(), (0, 0)));
        let mut lost: Vec<Done> = history.iter().cloned().chain(pause).collect();
        let kept: Vec<&str> = history[history.len() - 1].completed.trim_matches(['[', ']']).split_whitespace().filter(|element| element != gone).collect();
        lost.push(done("read", "nil", "ok", &format!("[{}]", kept.join(" ")), (0, 0)));
        prop_assert_eq!(kinds(&judged("set", &lost)), only("lost"));
        prop_assert_eq!(kinds(&judged("set-full", &lost)), only("lost"));
    }

    #[test]
    fn a_counter_that_works_is_valid_and_one_that_miscounts_is_not(choices in choices()) {
        let history = additions(&choices, true);
        prop_assert_eq!(judged("counter", &history).verdict, Validity::Valid);
        let mut wrong = history.clone();
        wrong.last_mut().unwrap().completed = "1000000".to_owned();
        prop_assert_eq!(kinds(&judged("counter", &wrong)), only("out-of-bounds"));
    }

    #[test]
    fn ids_are_unique_until_one_is_handed_out_again(choices in choices(), at in any::<prop::sample::Index>()) {
        let mut history: Vec<Done> = choices
            .iter()
            .enumerate()
            .map(|(id, &(what, _, stretch))| match what % 3 {
                0 => done("generate", "nil", "info", "nil", stretch),
                _ => done("generate", "nil", "ok", &id.to_string(), stretch),
            })
            .collect();
        prop_assert_eq!(judged("unique-ids", &history).verdict, Validity::Valid);
        let generated = succeeded(&history, "generate");
        if generated.is_empty() {
            return Ok(());
        }
        history.push(history[generated[at.index(generated.len())]].clone());
        prop_assert_eq!(kinds(&judged("unique-ids", &history)), only("duplicated"));
    }

    #[test]
    fn two_values_that_change_places_are_out_of_order(choices in choices()) {
        let mut history = queue(&choices, false);
        history.iter_mut().for_each(|done| done.stretch = (0, 0));
        // An enqueue in doubt may take effect late: only acknowledged ones have an order.
        let acknowledged: BTreeSet<String> =
            succeeded(&history, "enqueue").into_iter().map(|at| history[at].completed.clone()).collect();
        let mut dequeues = succeeded(&history, "dequeue");
        dequeues.retain(|&at| acknowledged.contains(&history[at].completed));
        if dequeues.len() < 2 {
            return Ok(());
        }
        let [first, second] = [dequeues[0], dequeues[1]];
        let taken = history[first].completed.clone();
        history[first].completed = std::mem::replace(&mut history[second].completed, taken);
        let report = judged("fifo", &history);
        let found = kinds(&report);
        // One that now comes out before it was put in is fresh, the others are overtaken.
        prop_assert!(found.contains("VOrd") || found.contains("VFresh"), "{:#?}", report);
    }

    #[test]
    fn transactions_in_one_order_are_valid_however_they_overlap(choices in choices()) {
        let report = judged("list-append", &lists(&choices));
        prop_assert!(report.anomalies.is_empty(), "{:#?}", report);
    }

    #[test]
    fn a_read_that_is_doubled_or_turned_around_is_found(choices in choices()) {
        let history = lists(&choices);
        let words = |done: &Done| -> Vec<String> {
            let words = done.completed.split_whitespace();
            words.map(|word| word.trim_matches(['[', ']']).to_owned()).collect()
        };
        let reads = history.iter().filter(|done| done.kind == "ok" && done.invoked.matches("[:").count() == 1);
        let long = reads.map(words).find(|words| words.len() > 3);
        let Some(long) = long else { return Ok(()) };
        let (list, elements) = (&long[1], &long[2..]);
        let with = |elements: Vec<String>| {
            let mut changed = history.clone();
            changed.push(done("txn", &format!("[[:r {list} nil]]"), "ok", &format!("[[:r {list} [{}]]]", elements.join(" ")), (0, 0)));
            changed
        };
        let doubled = with([elements, &elements[..1]].concat());
        prop_assert!(kinds(&judged("list-append", &doubled)).contains("duplicate-elements"));
        let turned = with(elements.iter().rev().cloned().collect());
        prop_assert!(kinds(&judged("list-append", &turned)).contains("incompatible-order"));
    }

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
