//! The asynchronous shell: what turns a [`Node`](crate::Node) into a process with sockets, files and a clock.
//!
//! One loop ([`run`]) drives any node over any [`Env`]: turmoil's and madsim's simulated networks, and real sockets and
//! files ([`serve`]).

mod cli;
mod codec;
mod connections;
mod encoding;
mod env;
mod files;
mod observer;
mod process;
mod reader;
mod shell;
mod tokio;

pub use cli::{BrokerArgs, BrokerError};
pub use codec::{Decoder, MAX_FRAME, Wire, WireError, write_frame};
pub use env::Env;
pub use files::lay_out;
pub use process::{ServeError, ServeOptions, serve};
pub use reader::{FrameReader, ReadError};
pub use shell::{RunError, Stopped, run};
