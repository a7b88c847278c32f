//! The policies that a replicated log is run by. Each is a value with the few functions that depend on it; most historical
//! bugs are a value too.

mod ack;
mod ballots;
mod commit;
mod election;
mod eligibility;
mod flush;
mod producer_state;
mod rejoin;
mod truncation;
mod unclean_stop;
mod visibility;

pub use ack::Ack;
pub use ballots::Ballots;
pub use commit::Commit;
pub use election::Election;
pub use eligibility::Eligibility;
pub use flush::Flush;
pub use producer_state::ProducerState;
pub use rejoin::Rejoin;
pub use truncation::Truncation;
pub use unclean_stop::UncleanStop;
pub use visibility::Visibility;
