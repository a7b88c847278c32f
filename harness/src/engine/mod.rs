//! Engines: the ways to run the same nodes under the same schedule.

use std::cell::Cell;
use std::fmt::Debug;
use std::rc::Rc;

use broker::server::Wire;
use broker::{FrameInfo, Micros, NodeId};

use crate::engine::costs::Costs;
use crate::trace::{Sent, Trace};

mod clock;
pub mod costs;
pub mod direct;
pub mod disk;
mod error;
mod loads;
#[cfg(madsim)]
pub mod madsim;
mod means;
mod plan;
#[cfg(test)]
mod signatures;
mod sockets;
mod stopping;
mod tokio;
pub mod turmoil;
mod watched;

pub use error::EngineError;
pub use means::Means;
pub use plan::{BoxedNode, Ended, Flow, Host, Outcome, Plan, Referee, SharedReferee};
pub(crate) use watched::panic_message;

/// Cargo reads the configuration of the workspace that is built: whoever depends on this crate needs the lines in their own.
const WITHOUT_MADSIM: &str = "it was built without `--cfg madsim`; put `rustflags = [\"--cfg\", \"madsim\"]` under `[build]` \
    into the .cargo/config.toml of your workspace, and leave RUSTFLAGS unset";

/// The engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// A heap of events over the nodes.
    Direct,
    /// The asynchronous shell under turmoil's simulated network.
    Turmoil,
    /// The asynchronous shell under madsim's network and task order.
    Madsim,
    /// Real processes, sockets and files.
    Tokio,
}

impl Engine {
    /// Every engine.
    pub const ALL: &[Engine] = &[Engine::Direct, Engine::Turmoil, Engine::Madsim, Engine::Tokio];

    /// Its name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Engine::Direct => "direct",
            Engine::Turmoil => "turmoil",
            Engine::Madsim => "madsim",
            Engine::Tokio => "tokio",
        }
    }

    /// Whether its runs are repeatable.
    #[must_use]
    pub fn simulated(self) -> bool {
        self != Engine::Tokio
    }

    /// How much longer than it costs a frame may take, in microseconds: engines with sockets move from tick to tick. None where
    /// time is real, and nobody knows.
    #[must_use]
    pub fn tick(self) -> Option<Micros> {
        match self {
            Engine::Direct => Some(0),
            Engine::Turmoil | Engine::Madsim => Some(1_000),
            Engine::Tokio => None,
        }
    }

    /// Whether this build has it.
    #[must_use]
    pub fn available(self) -> bool {
        self != Engine::Madsim || cfg!(madsim)
    }

    /// To be asked wherever an engine is named, so that nothing is left out in silence.
    ///
    /// # Errors
    ///
    /// [`EngineError::Absent`] when this build has it not, with what to do.
    pub fn require(self) -> Result<(), EngineError> {
        if self.available() { Ok(()) } else { Err(EngineError::Absent { engine: self, why: WITHOUT_MADSIM }) }
    }
}

/// Runs a plan on an engine. On madsim this must be called on a thread that has run nothing before; see
/// [`on_its_own_thread`].
///
/// # Errors
///
/// [`EngineError`] when the engine is not there.
pub fn run<F: FrameInfo + Wire + Debug + 'static>(
    engine: Engine,
    plan: Plan<F>,
    referee: SharedReferee,
    trace: Trace,
) -> Result<Outcome, EngineError> {
    engine.require()?;
    match engine {
        Engine::Direct => Ok(direct::run(plan, &mut *referee.borrow_mut(), trace)),
        Engine::Turmoil => Ok(turmoil::run(plan, referee, trace)),
        #[cfg(madsim)]
        Engine::Madsim => Ok(madsim::run(plan, referee, trace)),
        #[cfg(not(madsim))]
        Engine::Madsim => Err(EngineError::Absent { engine, why: WITHOUT_MADSIM }),
        Engine::Tokio => {
            let cluster = plan.cluster.clone().ok_or(EngineError::NoProcesses { engine })?;
            tokio::run(plan, &cluster, referee, trace)
        }
    }
}

/// Lets bare tasks carry these frames over an engine's own network for so many simulated microseconds: what the network costs
/// by itself.
///
/// # Errors
///
/// [`EngineError`] when the engine is not there or has no network of its own, or the frames did not arrive.
pub fn raw(engine: Engine, sent: &Rc<[Sent]>, elapsed: Micros, seed: u64) -> Result<(), EngineError> {
    engine.require()?;
    let (costs, total) = (Costs::default(), sent.iter().map(|sent| sent.bytes as u64).sum::<u64>());
    let mut hosts: Vec<NodeId> = sent.iter().flat_map(|sent| [sent.from, sent.to]).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let raw = || Rc::new(sockets::Raw { hosts, sent: Rc::clone(sent), received: Cell::new(0) });
    let received = match engine {
        Engine::Turmoil => turmoil::raw(&raw(), &costs, elapsed, seed),
        #[cfg(madsim)]
        Engine::Madsim => madsim::raw(&raw(), &costs, elapsed, seed),
        _ => return Err(EngineError::Failed { engine, what: "it has no network of its own".to_owned() }),
    };
    if received == total {
        return Ok(());
    }
    Err(EngineError::Failed { engine, what: format!("{received} of {total} bytes arrived in a raw run") })
}

/// Runs something the way its engine needs it: madsim wants a thread that has run nothing before.
pub fn on_its_own_thread<T: Send>(engine: Engine, run: impl FnOnce() -> T + Send) -> T {
    #[cfg(madsim)]
    if engine == Engine::Madsim {
        return madsim::on_fresh_thread(run);
    }
    let _ = engine;
    run()
}
