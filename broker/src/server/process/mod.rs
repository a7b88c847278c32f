//! A node as a process of its own: real sockets, real files, stopped by a signal.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use tokio::select;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use super::codec::Wire;
use super::files::Files;
use super::observer::Observer;
use super::shell::{RunError, Stopped, run};
use super::tokio::Machine;
use crate::{Node, NodeId, STOP_GRACE};

/// How long a stopping process tries to send what its node had sent.
const GRACE: Duration = Duration::from_secs(2);

/// Where a process finds its place in the world.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Which node it is.
    pub node: NodeId,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where the nodes it may connect to listen.
    pub peers: BTreeMap<NodeId, SocketAddr>,
    /// The directory that holds its files; made when it does not exist.
    pub data: PathBuf,
    /// A file to append observations to: one [`Observed`](crate::Observed) as JSON per line, written before the node acts.
    pub observe: Option<PathBuf>,
    /// The seed of this incarnation; drawn from the operating system when absent.
    pub seed: Option<u64>,
}

/// Why a process could not start, or stopped by itself.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Another process uses the data directory.
    #[error("another process uses the data directory {}", path.display())]
    DataInUse {
        /// The directory.
        path: PathBuf,
    },
    /// The data directory cannot be opened.
    #[error("cannot open the data directory {}: {source}", path.display())]
    Data {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Observations cannot be written.
    #[error("cannot write observations: {0}")]
    Observe(#[source] io::Error),
    /// Signals cannot be waited for.
    #[error("cannot wait for signals: {0}")]
    Signals(#[source] io::Error),
    /// The node could not begin.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The node halted itself.
    #[error("the node halted: {reason}")]
    Halted {
        /// Why, for people.
        reason: String,
    },
    /// The node was asked to stop and went on, until its grace was over; its files are synced all the same.
    #[error("the node did not stop within {} ms of being asked to", STOP_GRACE / 1_000)]
    StillRunning,
    /// The files could not be synced at the end.
    #[error("cannot sync the files: {0}")]
    Sync(#[source] io::Error),
}

/// Runs `node` as this process until SIGTERM or SIGINT, which ask it to stop in good order; when it has exited, or after
/// [`STOP_GRACE`], closes its connections and syncs its files. To be awaited on a tokio runtime with all drivers.
///
/// # Errors
///
/// [`ServeError`]; a signal is no error.
pub async fn serve<N>(options: ServeOptions, node: N) -> Result<(), ServeError>
where
    N: Node,
    N::Frame: Wire + 'static,
{
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Signals)?;
    serve_until(options, node, async move {
        select! {
            biased;
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
    .await
}

/// [`serve`], with `stop` in place of a signal.
async fn serve_until<N>(
    options: ServeOptions,
    node: N,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError>
where
    N: Node,
    N::Frame: Wire + 'static,
{
    let machine = machine(&options)?;
    let seed = options.seed.unwrap_or_else(drawn_seed);
    let tasks = LocalSet::new();
    let stopped = tasks
        .run_until(async {
            let grace = async {
                stop.await;
                machine.ask_to_stop();
                sleep(Duration::from_micros(STOP_GRACE)).await;
            };
            select! {
                biased;
                () = grace => None,
                stopped = run(machine.clone(), node, seed) => Some(stopped),
            }
        })
        .await;
    // The shell is gone; its connections send what waits and close.
    let _ = timeout(GRACE, tasks).await;
    machine.sync_all().map_err(ServeError::Sync)?;
    match stopped.transpose()? {
        None => Err(ServeError::StillRunning),
        Some(Stopped::Exited) => Ok(()),
        Some(Stopped::Halted { reason }) => Err(ServeError::Halted { reason }),
        Some(Stopped::Ended) => {
            machine.take_failure().map_or(Ok(()), |error| Err(ServeError::Observe(error)))
        }
    }
}

fn machine(options: &ServeOptions) -> Result<Machine, ServeError> {
    let files = Files::open(&options.data).map_err(|source| {
        let path = options.data.clone();
        match source.kind() {
            io::ErrorKind::ResourceBusy => ServeError::DataInUse { path },
            _ => ServeError::Data { path, source },
        }
    })?;
    let observer = options.observe.as_deref().map(Observer::open).transpose();
    Ok(Machine::new(
        options.node,
        options.listen,
        options.peers.clone(),
        files,
        observer.map_err(ServeError::Observe)?,
    ))
}

/// A number from the operating system.
#[expect(
    clippy::disallowed_methods,
    reason = "a real process has no root seed, and no two incarnations may share one"
)]
fn drawn_seed() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
