//! Real processes, sockets and files: every node of the cluster is a process of its own on loopback with a folder of its own,
//! clients and sinks run in this one. A crash is SIGKILL, a pause SIGSTOP. What a process observes it writes to a file before
//! it acts, so whoever reads all files before he believes what a client saw has every cause before its effect.

mod control;
mod ground;
mod guest;
mod process;
mod setup;
mod stage;

use std::fmt::Debug;
use std::rc::Rc;
use std::time::Duration;

use broker::server::Wire;
use broker::{ClusterConfig, FrameInfo};
use tokio::task::LocalSet;

use super::{Engine, EngineError, Outcome, Plan, SharedReferee};
use crate::stop::INTERRUPTED;
use crate::trace::Trace;
use stage::Stage;

/// How often the files of observations are read, at the least.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Runs a plan whose cluster runs as processes.
pub fn run<F>(
    plan: Plan<F>,
    cluster: &ClusterConfig,
    referee: SharedReferee,
    trace: Trace,
) -> Result<Outcome, EngineError>
where
    F: Wire + FrameInfo + Debug + 'static,
{
    ground::require()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| cannot("start the runtime", &error))?;
    // Dropped last to first: the tasks of this process, then the stage with its processes and its folder.
    runtime.block_on(async {
        let stage = Stage::open(plan, cluster, referee, trace).await?;
        LocalSet::new().run_until(play(&stage)).await?;
        Ok(stage.outcome())
    })
}

async fn play<F>(stage: &Rc<Stage<F>>) -> Result<(), EngineError>
where
    F: Wire + FrameInfo + Debug + 'static,
{
    stage.start_guests();
    while !stage.is_over() {
        if INTERRUPTED.stopped() {
            return Err(EngineError::Interrupted);
        }
        tokio::time::sleep(LOOK_EVERY).await;
        stage.look()?;
    }
    stage.close()
}

fn cannot(what: &str, error: &dyn std::fmt::Display) -> EngineError {
    EngineError::Failed { engine: Engine::Tokio, what: format!("cannot {what}: {error}") }
}
