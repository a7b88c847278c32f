//! The catalogue of the lab: one loss path a file, each with a configuration that people really use and that loses, doubles
//! or reorders, and one that holds.

pub mod catalogue;
pub mod mode;
mod one_controller;
mod rot;

pub use catalogue::catalogue;
use harness::Scenario;
use harness::mode::SettingError;

/// Every loss path, and behind them every mode.
///
/// # Errors
///
/// [`SettingError`] where a mode sets what its product does not have.
pub fn everything() -> Result<Vec<Scenario>, SettingError> {
    Ok([catalogue(), mode::scenarios()?].concat())
}
