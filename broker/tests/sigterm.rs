//! A signal to stop ends the process cleanly. In a file of its own, because the signal strikes every test of a process.

#![cfg(feature = "server")]

use std::collections::BTreeMap;
use std::net::TcpListener;

use broker::server::{FrameReader, ServeOptions, Wire, WireError, serve};
use broker::{ConnId, Input, Node, NodeId, Now, Outputs};
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

/// Greets whoever connects, and says goodbye to the last one when it is asked to stop.
#[derive(Default)]
struct Greeter {
    greeted: Option<ConnId>,
}

impl Node for Greeter {
    type Frame = Text;
    fn step(&mut self, _now: Now, input: Input<Text>, out: &mut Outputs<Text>) {
        match input {
            Input::Opened { conn } => {
                out.send(conn, Text("welcome".to_owned()));
                self.greeted = Some(conn);
            }
            Input::Stop => {
                self.greeted.into_iter().for_each(|conn| out.send(conn, Text("goodbye".to_owned())));
                out.exit();
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn sigterm_asks_the_node_which_ends_in_good_order_and_what_it_sent_arrives() {
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
        let goodbye = frames.next::<Text>().await.unwrap().unwrap();
        assert_eq!(goodbye.0, "goodbye");
        assert!(frames.next::<Text>().await.unwrap().is_none(), "the connection is closed");
    };
    let (served, ()) = tokio::join!(serve(options, Greeter::default()), client);
    served.unwrap();
}
