//! The words of the `broker` process.

use std::fs;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use clap::Args;
use thiserror::Error;

use super::files::lay_out;
use super::process::{ServeError, ServeOptions, serve};
use crate::{Broker, ClusterConfig, Controller, NodeId};

/// What a `broker` process is told.
#[derive(Clone, Debug, Args)]
pub struct BrokerArgs {
    /// What the cluster is made of: a JSON file, the same for every node; `--print-cluster` shows one.
    #[arg(long, value_name = "FILE", required_unless_present = "print_cluster")]
    cluster: Option<PathBuf>,
    /// Which node of the cluster this is: a broker's number, or the controller's.
    #[arg(long, value_name = "N", required_unless_present = "print_cluster")]
    node: Option<u32>,
    /// The folder that holds its files; made when it does not exist, in one that does.
    #[arg(long, value_name = "FOLDER", required_unless_present = "print_cluster")]
    data: Option<PathBuf>,
    /// Where it listens. Nobody is asked who they are: leave it on loopback, or behind a wall.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9092")]
    listen: SocketAddr,
    /// Where another node listens, as N=ADDRESS; once for each other node of the cluster.
    #[arg(long = "peer", value_name = "N=ADDRESS", value_parser = peer)]
    peers: Vec<(NodeId, SocketAddr)>,
    /// A file to append observations to, one JSON line each, written before the node acts on them.
    #[arg(long, value_name = "FILE")]
    observe: Option<PathBuf>,
    /// The seed of this start; drawn from the operating system when absent.
    #[arg(long)]
    seed: Option<u64>,
    /// Lay out the data folder of a node of a new cluster, and end: once, before its first start. Where replicas elect their leaders, a
    /// folder that was not laid out is another disk, which has no vote before the leader has let it in.
    #[arg(long)]
    format: bool,
    /// Print the cluster file of three brokers and a controller, and end.
    #[arg(long)]
    print_cluster: bool,
    /// Die as soon as standard input is closed, that is with the process that started this one, and take this folder along.
    #[arg(long, hide = true, value_name = "FOLDER")]
    with_parent: Option<PathBuf>,
}

/// Why a `broker` process could not do its work.
#[derive(Debug, Error)]
pub enum BrokerError {
    /// The cluster file cannot be read.
    #[error("cannot read the cluster file {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The cluster file is not one.
    #[error("{}:{}:{}: {source}", path.display(), source.line(), source.column())]
    Cluster {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        source: serde_json::Error,
    },
    /// The data folder cannot be laid out.
    #[error("cannot lay out {}: {source}; only a folder that does not exist yet can be, in one that does", path.display())]
    Format {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The cluster file says what cannot be.
    #[error("{}: {flaw}", path.display())]
    Flawed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        flaw: String,
    },
    /// The cluster has no such node.
    #[error("the cluster has no node {node}: its {controllers}brokers are {brokers}")]
    UnknownNode {
        /// What was asked for.
        node: u32,
        /// The controllers' numbers, where there are any, in words.
        controllers: String,
        /// The brokers' numbers.
        brokers: String,
    },
    /// The runtime could not be built.
    #[error("cannot start the runtime: {0}")]
    Runtime(#[source] io::Error),
    /// The process could not serve, or stopped by itself.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl BrokerError {
    /// Whether other words would help.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, BrokerError::Runtime(_) | BrokerError::Serve(_))
    }
}

impl BrokerArgs {
    /// Does what was asked for: serves until a signal says stop, or prints a cluster file.
    ///
    /// # Errors
    ///
    /// [`BrokerError`]; a signal is no error.
    pub fn run(self) -> Result<(), BrokerError> {
        let (Some(cluster), Some(node), Some(data)) = (self.cluster, self.node, self.data) else {
            println!("{}", example());
            return Ok(());
        };
        let config = Arc::new(read(cluster)?);
        if self.format {
            let laid_out = lay_out(&data, &config.format(NodeId(node)));
            return laid_out.map_err(|source| BrokerError::Format { path: data, source });
        }
        if let Some(folder) = self.with_parent {
            end_with_parent(folder);
        }
        let options = ServeOptions {
            node: NodeId(node),
            listen: self.listen,
            peers: self.peers.into_iter().collect(),
            data,
            observe: self.observe,
            seed: self.seed,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(BrokerError::Runtime)?;
        if config.controllers.contains(&options.node) {
            let controller = Controller::new(config, options.node);
            runtime.block_on(serve(options, controller))?;
        } else if config.brokers.contains(&options.node) {
            let broker = Broker::new(config, options.node);
            runtime.block_on(serve(options, broker))?;
        } else {
            let list = |nodes: &[NodeId]| {
                let numbers: Vec<String> = nodes.iter().map(|node| node.0.to_string()).collect();
                numbers.join(", ")
            };
            let controllers = match config.controllers.len() {
                0 => String::new(),
                1 => format!("controller is {}, its ", list(&config.controllers)),
                _ => format!("controllers are {}, its ", list(&config.controllers)),
            };
            return Err(BrokerError::UnknownNode { node, controllers, brokers: list(&config.brokers) });
        }
        Ok(())
    }
}

fn read(path: PathBuf) -> Result<ClusterConfig, BrokerError> {
    let text = fs::read_to_string(&path);
    let text = text.map_err(|source| BrokerError::Read { path: path.clone(), source })?;
    let parsed: Result<ClusterConfig, _> = serde_json::from_str(&text);
    let config = parsed.map_err(|source| BrokerError::Cluster { path: path.clone(), source })?;
    match config.flaw() {
        None => Ok(config),
        Some(flaw) => Err(BrokerError::Flawed { path, flaw }),
    }
}

fn peer(text: &str) -> Result<(NodeId, SocketAddr), String> {
    let hint = "say it like 2=127.0.0.1:9093";
    let (node, address) = text.split_once('=').ok_or(hint)?;
    let node = node.parse().map_err(|error| format!("the number {node:?}: {error}; {hint}"))?;
    let address = address.parse().map_err(|error| format!("the address {address:?}: {error}; {hint}"))?;
    Ok((NodeId(node), address))
}

fn example() -> String {
    serde_json::to_string_pretty(&ClusterConfig::example()).unwrap_or_default()
}

/// How often a folder is tried to be removed that others still write to.
const ATTEMPTS: u32 = 10_000;

/// Whoever starts a process and dies without a word leaves it nobody to stop it. Its end of the pipe closes with it, however
/// it died.
#[expect(clippy::disallowed_methods, reason = "a thread that waits for the end and does nothing else")]
fn end_with_parent(folder: PathBuf) {
    thread::spawn(move || {
        let mut ignored = [0; 64];
        while matches!(io::stdin().read(&mut ignored), Ok(read) if read > 0) {}
        // Others are at it too, and some still write: again until it is gone. Nobody makes it anew.
        let remains = |_: &u32| match fs::remove_dir_all(&folder) {
            Err(error) => error.kind() != io::ErrorKind::NotFound,
            Ok(()) => false,
        };
        (0..ATTEMPTS).take_while(remains).for_each(|_| thread::yield_now());
        std::process::exit(0);
    });
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::Parser;

    use super::*;
    use crate::policy::Ack;
    use crate::{Authority, Policies};

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        args: BrokerArgs,
    }

