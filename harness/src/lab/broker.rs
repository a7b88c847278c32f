//! `lab broker`

use super::{Exit, LabError};

/// Which broker.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Serves until it is told to stop.
pub fn broker(_: &Args) -> Result<Exit, LabError> {
    Err(LabError::Usage("not yet".to_owned()))
}
