//! A replica's log: batches in memory beside the same batches as bytes in a file.

mod batch;

pub use batch::{Batch, BatchError, MAX_BATCH};
