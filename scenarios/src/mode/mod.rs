//! Every mode, in the order of what it costs to keep a record.

mod loses;
mod product;

use harness::Scenario;
use harness::mode::{Mode, SettingError};

mod dledger;
mod kafka_acks_0;
mod kafka_acks_1;
mod kafka_acks_all;
mod kafka_elr;
mod kafka_kraft;
mod quorum;
mod single;

/// The modes.
#[must_use]
pub fn modes() -> Vec<Mode> {
    vec![
        single::mode(),
        kafka_acks_0::mode(),
        kafka_acks_1::mode(),
        kafka_acks_all::mode(),
        kafka_elr::mode(),
        kafka_kraft::mode(),
        quorum::mode(),
        dledger::mode(),
    ]
}

/// Every mode as a scenario.
///
/// # Errors
///
/// [`SettingError`] where a row sets what its product does not have.
pub fn scenarios() -> Result<Vec<Scenario>, SettingError> {
    modes().iter().map(Mode::scenario).collect()
}
