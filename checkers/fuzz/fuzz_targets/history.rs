//! `cargo +nightly fuzz run history`: any bytes are a history that is judged, or refused with a line; never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    judge(bytes);
    // Whoever guesses the header is further.
    judge(&[b"{\"history\":1}\n", bytes].concat());
});

fn judge(bytes: &[u8]) {
    match checkers::files::check(bytes) {
        // A checker that failed says so; here that is a find.
        Ok(mut checked) => {
            let failed = checked.report.unknown.iter().any(|reason| reason.contains(" failed: "));
            assert!(!failed, "{:?}", checked.report.unknown);
            assert!(checked.locate(bytes).is_ok());
        }
        Err(error) => assert!(error.line > 0),
    }
}