    #[test]
    fn the_printed_cluster_file_is_one() {
        assert_eq!(serde_json::from_str::<ClusterConfig>(&example()).unwrap(), ClusterConfig::example());
    }

    #[test]
    fn a_folder_is_laid_out_once_and_says_which_disk_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (cluster, data) = (folder.path().join("cluster.json"), folder.path().join("data"));
        let authority = Authority::Consensus;
        let mut config = ClusterConfig { authority, controllers: Vec::new(), ..ClusterConfig::example() };
        config.topics.iter_mut().for_each(|topic| topic.policies = config.authority.policies());
        fs::write(&cluster, serde_json::to_string(&config).unwrap()).unwrap();
        let words = ["broker", "--format", "--node", "1", "--cluster"].map(OsString::from);
        let words = words.into_iter().chain([cluster.into(), "--data".into(), data.clone().into()]);
        let args = || Words::try_parse_from(words.clone()).unwrap().args;
        args().run().unwrap();
        let stored = config.format(NodeId(1));
        assert_eq!(stored.len(), 3, "one for each log that it keeps");
        let bytes = fs::read(data.join(format!("{}.log", stored[0].file.0))).unwrap();
        assert_eq!(bytes, stored[0].bytes);
        assert!(args().run().unwrap_err().to_string().contains("only a folder that does not exist yet"));
    }

    #[test]
    fn a_peer_is_a_number_and_an_address() {
        assert_eq!(peer("2=127.0.0.1:9093"), Ok((NodeId(2), "127.0.0.1:9093".parse().unwrap())));
        for wrong in ["", "2", "two=127.0.0.1:9093", "2=localhost"] {
            assert!(peer(wrong).unwrap_err().contains("2=127.0.0.1:9093"), "{wrong}");
        }
    }

    #[test]
    fn a_cluster_file_with_a_typo_is_refused_at_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cluster.json");
        fs::write(&path, example().replace("offsets-topic", "offset-topic")).unwrap();
        let error = read(path).unwrap_err();
        assert!(error.is_usage());
        assert!(error.to_string().contains("unknown field `offset-topic`, expected one of"), "{error}");
    }

    #[test]
    fn a_cluster_that_cannot_be_is_refused_with_the_reason() {
        let flaw = |change: &dyn Fn(&mut ClusterConfig)| {
            let mut config = ClusterConfig::example();
            change(&mut config);
            config.flaw().unwrap_or_default()
        };
        assert_eq!(flaw(&|_| {}), "");
        assert!(flaw(&|config| config.brokers.clear()).contains("needs brokers"));
        assert!(flaw(&|config| config.brokers.reverse()).contains("ascending"));
        assert!(flaw(&|config| config.topics[0].replicas = 4).contains("1 to 3 replicas"));
        assert!(flaw(&|config| config.racks = vec![vec![NodeId(1), NodeId(9)]]).contains("no broker"));
        assert!(flaw(&|config| config.racks = vec![vec![NodeId(1)]; 2]).contains("a broker twice"));
        assert!(flaw(&|config| config.offsets_topic.0 = 7).contains("offsets-topic"));
        assert!(flaw(&|config| config.offsets_acks = Ack::None).contains("offsets-acks"));
        assert!(flaw(&|config| config.controllers = vec![NodeId(0), NodeId(9)]).contains("2 controllers"));
        assert!(flaw(&|config| config.authority = Authority::Consensus).contains("nothing to decide"));
        let voters = flaw(&|config| config.topics[0].policies = Policies::VOTERS);
        assert!(
            voters.contains("topic payments cannot be kept like that: its commit counts a majority"),
            "{voters}"
        );
    }
}
