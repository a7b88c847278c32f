//! `cargo +nightly fuzz run jepsen`: any bytes are a history that every mode judges, or refused with a line and a column; never a
//! panic.

#![no_main]

use checkers::jepsen::{Keys, MODES, Options, excerpt, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match read(bytes) {
        Ok(history) => {
            for mode in MODES {
                for all in [false, true] {
                    let keys = Keys { wfr: all, sequential: all, linearizable: all };
                    let report = mode.check(&history, Options { ww_deps: all, keys, ..Options::default() });
                    for finding in report.anomalies.iter().chain(&report.beyond) {
                        finding.entries.iter().take(3).for_each(|witness| drop(excerpt(&history, witness)));
                    }
                }
            }
        }
        Err(error) => assert!(error.line > 0 && error.column > 0),
    }
});
