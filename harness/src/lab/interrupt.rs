//! Ctrl-C ends a sweep, not the process: what was found so far is printed and kept.

use crate::stop::{INTERRUPTED, Stop};

/// What Ctrl-C sets. A second Ctrl-C ends the process at once.
pub fn on_interrupt() -> &'static Stop {
    let handler = || {
        if INTERRUPTED.stopped() {
            std::process::exit(130);
        }
        INTERRUPTED.stop();
    };
    // Fails only when a handler is set already, which then is this one.
    let _ = ctrlc::set_handler(handler);
    &INTERRUPTED
}
