//! Ending long work early, from outside of it.

use std::sync::atomic::{AtomicBool, Ordering};

/// Set from outside to end a sweep early; what it has found so far is kept.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    /// Not stopped.
    #[must_use]
    pub const fn new() -> Self {
        Stop(AtomicBool::new(false))
    }

    /// Ends whatever looks at it.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is time to end.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What Ctrl-C sets. Simulated runs are short and finish; a run on real processes looks at it and gives up.
pub static INTERRUPTED: Stop = Stop::new();
