//! Who says which replica leads a log.

pub mod consensus;
