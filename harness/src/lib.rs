//! The chaos lab itself: engines, the nemesis, workloads, the recorder and the run, for anybody's message queue.
//!
//! A [`Scenario`] is a plain value; [`lab::main`] makes a program of a list of them.
//!
//! The rooms, each of which knows only those before it: [`seed`] (draws), [`chaos`] (what strikes whom, and when), [`engine`] (what
//! nodes run on), [`system`] (which nodes), [`scenario`] (what they promise), [`mode`] (what products promise), [`run`] (one run, to its
//! verdict), [`find`] (many, and what one failure needs), [`lab`] (the program).

pub mod chaos;
pub mod engine;
pub mod find;
pub mod lab;
pub mod mode;
mod nearest;
pub mod prelude;
pub mod run;
#[cfg(feature = "defects")]
pub mod sabotage;
#[cfg(not(feature = "defects"))]
mod sabotage;
pub mod scenario;
pub mod seed;
pub mod stop;
pub mod system;
pub mod trace;

pub use broker::Record;
pub use checkers::{Kind, Path};
pub use scenario::{Exclusion, Scenario, Unpromised, Variant, Witness};
pub use system::cluster::{Cluster, Group, Produce};
pub use system::frame::{LabFrame, SinkFrame, Way};
pub use system::workload::{Context, Effect, EffectError, Handler, Life, Redeliver};
