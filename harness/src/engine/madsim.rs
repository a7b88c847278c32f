//! The shell on madsim's simulated network: tasks in random order, so that races inside a host are found.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use broker::server::Wire;
use broker::{FrameInfo, Micros, NodeId};
use madsim::net::{NetSim, TcpListener, TcpStream};
use madsim::runtime::{Handle, Runtime};
use madsim::task;
use madsim::time::TimeHandle;
use tokio::select;

use super::sockets::{Command, Cut, Network, PORT, Place, Raw, Stage, address_of, program, raw_host};
use super::{Outcome, Plan, SharedReferee};
use crate::engine::costs::Costs;
use crate::trace::Trace;

/// Runs a plan, to be called on a thread that has run no plan before (see [`on_fresh_thread`]): the standard library draws the
/// keys of hashed maps once per thread, and madsim's network holds some.
pub fn run<F>(plan: Plan<F>, referee: SharedReferee, trace: Trace) -> Outcome
where
    F: Wire + FrameInfo + Debug + 'static,
{
    let runtime = Runtime::with_seed_and_config(plan.seed, config(&plan.costs));
    let stage = Stage::new(plan, referee, trace, true);
    runtime.block_on(supervise(&stage));
    PROGRAMS.take();
    stage.outcome()
}

/// Lets bare tasks carry these frames; returns the bytes that arrived.
pub fn raw(raw: &Rc<Raw>, costs: &Costs, elapsed: Micros, seed: u64) -> u64 {
    let runtime = Runtime::with_seed_and_config(seed, config(costs));
    runtime.block_on(async {
        let mut nodes = Nodes::new();
        for (place, &node) in raw.hosts.iter().enumerate() {
            let raw = Rc::clone(raw);
            let start: Program = Rc::new(move || {
                let host = raw_host::<Madsim>(Rc::clone(&raw), node);
                Box::pin(async {
                    if let Err(error) = host.await {
                        panic!("a raw host failed: {error}");
                    }
                })
            });
            nodes.insert(node, build_node(node, address_of(place), start));
        }
        sleep(elapsed).await;
        stop_all(&nodes).await;
    });
    PROGRAMS.take();
    raw.received.get()
}

/// Runs something on a thread of its own, and goes on with its panic if it has one.
pub fn on_fresh_thread<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|panic| resume_unwind(panic))
}

fn config(costs: &Costs) -> madsim::Config {
    let (shortest, longest) = (costs.latency, costs.latency + costs.jitter);
    let mut config = madsim::Config::default();
    // The range excludes its end, and may not be empty.
    config.net.send_latency = Duration::from_micros(shortest)..Duration::from_micros(longest + 1);
    config
}

/// The main loop: does what the stage asks for, until the run is over.
async fn supervise<F: Wire + FrameInfo + Debug + 'static>(stage: &Rc<Stage<F>>) {
    let nodes = build_nodes(stage);
    while !stage.is_over() {
        stage.tick(now());
        while let Some(command) = stage.next_command() {
            perform(stage, &nodes, command);
        }
        select! {
            biased;
            () = stage.called() => {}
            () = sleep(stage.next_tick().saturating_sub(now())) => {}
        }
    }
    stop_all(&nodes).await;
}

/// What ended is only dropped when it is polled once more; without that every run would leave its tasks in memory.
async fn stop_all(nodes: &Nodes) {
    for node in nodes.values() {
        Handle::current().kill(*node);
    }
    sleep(0).await;
}

type Nodes = BTreeMap<NodeId, task::NodeId>;

type Program = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = ()>>>>;

thread_local! {
    /// What each host of the run on this thread runs. Here, because madsim wants what starts a program to be `Send`, and a
    /// stage is not.
    static PROGRAMS: RefCell<BTreeMap<NodeId, Program>> = const { RefCell::new(BTreeMap::new()) };
}

fn build_nodes<F: Wire + FrameInfo + Debug + 'static>(stage: &Rc<Stage<F>>) -> Nodes {
    let build = |place: &Rc<Place<F>>| {
        let (id, address) = (place.node(), address_of(place.number));
        let (stage, place) = (Rc::clone(stage), Rc::clone(place));
        let start: Program =
            Rc::new(move || Box::pin(program::<Madsim, F>(Rc::clone(&stage), Rc::clone(&place))));
        (id, build_node(id, address, start))
    };
    stage.places().iter().map(build).collect()
}

fn build_node(id: NodeId, address: IpAddr, start: Program) -> task::NodeId {
    PROGRAMS.with_borrow_mut(|programs| programs.insert(id, start));
    let start = move || PROGRAMS.with_borrow(|programs| programs.get(&id).map(|start| start()));
    let handle = Handle::current();
    let node = handle.create_node().ip(address).init(move || {
        let program = start();
        async move {
            if let Some(program) = program {
                program.await;
            }
        }
    });
    node.build().id()
}

fn perform<F>(stage: &Stage<F>, nodes: &Nodes, command: Command) {
    let handle = Handle::current();
    let on = |node: NodeId, act: &dyn Fn(task::NodeId)| {
        if let Some(&node) = nodes.get(&node) {
            act(node);
        }
    };
    match command {
        Command::Stop(node) => on(node, &|node| handle.kill(node)),
        // A restart alone leaves the old sockets bound.
        Command::Start(node) => on(node, &|node| {
            handle.kill(node);
            handle.restart(node);
        }),
        Command::Pause(node) => on(node, &|node| handle.pause(node)),
        Command::Resume(node) => on(node, &|node| handle.resume(node)),
        Command::Relink(one, other) => {
            if let (Some(&from), Some(&to)) = (nodes.get(&one), nodes.get(&other)) {
                relink(from, to, stage.links.between(one, other));
            }
        }
    }
}

/// madsim keeps what is sent on a clogged link; where it must not arrive, the streams see to that.
fn relink(one: task::NodeId, other: task::NodeId, cut: Cut) {
    let network = NetSim::current();
    for (from, to, streams) in [(one, other, cut.there), (other, one, cut.back)] {
        match streams {
            Some(_) => network.clog_link(from, to),
            None => network.unclog_link(from, to),
        }
    }
}

/// The network as the current host sees it.
struct Madsim;

impl Network for Madsim {
    type Stream = TcpStream;
    type Listener = TcpListener;

    fn now() -> Micros {
        now()
    }

    fn sleep(duration: Micros) -> impl Future<Output = ()> + 'static {
        sleep(duration)
    }

    fn spawn(task: impl Future<Output = ()> + 'static) {
        task::spawn_local(task);
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

fn now() -> Micros {
    Micros::try_from(TimeHandle::current().elapsed().as_micros()).unwrap_or(Micros::MAX)
}

/// Sleeps at least a millisecond, madsim's shortest.
fn sleep(duration: Micros) -> impl Future<Output = ()> + 'static {
    madsim::time::sleep(Duration::from_micros(duration))
}
