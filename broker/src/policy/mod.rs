//! The policies that a replicated log is run by. Each is a value with the few functions that depend on it; most historical
//! bugs are a value too.

mod ack;
mod election;
mod flush;
mod producer_state;
mod truncation;
mod visibility;

pub use ack::Ack;
pub use election::Election;
pub use flush::Flush;
pub use producer_state::ProducerState;
pub use truncation::Truncation;
pub use visibility::Visibility;
