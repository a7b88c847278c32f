//! What every part of the Kafka checker looks at.

use super::facts::Facts;
use super::log::Logs;
use crate::jepsen::{History, Options};

/// A history, what it says about messages, and the logs that follow.
pub(super) struct Case<'h> {
    pub(super) history: &'h History,
    pub(super) facts: Facts<'h>,
    pub(super) logs: Logs,
    pub(super) options: Options,
}
