//! A node as a process of its own: real sockets, real files, stopped by a signal.

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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::net::{Ipv4Addr, TcpListener};
    use std::path::Path;

    use bytes::Bytes;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::{mpsc, oneshot};
    use tokio::task::JoinHandle;

    use super::super::codec::{WireError, write_frame};
    use super::super::reader::FrameReader;
    use super::*;
    use crate::{ConnId, FileId, Input, Now, Observation, Observed, Outputs};

    #[derive(Clone, Debug, PartialEq)]
    struct Text(String);

    impl Wire for Text {
        fn encode(&self, out: &mut Vec<u8>) {
            out.extend_from_slice(self.0.as_bytes());
        }
        fn decode(bytes: &[u8]) -> Result<Self, WireError> {
            let text = std::str::from_utf8(bytes).map_err(|_| WireError::Nonsense)?;
            Ok(Text(text.to_owned()))
        }
    }

    fn text(text: &str) -> Text {
        Text(text.to_owned())
    }

    const FILE: FileId = FileId(1);

    /// Keeps every frame in a file, and gives it back once it is safe. Tells the test what it finds at its start.
    #[derive(Default)]
    struct Keeper {
        found: Option<oneshot::Sender<Vec<u8>>>,
        waiting: Vec<(ConnId, Text)>,
    }

    impl Node for Keeper {
        type Frame = Text;
        fn step(&mut self, _now: Now, input: Input<Text>, out: &mut Outputs<Text>) {
            match input {
                Input::Started { files, .. } => {
                    let bytes = files.into_iter().flat_map(|stored| stored.bytes).collect();
                    let _ = self.found.take().map(|found| found.send(bytes));
                }
                Input::Frame { conn, frame } => {
                    out.append(FILE, Bytes::from(frame.0.clone()));
                    out.sync(FILE, self.waiting.len() as u64);
                    self.waiting.push((conn, frame));
                }
                Input::Synced { token, .. } => {
                    let (conn, frame) = self.waiting[token as usize].clone();
                    out.send(conn, frame);
                }
                Input::Stop => out.exit(),
                _ => {}
            }
        }
    }

    /// Connects to node 1, says something, and tells the test every answer.
    struct Asker {
        question: Text,
        answers: mpsc::UnboundedSender<Text>,
    }

    impl Node for Asker {
        type Frame = Text;
        fn step(&mut self, _now: Now, input: Input<Text>, out: &mut Outputs<Text>) {
            match input {
                Input::Started { .. } | Input::Refused { .. } => {
                    out.connect(NodeId(1));
                }
                Input::Opened { conn } => out.send(conn, self.question.clone()),
                Input::Frame { frame, .. } => self.answers.send(frame).unwrap(),
                Input::Stop => out.exit(),
                _ => {}
            }
        }
    }

    struct Halter;

    impl Node for Halter {
        type Frame = Text;
        fn step(&mut self, _now: Now, _input: Input<Text>, out: &mut Outputs<Text>) {
            out.observe(Observation::Finished);
            out.halt("enough");
            out.append(FILE, Bytes::from("never"));
        }
    }

    fn free_address() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.local_addr().unwrap()
    }

    fn options(node: u32, listen: SocketAddr, data: &Path) -> ServeOptions {
        ServeOptions {
            node: NodeId(node),
            listen,
            peers: BTreeMap::new(),
            data: data.to_owned(),
            observe: None,
            seed: Some(1),
        }
    }

    /// A process that serves until [`Running::stop`].
    struct Running {
        stop: oneshot::Sender<()>,
        ended: JoinHandle<Result<(), ServeError>>,
    }

    impl Running {
        fn start(options: ServeOptions, node: impl Node<Frame = Text> + 'static) -> Self {
            let (stop, stopped) = oneshot::channel();
            let serving = serve_until(options, node, async {
                let _ = stopped.await;
            });
            Running { stop, ended: tokio::task::spawn_local(serving) }
        }

        async fn stop(self) {
            self.stop.send(()).unwrap();
            self.ended.await.unwrap().unwrap();
        }
    }

    /// Runs a test on the runtime that processes have.
    fn on_runtime(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        LocalSet::new().block_on(&runtime, test);
    }

    /// Connects as soon as somebody listens.
    async fn connect(address: SocketAddr) -> TcpStream {
        loop {
            match TcpStream::connect(address).await {
                Ok(stream) => return stream,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    #[test]
    fn two_processes_talk_and_what_was_synced_is_there_after_a_restart() {
        on_runtime(async {
            let data = tempfile::tempdir().unwrap();
            let (kept, asking) = (data.path().join("keeper"), data.path().join("asker"));
            let address = free_address();
            let keeper = Running::start(options(1, address, &kept), Keeper::default());
            let (answers, mut answered) = mpsc::unbounded_channel();
            let question = text("remember me");
            let mut asker_options = options(2, free_address(), &asking);
            asker_options.peers.insert(NodeId(1), address);
            let asker = Running::start(asker_options, Asker { question: question.clone(), answers });
            assert_eq!(answered.recv().await, Some(question));
            asker.stop().await;
            keeper.stop().await;

            let (found, finding) = oneshot::channel();
            let restarted = Keeper { found: Some(found), waiting: Vec::new() };
            let keeper = Running::start(options(1, address, &kept), restarted);
            assert_eq!(finding.await.unwrap(), b"remember me");
            keeper.stop().await;
        });
    }

    #[test]
    fn a_frame_that_is_too_long_closes_its_connection_and_no_other() {
        on_runtime(async {
            let data = tempfile::tempdir().unwrap();
            let address = free_address();
            let keeper = Running::start(options(1, address, data.path()), Keeper::default());
            let mut sound = connect(address).await;
            let mut broken = connect(address).await;

            broken.write_all(&u32::MAX.to_le_bytes()).await.unwrap();
            let end = broken.read(&mut [0]).await;
            assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");

            let mut bytes = Vec::new();
            write_frame(&text("still here"), &mut bytes).unwrap();
            sound.write_all(&bytes).await.unwrap();
            let answer = FrameReader::new(sound).next::<Text>().await;
            assert_eq!(answer.unwrap(), Some(text("still here")));
            keeper.stop().await;
        });
    }

    #[test]
    fn a_node_that_halts_is_observed_first_and_ends_its_process_with_the_reason() {
        on_runtime(async {
            let data = tempfile::tempdir().unwrap();
            let mut options = options(7, free_address(), data.path());
            let lines = data.path().join("observed.jsonl");
            options.observe = Some(lines.clone());
            let ended = serve_until(options, Halter, std::future::pending()).await;
            assert!(matches!(ended, Err(ServeError::Halted { reason }) if reason == "enough"));

            let lines = fs::read_to_string(lines).unwrap();
            let observed: Vec<_> = lines
                .lines()
                .map(|line| serde_json::from_str::<Observed>(line).unwrap())
                .map(|observed| (observed.node, observed.observation))
                .collect();
            let reason = "enough".to_owned();
            let halted = Observation::Halted { reason };
            assert_eq!(observed, [(NodeId(7), Observation::Finished), (NodeId(7), halted)]);
            assert!(!data.path().join("1.log").exists());
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_cannot_write_its_observations_stops_before_it_acts_on_them() {
        on_runtime(async {
            let data = tempfile::tempdir().unwrap();
            let mut options = options(7, free_address(), data.path());
            options.observe = Some("/dev/full".into());
            let ended = serve_until(options, Halter, std::future::pending()).await;
            assert!(matches!(ended, Err(ServeError::Observe(_))), "{ended:?}");
        });
    }
}
