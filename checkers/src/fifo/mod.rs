//! Claim: the history is linearizable to one first-in-first-out queue. Every value is enqueued at most once.
//!
//! It is, exactly if none of these holds (Henzinger, Sezgin, Vafeiadis, CONCUR 2013; Bouajjani, Emmi, Enea, Hamza, ICALP 2015):
//!
//! * `VFresh`: a value is dequeued that was never enqueued, or before its enqueue was invoked;
//! * `VRepet`: a value is dequeued twice;
//! * `VOrd`: `enq(a)` returned before `enq(b)` was invoked, `b` was dequeued, and `a` never was, or `deq(b)` returned before
//!   `deq(a)` was invoked;
//! * `VWit`: a dequeue found the queue empty although at every moment of it some value was certainly in there.
//!
//! One pass over the events finds them: whoever was enqueued before `b` is asked for the latest of its dequeues, and that is a
//! running maximum. Pairs are enough because both orders are interval orders, in which a longer cycle shrinks to a pair. An
//! enqueue whose value was dequeued took effect before that dequeue returned, whenever it returned itself; an enqueue that
//! never returned and whose value nobody saw is left out.
//!
//! A dequeue without a known outcome may have taken one value. Every value that stayed behind although a later one came out
//! must have been taken before the first such dequeue returned: a deadline. The deadlines can be met exactly if, for each i, the
//! i-th of them has at least i unknown dequeues invoked before it (Hall). That costs a sort.
//!
//! Does not decide a history with both unknown and empty dequeues where these two rules do not: it says so.

mod deadline;
mod event;
#[cfg(test)]
mod oracle;
mod presence;
#[cfg(test)]
mod tests;

pub use event::{Event, Rule, Violation};

use deadline::deadlines;
use presence::Presence;

/// A value's number.
pub type Number = u32;

/// What the monitor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Linearizable.
    Valid,
    /// Not linearizable, and why.
    Invalid(Vec<Violation>),
    /// Unknown and empty dequeues meet in a way that these rules do not decide.
    Undecided,
}

/// Judges a history.
#[must_use]
pub fn check(events: &[Event]) -> Outcome {
    let (mut lives, mut violations) = lives(events);
    let empty = events.iter().any(|event| matches!(event, Event::EmptyInvoked(_)));
    let unknown: Vec<u32> = at(events, |event| matches!(event, Event::UnknownInvoked)).collect();
    if unknown.is_empty() {
        walk(events, &mut lives, true, &mut violations);
        return outcome(violations);
    }
    if empty {
        // An unknown dequeue may never have taken effect. If all is well without any, all is well.
        let mut without = violations.clone();
        walk(events, &mut lives.clone(), true, &mut without);
        if without.is_empty() {
            return Outcome::Valid;
        }
    }
    let before = violations.len();
    walk_forgiving(events, &mut lives, &unknown, &mut violations);
    if empty && violations.len() == before && before == 0 { Outcome::Undecided } else { outcome(violations) }
}

fn outcome(violations: Vec<Violation>) -> Outcome {
    if violations.is_empty() { Outcome::Valid } else { Outcome::Invalid(violations) }
}

const NEVER: u32 = u32::MAX;

/// The four moments of a value, as indices of events.
#[derive(Clone, Copy)]
struct Life {
    enqueue_invoked: u32,
    enqueue_returned: u32,
    dequeue_invoked: u32,
    dequeue_returned: u32,
}

impl Life {
    const EMPTY: Life = Life {
        enqueue_invoked: NEVER,
        enqueue_returned: NEVER,
        dequeue_invoked: NEVER,
        dequeue_returned: NEVER,
    };

    fn removed(&self) -> bool {
        self.dequeue_returned != NEVER
    }
}

fn at(events: &[Event], suits: impl Fn(&Event) -> bool) -> impl Iterator<Item = u32> {
    (0..NEVER).zip(events).filter(move |(_, event)| suits(event)).map(|(at, _)| at)
}

