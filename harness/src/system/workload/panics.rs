//! Panics of user code: caught, and told in the verdict with the place where they happened. They are not printed: a sweep meets the
//! same one in every run. Where `RUST_BACKTRACE` asks for it the first one of each place is.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::{Mutex, Once};

use crate::engine::panic_message;

thread_local! {
    /// Whether user code runs on this thread, and the place of its panic.
    static AT_WORK: RefCell<AtWork> = const { RefCell::new(AtWork::Nobody) };
}

static HOOK: Once = Once::new();

enum AtWork {
    Nobody,
    User,
    Panicked(String),
}

/// A panic of user code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Panic {
    pub text: String,
    /// The file and the line.
    pub place: Option<String>,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{}, at {place}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// Calls user code.
pub(super) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, Panic> {
    HOOK.call_once(keep_places);
    AT_WORK.set(AtWork::User);
    let called = catch_unwind(AssertUnwindSafe(call));
    let place = match AT_WORK.replace(AtWork::Nobody) {
        AtWork::Panicked(place) => Some(place),
        AtWork::Nobody | AtWork::User => None,
    };
    called.map_err(|panic| Panic { text: panic_message(&*panic), place })
}

/// From now on panics of user code leave their place; all others go where they went before.
fn keep_places() {
    let before = take_hook();
    let wanted = std::env::var_os("RUST_BACKTRACE").is_some_and(|wanted| wanted != "0");
    let printed = Mutex::new(BTreeSet::new());
    set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
        let ours = AT_WORK.with_borrow(|at_work| !matches!(at_work, AtWork::Nobody));
        let Some(place) = place.filter(|_| ours) else { return before(info) };
        if wanted && printed.lock().is_ok_and(|mut printed| printed.insert(place.clone())) {
            before(info);
        }
        AT_WORK.set(AtWork::Panicked(place));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_user_code_comes_back_with_its_text_and_its_place() {
        assert_eq!(caught(|| 7), Ok(7));
        let panic = caught(|| panic!("no such {}", "customer")).unwrap_err();
        assert_eq!(panic.text, "no such customer");
        assert!(panic.place.is_some_and(|place| place.contains("workload/panics.rs:")));
    }
}
