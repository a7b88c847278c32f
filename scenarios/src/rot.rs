//! Damage on a disk, as whoever starts again finds it.

use harness::chaos::cast::Target;
use harness::chaos::fault::{BitRot, Restart};
use harness::chaos::schedule::{Moment, Step};

/// Four bits flip, so that one of them lies early in what is stored, and then the process starts again, at this time in milliseconds.
pub fn found_at_a_start(target: &Target, at: u64) -> Vec<Step> {
    let rots = |before| Step::new(Moment::Ms(at - before), BitRot { target: target.clone() }.into());
    let again = Step::new(Moment::Ms(at), Restart { target: target.clone() }.into());
    [31, 21, 11, 1].map(rots).into_iter().chain([again]).collect()
}
