//! `lab bench`

use super::{Exit, LabError};

/// What to measure.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Measures.
pub fn bench(_: &Args) -> Result<Exit, LabError> {
    Err(LabError::Usage("not yet".to_owned()))
}
