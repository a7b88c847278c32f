//! What a machine must give before anything is started on it: loopback, and file descriptors.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use rustix::process::{Resource, getrlimit};

use super::cannot;
use crate::engine::EngineError;

/// With fewer descriptors nothing is begun. A run was seen with 47 in this process, which has all clients in it, and 24 in a broker's;
/// two at once with 86 (three brokers, version 0.0.1, 2026-11-26).
const DESCRIPTORS: u64 = 128;

/// Refuses a machine on which no run could come to anything, and says what it lacks.
pub fn require() -> Result<(), EngineError> {
    reach_itself().map_err(|error| no_loopback(&error))?;
    match getrlimit(Resource::Nofile).current {
        Some(limit) if limit < DESCRIPTORS => Err(too_few(limit)),
        _ => Ok(()),
    }
}

/// An interface that is down can still be bound to; only a connection shows that it carries anything.
fn reach_itself() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    TcpStream::connect(listener.local_addr()?).map(drop)
}

fn no_loopback(error: &io::Error) -> EngineError {
    let what = "reach 127.0.0.1, and real processes need the loopback network (in a container or a network namespace of its own: \
                `ip link set lo up`)";
    cannot(what, error)
}

fn too_few(limit: u64) -> EngineError {
    let what = "open enough files: real processes need descriptors";
    cannot(what, &format!("the limit is {limit}, and {DESCRIPTORS} are needed (`ulimit -n {DESCRIPTORS}`)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_machine_lacks_is_named_with_what_to_do() {
        let error = no_loopback(&io::ErrorKind::AddrNotAvailable.into()).to_string();
        assert!(error.contains("loopback") && error.contains("ip link set lo up"), "{error}");
        let error = too_few(20).to_string();
        assert!(error.contains("limit is 20") && error.contains("ulimit -n"), "{error}");
    }
}
