//! What a handler may not await: whatever the lab does not drive. It would come at real times, or never.

use std::fmt;

use super::panics::Panic;

/// Something that a handler used, or awaits, and that its context did not give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    what: What,
    /// Where in its source, if that is known.
    place: Option<String>,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A timer of tokio's.
    Timer,
    /// A socket, a pipe or a signal of tokio's.
    Io,
    /// A task that it spawned.
    Task,
    /// Another thread: it starts one, or one wakes it.
    Thread,
    /// Something that was not asked of the context: time does not pass, so it never comes.
    Nothing,
}

/// What each is, and what to do instead.
const TOLD: &[(What, &str, &str)] = &[
    (What::Timer, "uses a timer of tokio's", "`Context::sleep` is time here"),
    (What::Io, "uses a socket, a pipe or a signal of tokio's", "put it behind a trait of your own"),
    (What::Task, "spawns a task, which nobody runs here", "await it in place, in `join!` or `select!`"),
    (What::Thread, "has another thread work for it", "do the work in place"),
    (
        What::Nothing,
        "awaits what its context did not give it",
        "await what the context gives, and combinators over that",
    ),
];

/// What a panic's text or place says was used: tokio's, where a runtime has neither timers nor sockets nor threads, and the standard
/// library's, where `madsim` keeps a process from starting threads.
const PANICS: &[(&str, What)] = &[
    ("A Tokio 1.x context was found, but timers are disabled", What::Timer),
    ("A Tokio 1.x context was found, but IO is disabled", What::Io),
    ("OS can't spawn worker thread", What::Thread),
    ("/std/src/sys/thread/", What::Thread),
];

impl Foreign {
    /// What a panic says was used, if it says so.
    pub(super) fn of_panic(panic: &Panic) -> Option<Foreign> {
        let told = panic.to_string();
        let (_, what) = PANICS.iter().find(|(text, _)| told.contains(text))?;
        // The place of the standard library's panic is its own.
        let place = panic.place.clone().filter(|place| !place.contains("/std/src/"));
        Some(Foreign { what: *what, place })
    }
}

impl From<What> for Foreign {
    fn from(what: What) -> Self {
        Foreign { what, place: None }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = TOLD.iter().find(|(what, ..)| *what == self.what);
        let (_, does, instead) = told.unwrap_or(&TOLD[0]);
        match &self.place {
            Some(place) => write!(f, "{does}, at {place} ({instead})"),
            None => write!(f, "{does} ({instead})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_in_words_of_its_own() {
        let all = [What::Timer, What::Io, What::Task, What::Thread, What::Nothing];
        let told: std::collections::BTreeSet<String> =
            all.iter().map(|&what| Foreign::from(what).to_string()).collect();
        assert_eq!((told.len(), TOLD.len()), (all.len(), all.len()));
    }
}
