//! Transactions over lists.

use std::collections::BTreeMap;

use super::*;

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

proptest! {
    #![proptest_config(config())]

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
}
