//! Every mode, in the order of what it costs to keep a record.

mod loses;
mod product;

use harness::Scenario;
use harness::mode::{Mode, SettingError};

/// A mode is a file of its name with a function `mode`, and a line here.
macro_rules! modes {
    ($($name:ident,)+) => {
        $(mod $name;)+

        /// The modes.
        #[must_use]
        pub fn modes() -> Vec<Mode> {
            vec![$($name::mode(),)+]
        }
    };
}

modes! {
    single,
    kafka_acks_0,
    kafka_acks_1,
    kafka_acks_all,
    kafka_elr,
    kafka_kraft,
    quorum,
    dledger,
    nats_r3,
}

/// Every mode as a scenario.
///
/// # Errors
///
/// [`SettingError`] where a row sets what its product does not have.
pub fn scenarios() -> Result<Vec<Scenario>, SettingError> {
    modes().iter().map(Mode::scenario).collect()
}
