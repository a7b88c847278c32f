//! What the engines with simulated sockets share: everything but the network itself. The shell of crate `broker` runs on every
//! host; a [`Stage`] holds what the hosts have in common; faults that a network has no primitive for are played by the
//! streams themselves.

mod control;
mod env;
mod host;
mod late;
mod links;
mod network;
mod notes;
mod place;
mod raw;
mod stage;
mod stream;
mod tolls;

pub(super) use host::program;
pub(super) use links::Cut;
pub(super) use network::{Network, PORT, address_of};
#[cfg(madsim)]
pub(super) use place::Place;
pub(super) use raw::{Raw, host as raw_host};
pub(super) use stage::{Command, Stage};
