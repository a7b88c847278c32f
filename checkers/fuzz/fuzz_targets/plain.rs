//! `cargo +nightly fuzz run plain`: any bytes are a plain log that is judged, or refused with a line; never a panic. The first byte
//! draws what is said about the log.

#![no_main]

use checkers::plain::{Promises, TimeUnit, check, looks};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&drawn, log)) = bytes.split_first() else { return };
    let said = |bit: u8| drawn & (1 << bit) != 0;
    let promises = Promises {
        drained: said(0),
        one_group: said(1),
        auto_ack: said(2),
        fifo: said(3),
        time_unit: said(4).then_some(TimeUnit::Nanoseconds),
        ..Promises::default()
    };
    judge(log, &promises);
    // Whoever guesses a header is further.
    judge(&[b"client,operation,id,outcome,time,group,queue,key,sink\n", log].concat(), &promises);
});

fn judge(log: &[u8], promises: &Promises) {
    looks(log, promises);
    match check(log, promises) {
        // A checker that failed says so; here that is a find.
        Ok(checked) => {
            let failed = checked.report.unknown.iter().any(|reason| reason.contains(" failed: "));
            assert!(!failed, "{:?}", checked.report.unknown);
            assert!(checked.excerpts(log).is_ok());
        }
        Err(error) => assert!(error.line > 0),
    }
}
