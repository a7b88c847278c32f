//! A signal to stop ends the process cleanly. In a file of its own, because the signal strikes every test of a process.

#![cfg(feature = "server")]

use std::collections::BTreeMap;
use std::net::TcpListener;

use broker::server::{FrameReader, ServeOptions, Wire, WireError, serve};
use broker::{Input, Node, NodeId, Now, Outputs};
use rustix::process::{Signal, getpid, kill_process};
use tokio::net::TcpStream;

struct Text(String);

impl Wire for Text {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.as_bytes());
    }
    fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        String::from_utf8(bytes.to_vec()).map(Text).map_err(|_| WireError::Nonsense)
    }
}

/// Greets whoever connects.
struct Greeter;

impl Node for Greeter {
    type Frame = Text;
    fn step(&mut self, _now: Now, input: Input<Text>, out: &mut Outputs<Text>) {
        if let Input::Opened { conn } = input {
            out.send(conn, Text("welcome".to_owned()));
        }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn sigterm_sends_what_waits_closes_and_ends_without_an_error() {
    let data = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let options = ServeOptions {
        node: NodeId(1),
        listen: address,
        peers: BTreeMap::new(),
        data: data.path().to_owned(),
        observe: None,
        seed: None,
    };
    let client = async {
        let stream = loop {
            match TcpStream::connect(address).await {
                Ok(stream) => break stream,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let mut frames = FrameReader::new(stream);
        let greeting = frames.next::<Text>().await.unwrap().unwrap();
        assert_eq!(greeting.0, "welcome");
        kill_process(getpid(), Signal::TERM).unwrap();
        assert!(frames.next::<Text>().await.unwrap().is_none(), "the connection is closed");
    };
    let (served, ()) = tokio::join!(serve(options, Greeter), client);
    served.unwrap();
}
