//! A process, its folder and its ends.

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
