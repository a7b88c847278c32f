//! Every fault as a schedule has it, on every simulator: what the nodes must see, and must not, while it lasts and after it
//! heals. A fault without a signature does not compile.

mod clocks;
mod disks;
mod load;
mod network;
mod processes;

use std::cell::RefCell;
use std::panic::catch_unwind;
use std::rc::Rc;

use broker::{Input, Load, Micros, NodeId, Observation};

use super::play::{AFTER, DURING, ENGINES, HEAL, HORIZON, Played, STRIKE, host, plan};
use super::toys::{CLIENT, Counter, Echo, Keeper, Log, MS, NONE, OTHER, SERVER};
use crate::chaos::cast::{Cast, Part, Player, Roles, Target};
use crate::chaos::fault::{Fault, FaultKind};
use crate::chaos::harm::{Harm, Harms};
use crate::chaos::nemesis::{Nemesis, News};
use crate::chaos::schedule::{Moment, Step};
use crate::chaos::world::{Streams, World};
use crate::engine::{Engine, Flow, Referee, on_its_own_thread, run};
use crate::seed::Seed;
use crate::trace::Trace;

/// A nemesis and nobody else.
struct Chaos {
    nemesis: Nemesis,
    seen: Vec<(NodeId, Observation)>,
    /// What each fault did.
    did: Vec<(FaultKind, Harms)>,
}

/// Shortly before the end it is asked what was never healed.
const SETTLE: Micros = HORIZON - 10 * MS;

impl Referee for Chaos {
    fn next_wake(&self) -> Option<Micros> {
        self.nemesis.next_wake().or(self.did.is_empty().then_some(SETTLE))
    }
    fn wake(&mut self, world: &mut dyn World) -> Flow {
        self.nemesis.wake(world);
        if world.now() >= SETTLE {
            self.nemesis.settle_all(world);
        }
        let did = self.nemesis.reports().filter_map(|report| match report.news {
            News::Did { harms } => Some((report.fault, harms)),
            _ => None,
        });
        self.did.extend(did);
        Flow::Continue
    }
    fn observed(&mut self, node: NodeId, observations: &[Observation], world: &mut dyn World) -> Flow {
        self.nemesis.observed(node, observations, world);
        self.seen.extend(observations.iter().cloned().map(|seen| (node, seen)));
        Flow::Continue
    }
}

fn cast() -> Cast {
    let players = [
        (SERVER, "server", Part::Broker),
        (CLIENT, "client", Part::Producer),
        (OTHER, "other", Part::Broker),
        // The server is a sink as well: what is asked of it is answered, sooner or later.
        (SERVER, "server", Part::Sink(0)),
    ];
    let players = players.map(|(id, name, part)| Player::new(id, name, part));
    let racks = vec![vec![SERVER, OTHER]];
    Cast { players: players.into(), groups: vec![GROUP.to_owned()], racks, ..Cast::default() }
}

/// A server that echoes a number when it has it on disk, a client that counts, and a bystander.
fn play(engine: Engine, steps: &[Step]) -> (Played, Vec<(FaultKind, Harms)>) {
    let perform = || {
        let log = Log::default();
        let nemesis = Nemesis::new(steps.to_vec(), Roles::new(&cast()), Seed(7));
        let chaos = Rc::new(RefCell::new(Chaos { nemesis, seen: Vec::new(), did: Vec::new() }));
        let (server, client, other) = (log.clone(), log.clone(), log.clone());
        let hosts = vec![
            host(SERVER, move || Box::new(Keeper::new(server.clone()))),
            host(CLIENT, move || Box::new(Counter::new(client.clone(), 0))),
            host(OTHER, move || Box::new(Echo(OTHER, other.clone()))),
        ];
        let outcome = run(engine, plan(hosts, 7), Rc::clone(&chaos) as _, Trace::default()).unwrap();
        let mut chaos = chaos.borrow_mut();
        let (seen, did) = (std::mem::take(&mut chaos.seen), std::mem::take(&mut chaos.did));
        (Played { engine, events: log.0.take(), seen, outcome }, did)
    };
    on_its_own_thread(engine, perform)
}

const GROUP: &str = "billing";
const BROKER: Target = Target::Broker(1);
const PRODUCER: Target = Target::Producer(1);

/// Strikes at [`STRIKE`] and heals at [`HEAL`].
fn lasting(fault: impl Into<Fault>) -> Vec<Step> {
    vec![Step::new(Moment::Ms(STRIKE / MS), fault.into()).heal_after_ms((HEAL - STRIKE) / MS)]
}

/// Strikes at about [`STRIKE`], when the server has appended something that is not synced, and heals at about [`HEAL`].
fn while_writing(fault: impl Into<Fault>) -> Vec<Step> {
    vec![Step::new(Moment::event("finished", 20), fault.into()).heal_after_ms((HEAL - STRIKE) / MS)]
}

/// Such a fault, and another in the middle of it.
fn and(mut steps: Vec<Step>, ms: u64, fault: impl Into<Fault>) -> Vec<Step> {
    steps.push(Step::new(Moment::Ms(ms), fault.into()).heal_after_ms(HEAL / MS - ms));
    steps
}

/// How it strikes, and what is to be seen of it.
type Signature = (Vec<Step>, fn(&Played));

