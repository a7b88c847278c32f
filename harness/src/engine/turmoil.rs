//! The shell on turmoil's simulated network: real framing, hosts in random order, bytes that arrive at whole milliseconds.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use broker::server::Wire;
use broker::{FrameInfo, Micros};
use turmoil::net::{TcpListener, TcpStream};
use turmoil::{Builder, Sim};

use super::sockets::{Command, Cut, Network, PORT, Raw, Stage, address_of, program, raw_host};
use super::{Outcome, Plan, SharedReferee};
use crate::chaos::world::Streams;
use crate::engine::costs::Costs;
use crate::trace::Trace;

/// The engine's quantum: timers and bytes are due at its multiples. The finest that turmoil has; 5 ms run twice as fast, and
/// make every delay at least so long.
const TICK: Duration = Duration::from_millis(1);

/// Segments that may be under way on one connection; turmoil panics when more connections than this wait to be accepted.
const TCP_CAPACITY: usize = 1 << 16;

/// Runs a plan.
pub fn run<F>(plan: Plan<F>, referee: SharedReferee, trace: Trace) -> Outcome
where
    F: Wire + FrameInfo + Debug + 'static,
{
    let mut sim = simulation(&plan.costs, plan.seed);
    // turmoil holds and releases both directions of a link together.
    let stage = Stage::new(plan, referee, trace, false);
    for place in stage.places() {
        let (stage, place) = (Rc::clone(&stage), Rc::clone(place));
        sim.host(address_of(place.number), move || {
            let program = program::<Turmoil, F>(Rc::clone(&stage), Rc::clone(&place));
            async {
                program.await;
                Ok(())
            }
        });
    }
    loop {
        stage.tick(micros(sim.elapsed()));
        while let Some(command) = stage.next_command() {
            perform(&stage, &mut sim, command);
        }
        if stage.is_over() {
            return stage.outcome();
        }
        if let Err(error) = sim.step() {
            panic!("turmoil failed: {error}");
        }
    }
}

/// Lets bare tasks carry these frames; returns the bytes that arrived.
pub fn raw(raw: &Rc<Raw>, costs: &Costs, elapsed: Micros, seed: u64) -> u64 {
    let mut sim = simulation(costs, seed);
    for (place, &node) in raw.hosts.iter().enumerate() {
        let raw = Rc::clone(raw);
        sim.host(address_of(place), move || {
            let host = raw_host::<Turmoil>(Rc::clone(&raw), node);
            async { Ok(host.await?) }
        });
    }
    while micros(sim.elapsed()) < elapsed {
        if let Err(error) = sim.step() {
            panic!("turmoil failed: {error}");
        }
    }
    raw.received.get()
}

fn simulation(costs: &Costs, seed: u64) -> Sim<'static> {
    Builder::new()
        .epoch(SystemTime::UNIX_EPOCH)
        .rng_seed(seed)
        .enable_random_order()
        .tick_duration(TICK)
        .simulation_duration(Duration::MAX)
        .tcp_capacity(TCP_CAPACITY)
        .min_message_latency(whole_millis(costs.latency))
        .max_message_latency(whole_millis(costs.latency + costs.jitter))
        .build()
}

fn perform<F>(stage: &Stage<F>, sim: &mut Sim<'_>, command: Command) {
    let address = |node| stage.place(node).map(|place| address_of(place.number));
    match command {
        Command::Stop(node) => {
            if let Some(address) = address(node) {
                sim.crash(address);
            }
        }
        Command::Start(node) => {
            if let Some(address) = address(node) {
                sim.bounce(address);
            }
        }
        // turmoil has no pause: the gate of the shell is all there is.
        Command::Pause(_) | Command::Resume(_) => {}
        Command::Relink(one, other) => {
            if let (Some(from), Some(to)) = (address(one), address(other)) {
                relink(sim, from, to, stage.links.between(one, other));
            }
        }
    }
}

/// turmoil holds both directions of a link or none: bytes on a single held direction wait in their streams.
fn relink(sim: &Sim<'_>, one: IpAddr, other: IpAddr, cut: Cut) {
    let held = Some(Streams::Hold);
    if cut.there == held && cut.back == held {
        return sim.hold(one, other);
    }
    sim.release(one, other);
    for (from, to, streams) in [(one, other, cut.there), (other, one, cut.back)] {
        if matches!(streams, Some(Streams::Hang | Streams::Reset)) {
            sim.partition_oneway(from, to);
        }
    }
}

/// The network as the current host sees it.
struct Turmoil;

impl Network for Turmoil {
    type Stream = TcpStream;
    type Listener = TcpListener;

    fn now() -> Micros {
        turmoil::sim_elapsed().map_or(0, micros)
    }

    fn sleep(duration: Micros) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep(Duration::from_micros(duration))
    }

    fn spawn(task: impl Future<Output = ()> + 'static) {
        tokio::task::spawn_local(task);
    }

    fn listen() -> impl Future<Output = io::Result<TcpListener>> {
        TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT))
    }

    async fn accept(listener: &mut TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
        listener.accept().await
    }

    fn connect(to: SocketAddr) -> impl Future<Output = io::Result<TcpStream>> + 'static {
        TcpStream::connect(to)
    }
}

fn micros(duration: Duration) -> Micros {
    Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX)
}

/// The nearest whole millisecond, turmoil's finest latency.
fn whole_millis(latency: Micros) -> Duration {
    Duration::from_millis((latency + 500) / 1000)
}
