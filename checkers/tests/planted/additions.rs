//! Sets, counters and ids: what is added is there, once, and nothing else is.

use super::*;

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
    #![proptest_config(config())]

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
}