fn signature(kind: FaultKind) -> Signature {
    match kind {
        FaultKind::Crash => processes::crash(),
        FaultKind::PowerLoss => processes::power_loss(),
        FaultKind::Restart => processes::restart(),
        FaultKind::RollingRestart => processes::rolling_restart(),
        FaultKind::Stop => processes::stop(),
        FaultKind::Pause => processes::pause(),
        FaultKind::SlowNode => processes::slow_node(),
        FaultKind::DiskLoss => disks::disk_loss(),
        FaultKind::SyncFailure => disks::sync_failure(),
        FaultKind::LyingSync => disks::lying_sync(),
        FaultKind::TornWrite => disks::torn_write(),
        FaultKind::BitRot => disks::bit_rot(),
        FaultKind::DiskFull => disks::disk_full(),
        FaultKind::SlowDisk => disks::slow_disk(),
        FaultKind::Partition => network::partition(),
        FaultKind::Delay => network::delay(),
        FaultKind::Stall => network::stall(),
        FaultKind::Reset => network::reset(),
        FaultKind::LoseFrame => network::lose_frame(),
        FaultKind::HalfOpen => network::half_open(),
        FaultKind::ClockOffset => clocks::clock_offset(),
        FaultKind::ClockDrift => clocks::clock_drift(),
        FaultKind::ClockJump => clocks::clock_jump(),
        FaultKind::Burst => load::burst(),
        FaultKind::SlowSink => load::slow_sink(),
        FaultKind::RefusingSink => load::refusing_sink(),
        FaultKind::PoisonRecord => load::poison_record(),
    }
}

/// The partition here holds; what the other ways of cutting do is shown where links are.
fn shown_here(kind: FaultKind, harm: Harm) -> bool {
    kind != FaultKind::Partition || harm == Harm::Held
}

#[test]
fn every_fault_has_its_signature_on_every_simulator_and_the_world_counts_what_it_did() {
    let mut wrong = Vec::new();
    for &kind in FaultKind::ALL {
        let (steps, judge) = signature(kind);
        for &engine in ENGINES {
            let (played, did) = play(engine, &steps);
            if catch_unwind(|| judge(&played)).is_err() {
                wrong.push((kind.name(), engine.name(), "is not what it should be"));
            }
            let harms = did.iter().filter(|(fault, _)| *fault == kind).map(|(_, harms)| *harms);
            let harms = harms.fold(Harms::default(), Harms::and);
            let due = kind.harms().iter().filter(|harm| shown_here(kind, **harm));
            wrong.extend(
                due.filter(|harm| !harms.contains(**harm))
                    .map(|harm| (kind.name(), engine.name(), harm.name())),
            );
        }
    }
    assert_eq!(wrong, []);
}

#[test]
fn all_of_a_rack_go_dark_in_one_instant_and_are_back_in_one_on_every_simulator() {
    for &engine in ENGINES {
        let (played, did) = play(engine, &lasting(Fault::power_loss(Target::Rack(1))));
        let started = |node| {
            let of_node = played.events.iter().filter(move |event| event.node == node);
            let starts = of_node.filter(|event| matches!(event.input, Input::Started { .. }));
            starts.map(|event| event.at / (2 * MS) * (2 * MS)).collect::<Vec<Micros>>()
        };
        assert_eq!(
            [SERVER, OTHER, CLIENT].map(started),
            [vec![0, HEAL], vec![0, HEAL], vec![0]],
            "{engine:?}"
        );
        assert_eq!(played.inputs(SERVER, STRIKE + MS..HEAL).count(), 0, "{engine:?}");
        let killed = |(kind, harms): &(FaultKind, Harms)| {
            *kind == FaultKind::PowerLoss && harms.contains(Harm::Killed)
        };
        assert!(did.len() == 1 && did.iter().all(killed), "{engine:?}: one fault");
    }
}

/// What the world outside asked of a node, and when, within a tick.
fn loads(played: &Played, node: NodeId) -> Vec<(Micros, Load)> {
    let of_node = played.events.iter().filter(|event| event.node == node);
    let loads = of_node.filter_map(|event| match event.input {
        Input::Load(load) => Some((event.at / (2 * MS) * (2 * MS), load)),
        _ => None,
    });
    loads.collect()
}

fn bytes(numbers: &[u64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// What the server's second incarnation found.
fn found(played: &Played) -> Vec<u8> {
    let starts = played.inputs(SERVER, STRIKE..HORIZON).find_map(|input| match input {
        Input::Started { files, .. } => Some(files.iter().flat_map(|file| file.bytes.clone()).collect()),
        _ => None,
    });
    starts.unwrap_or_else(|| panic!("{:?}: not started again", played.engine))
}

/// What its first incarnation was told to keep.
fn taken(played: &Played) -> Vec<u8> {
    let first =
        played.inputs(SERVER, 0..HORIZON).skip(1).take_while(|input| !matches!(input, Input::Started { .. }));
    let numbers = first.filter_map(|input| match input {
        Input::Frame { frame, .. } => Some(frame.0),
        _ => None,
    });
    bytes(&numbers.collect::<Vec<_>>())
}

fn halted(played: &Played) {
    let halted = |seen: &(NodeId, Observation)| matches!(seen, (SERVER, Observation::Halted { .. }));
    assert!(played.seen.iter().any(halted), "{:?}: it goes on", played.engine);
}
