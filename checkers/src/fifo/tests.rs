//! The monitor against its oracle, and each rule by an example.

use proptest::prelude::*;

use super::oracle::linearizable;
use super::{Event, Number, Outcome, Rule, check};
use Event::{
    DequeueInvoked, DequeueReturned, EmptyInvoked, EmptyReturned, EnqueueInvoked, EnqueueReturned,
    UnknownInvoked,
};

fn enqueue(value: Number) -> [Event; 2] {
    [EnqueueInvoked(value), EnqueueReturned(value)]
}

fn dequeue(value: Number) -> [Event; 2] {
    [DequeueInvoked(value), DequeueReturned(value)]
}

fn rules(history: &[[Event; 2]]) -> Vec<Rule> {
    let history = history.concat();
    let valid = linearizable(&history);
    match check(&history) {
        Outcome::Valid => {
            assert!(valid);
            Vec::new()
        }
        Outcome::Invalid(violations) => {
            assert!(!valid);
            violations.iter().map(|violation| violation.rule).collect()
        }
        Outcome::Undecided => panic!("undecided"),
    }
}

#[test]
fn values_that_come_out_in_the_order_of_their_enqueues_are_linearizable() {
    assert_eq!(
        rules(&[enqueue(0), enqueue(1), dequeue(0), dequeue(1), [EmptyInvoked(0), EmptyReturned(0)]]),
        []
    );
}

#[test]
fn each_rule_is_found_by_its_smallest_example() {
    assert_eq!(rules(&[dequeue(0)]), [Rule::Fresh]);
    assert_eq!(rules(&[dequeue(0), enqueue(0)]), [Rule::Fresh]);
    assert_eq!(rules(&[enqueue(0), dequeue(0), dequeue(0)]), [Rule::Repeat]);
    assert_eq!(rules(&[enqueue(0), enqueue(1), dequeue(1), dequeue(0)]), [Rule::Order]);
    assert_eq!(rules(&[enqueue(0), enqueue(1), dequeue(1)]), [Rule::Order]);
    assert_eq!(rules(&[enqueue(0), [EmptyInvoked(0), EmptyReturned(0)]]), [Rule::Witness]);
}

#[test]
fn an_enqueue_that_never_returned_took_effect_once_its_value_came_out() {
    let history =
        [EnqueueInvoked(0), DequeueInvoked(0), DequeueReturned(0), EmptyInvoked(0), EmptyReturned(0)];
    assert_eq!(check(&history), Outcome::Valid);
    // 0 was in the queue before 1 was enqueued: its own dequeue says so.
    let history = [&[EnqueueInvoked(0)][..], &dequeue(0), &enqueue(1), &dequeue(1)].concat();
    assert_eq!(check(&history), Outcome::Valid);
}

#[test]
fn one_unknown_dequeue_excuses_one_value_that_stayed_behind_and_not_two() {
    let [first, second] = [enqueue(0), enqueue(1)];
    let excused = [&first[..], &second, &[UnknownInvoked], &dequeue(1)].concat();
    assert_eq!(check(&excused), Outcome::Valid);
    let too_late = [&first[..], &second, &dequeue(1), &[UnknownInvoked]].concat();
    assert!(matches!(check(&too_late), Outcome::Invalid(_)));
    let two = [&first[..], &second, &enqueue(2), &[UnknownInvoked], &dequeue(2)].concat();
    let Outcome::Invalid(violations) = check(&two) else { panic!("two values for one dequeue") };
    assert_eq!(violations.len(), 1);
    assert_eq!((violations[0].value, violations[0].overtaken), (2, Some(1)));
}

/// A history out of small numbers: each begins an operation, or ends one that is open.
fn history(choices: &[(u8, u8)], kinds: u8) -> Vec<Event> {
    let (mut events, mut open) = (Vec::new(), Vec::new());
    let (mut values, mut empties, mut taken) = (0, 0, 0_u64);
    for &(what, which) in choices {
        match what % (kinds + 3) {
            0 | 1 => {
                events.push(EnqueueInvoked(values));
                open.push(EnqueueReturned(values));
                values += 1;
            }
            2 | 3 if values > 0 => {
                let value = Number::from(which) % values;
                // Now and then the same value twice.
                if taken & (1 << value) == 0 || which > 250 {
                    taken |= 1 << value;
                    events.push(DequeueInvoked(value));
                    open.push(DequeueReturned(value));
                }
            }
            4 => events.push(UnknownInvoked),
            5 => {
                events.push(EmptyInvoked(empties));
                open.push(EmptyReturned(empties));
                empties += 1;
            }
            _ if !open.is_empty() => events.push(open.swap_remove(usize::from(which) % open.len())),
            _ => {}
        }
    }
    // Dequeues with a value have returned it; enqueues may hang.
    events.extend(open.into_iter().filter(|event| !matches!(event, EnqueueReturned(_))));
    events
}

fn agree(events: &[Event]) {
    let expected = linearizable(events);
    match check(events) {
        Outcome::Valid => assert!(expected, "{events:?}"),
        Outcome::Invalid(violations) => assert!(!expected, "{events:?} {violations:?}"),
        Outcome::Undecided => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_monitor_agrees_with_the_search_on_complete_histories(
        choices in prop::collection::vec((any::<u8>(), any::<u8>()), 0..16),
    ) {
        let choices: Vec<(u8, u8)> = choices.into_iter().map(|(what, which)| (if what % 9 == 4 { 5 } else { what }, which)).collect();
        agree(&history(&choices, 6));
    }

    #[test]
    fn the_monitor_agrees_with_the_search_where_dequeues_are_unknown(
        choices in prop::collection::vec((any::<u8>(), any::<u8>()), 0..16),
    ) {
        let choices: Vec<(u8, u8)> = choices.into_iter().map(|(what, which)| (if what % 9 == 5 { 4 } else { what }, which)).collect();
        let events = history(&choices, 6);
        prop_assert!(check(&events) != Outcome::Undecided);
        agree(&events);
    }

    #[test]
    fn what_the_monitor_decides_about_unknown_and_empty_dequeues_together_is_right(
        choices in prop::collection::vec((any::<u8>(), any::<u8>()), 0..14),
    ) {
        agree(&history(&choices, 6));
    }
}
