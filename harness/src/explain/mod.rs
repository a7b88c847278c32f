//! Why an anomaly came: the story of one of its records, and an experiment that takes the faults away one at a time.

mod experiment;
mod story;

pub use experiment::{Experiment, Share, Trial, culprit};
pub use story::{Story, tell};
