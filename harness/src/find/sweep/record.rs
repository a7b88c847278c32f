//! What is recorded at once: one line of the file of results.

use serde::{Deserialize, Serialize};

use super::summary::Summary;

/// The results of some seeds of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record {
    /// The scenario.
    pub scenario: String,
    /// Its variant.
    pub variant: String,
    /// The engine.
    pub engine: String,
    /// The first seed.
    pub from: u64,
    /// Behind the last.
    pub to: u64,
    /// What the runs came to.
    pub summary: Summary,
}
