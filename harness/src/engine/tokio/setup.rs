//! How a run on this machine is set up: a folder, an address for every host, and the cluster's processes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::env;
use std::fmt::Debug;
use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use broker::server::Wire;
use broker::{ClusterConfig, FrameInfo, NodeId};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep};

use super::cannot;
use super::guest::Guest;
use super::process::Process;
use super::stage::Stage;
use crate::engine::{EngineError, Plan, SharedReferee};
use crate::seed::Seed;
use crate::stop::INTERRUPTED;
use crate::trace::Trace;

/// How long a process may take until it listens.
const PATIENCE: Duration = Duration::from_secs(20);

impl<F: Wire + FrameInfo + Debug + 'static> Stage<F> {
    /// Starts the cluster's processes; the run's time begins when all of them listen.
    pub async fn open(
        plan: Plan<F>,
        cluster: &ClusterConfig,
        referee: SharedReferee,
        trace: Trace,
    ) -> Result<Rc<Self>, EngineError> {
        let failed = |error| cannot("set up a run", &error);
        let folder = tempfile::Builder::new().prefix("lab-").tempdir().map_err(failed)?;
        let file = folder.path().join("cluster.json");
        let text =
            serde_json::to_string(cluster).map_err(|error| cannot("write the cluster file", &error))?;
        fs::write(&file, text).map_err(failed)?;
        let (mut processes, mut guests) = (BTreeMap::new(), BTreeMap::new());
        let (mut addresses, mut reserved) = (Vec::new(), Vec::new());
        for host in plan.hosts {
            let socket = reserve().map_err(failed)?;
            let address = socket.local_addr().map_err(failed)?;
            addresses.push((host.id, address));
            reserved.push(socket);
            if cluster.controllers.contains(&host.id) || cluster.brokers.contains(&host.id) {
                let process = Process::new(host.id, folder.path(), &host.disk).map_err(failed)?;
                processes.insert(host.id, process);
            } else {
                guests.insert(host.id, Rc::new(Guest::new(host, address)));
            }
        }
        let mut stage = Stage {
            processes: RefCell::new(processes),
            guests,
            addresses,
            // Elsewhere than on Linux the reservation would also keep out whom it is for.
            _reserved: if cfg!(target_os = "linux") { reserved } else { Vec::new() },
            referee,
            seed: Seed(plan.seed),
            horizon: plan.horizon,
            begun: Instant::now(),
            ended: Cell::new(None),
            failure: RefCell::new(None),
            trace: RefCell::new(trace),
            steps: Cell::new(0),
            frames: Cell::new(0),
            panics: RefCell::default(),
            tolls: RefCell::default(),
            program: program().map_err(failed)?,
            cluster: file,
            folder,
        };
        stage.open_processes().await?;
        stage.begun = Instant::now();
        Ok(Rc::new(stage))
    }

    async fn open_processes(&self) -> Result<(), EngineError> {
        let nodes: Vec<NodeId> = self.processes.borrow().keys().copied().collect();
        nodes.iter().for_each(|&node| self.start(node));
        for node in nodes {
            while TcpStream::connect(self.address(node)).await.is_err() {
                self.check_processes()?;
                if self.begun.elapsed() > PATIENCE {
                    return Err(cannot("reach a process", &format!("{node} does not listen")));
                }
                if INTERRUPTED.stopped() {
                    return Err(EngineError::Interrupted);
                }
                sleep(Duration::from_millis(2)).await;
            }
        }
        Ok(())
    }
}

/// A port on loopback that nobody else will be given.
fn reserve() -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    Ok(socket)
}

/// The program that has the verb `broker`: this one, unless `LAB_BIN` names another, as a test must that is no lab itself.
fn program() -> std::io::Result<PathBuf> {
    env::var_os("LAB_BIN").map_or_else(env::current_exe, |named| Ok(PathBuf::from(named)))
}
