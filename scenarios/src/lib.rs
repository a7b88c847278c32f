//! The catalogue of the lab: one loss path a file, each with a configuration that people really use and that loses, doubles
//! or reorders, and one that holds.

pub mod catalogue;
mod one_controller;

pub use catalogue::catalogue;