/// Notes every value's moments, and what is wrong with a value by itself.
fn lives(events: &[Event]) -> (Vec<Life>, Vec<Violation>) {
    let values = events.iter().filter_map(|event| event.value()).max().map_or(0, |last| last as usize + 1);
    let mut lives = vec![Life::EMPTY; values];
    let mut violations = Vec::new();
    for (at, event) in (0..NEVER).zip(events) {
        match *event {
            Event::EnqueueInvoked(value) => lives[value as usize].enqueue_invoked = at,
            Event::EnqueueReturned(value) => lives[value as usize].enqueue_returned = at,
            Event::DequeueInvoked(value) => {
                let life = &mut lives[value as usize];
                if life.dequeue_invoked == NEVER {
                    life.dequeue_invoked = at;
                } else {
                    violations.push(Violation { rule: Rule::Repeat, value, overtaken: None });
                }
            }
            Event::DequeueReturned(value) => {
                let life = &mut lives[value as usize];
                life.dequeue_returned = life.dequeue_returned.min(at);
            }
            Event::EmptyInvoked(_) | Event::EmptyReturned(_) | Event::UnknownInvoked => {}
        }
    }
    for (value, life) in (0..).zip(&lives) {
        let fresh = life.enqueue_invoked == NEVER || life.enqueue_invoked > life.dequeue_returned;
        if life.removed() && fresh {
            violations.push(Violation { rule: Rule::Fresh, value, overtaken: None });
        }
    }
    (lives, violations)
}

/// The value enqueued so far whose dequeue begins last.
#[derive(Clone, Copy)]
struct Latest {
    dequeue_invoked: u32,
    value: Number,
}

/// The pass. `strict` means that what was never dequeued stays for ever.
fn walk(events: &[Event], lives: &mut [Life], strict: bool, violations: &mut Vec<Violation>) {
    let mut latest: Option<Latest> = None;
    let mut presence = Presence::default();
    for (at, event) in (0..NEVER).zip(events) {
        match *event {
            Event::EnqueueInvoked(value) => {
                let life = &lives[value as usize];
                if life.removed()
                    && let Some(before) =
                        latest.filter(|before| before.dequeue_invoked > life.dequeue_returned)
                {
                    let overtaken = Some(before.value);
                    violations.push(Violation { rule: Rule::Order, value, overtaken });
                }
            }
            Event::EnqueueReturned(value) => {
                enqueued(value, at, &lives[value as usize], strict, &mut latest, &mut presence);
            }
            Event::DequeueInvoked(value) => {
                let life = &lives[value as usize];
                if life.dequeue_invoked == at && life.enqueue_returned < at {
                    presence.leave(at);
                }
            }
            Event::DequeueReturned(value) => {
                let life = &mut lives[value as usize];
                let early = life.enqueue_invoked < at && life.enqueue_returned > at;
                if early && life.dequeue_returned == at {
                    enqueued(value, at, life, strict, &mut latest, &mut presence);
                    // Its own return, should it come, changes nothing any more.
                    life.enqueue_returned = at;
                }
            }
            Event::EmptyInvoked(number) => presence.empty_invoked(number, at),
            Event::EmptyReturned(value) => {
                if presence.held_throughout(value) {
                    violations.push(Violation { rule: Rule::Witness, value, overtaken: None });
                }
            }
            Event::UnknownInvoked => {}
        }
    }
}

/// An enqueue has taken effect for certain.
fn enqueued(
    value: Number,
    at: u32,
    life: &Life,
    strict: bool,
    latest: &mut Option<Latest>,
    presence: &mut Presence,
) {
    if life.enqueue_returned < at {
        return;
    }
    let stays = life.dequeue_invoked == NEVER;
    if strict || !stays {
        let dequeue_invoked = life.dequeue_invoked;
        if latest.is_none_or(|latest| latest.dequeue_invoked < dequeue_invoked) {
            *latest = Some(Latest { dequeue_invoked, value });
        }
    }
    if life.dequeue_invoked > at {
        presence.enter();
    }
}

/// The pass where some dequeues are unknown, leaving out what was found empty.
fn walk_forgiving(events: &[Event], lives: &mut [Life], unknown: &[u32], violations: &mut Vec<Violation>) {
    let deadlines = deadlines(events, lives);
    let occupied: Vec<Event> = events
        .iter()
        .map(|event| match event {
            Event::EmptyInvoked(_) | Event::EmptyReturned(_) => Event::UnknownInvoked,
            other => *other,
        })
        .collect();
    walk(&occupied, lives, false, violations);
    for (needed, deadline) in deadlines.iter().enumerate() {
        let begun = unknown.partition_point(|&invoked| invoked < deadline.at);
        if begun <= needed {
            violations.push(Violation {
                rule: Rule::Order,
                value: deadline.overtaker,
                overtaken: Some(deadline.value),
            });
        }
    }
}
