//! The chaos lab itself: engines, the nemesis, workloads, the recorder and the run, for anybody's message queue.
//!
//! A [`Scenario`] is a plain value; [`lab::main`] makes a program of a list of them.

pub mod asked;
pub mod cast;
mod clock;
pub mod cluster;
pub mod corpus;
pub mod costs;
pub mod coverage;
pub mod disk;
pub mod engine;
pub mod explain;
pub mod fault;
mod frame;
pub mod harm;
pub mod lab;
mod nearest;
pub mod nemesis;
mod node;
pub mod prelude;
mod recorder;
mod referee;
mod rendezvous;
pub mod run;
#[cfg(feature = "defects")]
pub mod sabotage;
#[cfg(not(feature = "defects"))]
mod sabotage;
pub mod scenario;
pub mod schedule;
pub mod seed;
pub mod shrink;
mod sink;
pub mod stop;
pub mod store;
#[cfg(feature = "proptest")]
pub mod strategy;
pub mod sweep;
pub mod system;
pub mod trace;
pub mod workload;
pub mod world;

pub use broker::Record;
pub use checkers::{Kind, Path};
pub use cluster::{Cluster, Group, Produce};
pub use frame::{LabFrame, SinkFrame, Way};
pub use scenario::{Exclusion, Scenario, Variant, Witness};
pub use workload::{Context, Effect, EffectError, Handler, Life, Redeliver};
