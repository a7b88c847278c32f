//! Why a run could not be had. What goes wrong in a run is its result, and no error.

use thiserror::Error;

use super::Engine;
use crate::chaos::fault::FaultKind;
use crate::seed::knob::OutOfRange;

/// Why an engine cannot run something.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EngineError {
    /// It is not in this build.
    #[error("this build has no {} engine: {why}", .engine.name())]
    Absent {
        /// The engine.
        engine: Engine,
        /// Why not, and what to do.
        why: &'static str,
    },
    /// It has no means for a fault.
    #[error("{} cannot do {}: run this on {}", .engine.name(), .fault.name(), able(*.fault))]
    Cannot {
        /// The engine.
        engine: Engine,
        /// The fault.
        fault: FaultKind,
    },
    /// The system under test has no processes that this engine could start.
    #[error("{} runs a cluster as processes, and this system has none (`System::processes`)", .engine.name())]
    NoProcesses {
        /// The engine.
        engine: Engine,
    },
    /// A number of the schedule is not one that the system takes.
    #[error(transparent)]
    Knob(#[from] OutOfRange),
    /// The system under test is none: its parts do not go together.
    #[error("this system cannot be run: {0}")]
    Flaw(String),
    /// The machine did not do what the engine needs.
    #[error("{}: {what}", .engine.name())]
    Failed {
        /// The engine.
        engine: Engine,
        /// What failed, and why.
        what: String,
    },
    /// The user interrupted it; there is no result.
    #[error("interrupted")]
    Interrupted,
}

/// The engines that have means for a fault, for people.
fn able(fault: FaultKind) -> String {
    let able: Vec<&str> =
        Engine::ALL.iter().filter(|engine| engine.can(fault)).map(|engine| engine.name()).collect();
    able.join(", ")
}
