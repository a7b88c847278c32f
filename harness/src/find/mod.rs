//! What is done with runs: many of them, the smallest of those that fail, what a failure needs, and the ones that are kept.

pub mod corpus;
pub mod explain;
pub mod shrink;
#[cfg(feature = "proptest")]
pub mod strategy;
pub mod sweep;
