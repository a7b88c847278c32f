//! What an engine's own network must offer.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use broker::Micros;
use tokio::io::{AsyncRead, AsyncWrite};

/// Where every host listens.
pub const PORT: u16 = 9000;

/// A simulated network, as the host that is running now sees it.
pub trait Network: 'static {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + 'static;
    /// What accepts connections.
    type Listener: 'static;

    /// Simulated time since the start of the run, in microseconds.
    fn now() -> Micros;

    /// Sleeps so many microseconds, or as many more as the engine's clock needs.
    fn sleep(duration: Micros) -> impl Future<Output = ()> + 'static;

    /// Runs a task on this host.
    fn spawn(task: impl Future<Output = ()> + 'static);

    /// Listens on [`PORT`].
    fn listen() -> impl Future<Output = io::Result<Self::Listener>>;

    /// The next connection, and the address it comes from.
    fn accept(listener: &mut Self::Listener) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>>;

    /// Opens a connection.
    fn connect(to: SocketAddr) -> impl Future<Output = io::Result<Self::Stream>> + 'static;
}

/// The address of the host at this place in the plan.
pub fn address_of(place: usize) -> IpAddr {
    let number = u32::try_from(place).unwrap_or(u32::MAX >> 8) + 1;
    IpAddr::V4(Ipv4Addr::from_bits((10 << 24) | number))
}

/// The place in the plan of the host with this address.
pub fn place_of(address: IpAddr) -> Option<usize> {
    match address {
        IpAddr::V4(address) => (address.to_bits() & 0x00ff_ffff).checked_sub(1).map(|number| number as usize),
        IpAddr::V6(_) => None,
    }
}
