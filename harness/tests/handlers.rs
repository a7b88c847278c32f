//! What becomes of a consumer whose handler does what no handler should, and what a handler may do.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harness::chaos::cast::Target;
use harness::chaos::fault::{Crash, Fault};
use harness::chaos::schedule::{Moment, Step};
use harness::engine::Engine;
use harness::find::sweep::Sweep;
use harness::run::{Conclusion, Keep, Report, draw, run};
use harness::stop::Stop;
use harness::{Cluster, Context, Group, Handler, Kind, Life, Path, Record, Redeliver, Scenario, Variant};
use tokio::sync::{Notify, mpsc, oneshot};

fn scenario_of<H: Handler>(handler: impl Fn(&Life) -> H + Copy + Send + Sync + 'static) -> Scenario {
    let cluster = Cluster::new().group(Group::with("billing", handler));
    Scenario::named("troubled", Path::Consumer, "A handler.").variant(Variant::holds("only", cluster))
}

/// One run without faults on every simulator.
fn on_every_simulator<H: Handler>(
    handler: impl Fn(&Life) -> H + Copy + Send + Sync + 'static,
) -> Vec<Report> {
    let scenario = scenario_of(handler);
    let variant = &scenario.variants[0];
    let simulators = Engine::ALL.iter().copied().filter(|engine| engine.simulated() && engine.available());
    simulators
        .map(|engine| {
            let mut schedule = draw(&scenario, variant, engine, 3);
            schedule.steps.clear();
            run(&scenario, variant, engine, schedule, Keep::default())
                .unwrap_or_else(|error| panic!("{}: {error}", engine.name()))
        })
        .collect()
}

/// What is told of a run, line by line.
fn told(report: &Report) -> Vec<&str> {
    report.verdict.anomalies.iter().map(|anomaly| anomaly.sentence.as_str()).collect()
}

/// Panics when it meets its fifth record.
#[derive(Default)]
struct Troubled {
    handled: u32,
}

impl Handler for Troubled {
    async fn handle(&mut self, record: &Record, context: &Context) -> Result<(), Redeliver> {
        self.handled += 1;
        assert!(self.handled < 5, "no such customer");
        context.apply_once(record).await?;
        Ok(())
    }
}

#[test]
fn a_handler_that_panics_is_a_crashed_consumer_and_told_first_with_record_and_place() {
    for report in on_every_simulator(|_| Troubled::default()) {
        assert_eq!(report.conclusion, Conclusion::Violated);
        let first = &report.verdict.anomalies[0];
        assert_eq!((first.kind, first.path), (Kind::Panicked, Path::Consumer));
        let names = ["no such customer, at harness/tests/handlers.rs:", "(while handling p"];
        assert!(names.iter().all(|name| first.sentence.contains(name)), "{}", first.sentence);
    }
}

/// What a handler awaits beside its context.
#[derive(Clone, Copy, Debug)]
enum Beside {
    Sleep,
    Timeout,
    TcpConnect,
    Spawn,
    SpawnAndForget,
    SpawnLocal,
    SpawnBlocking,
    AThread,
    AThreadWhileItCalls,
    Nothing,
    WakesItselfForEver,
}

impl Handler for Beside {
    async fn handle(&mut self, record: &Record, context: &Context) -> Result<(), Redeliver> {
        match self {
            Beside::Sleep => tokio::time::sleep(Duration::from_millis(1)).await,
            Beside::Timeout => {
                let patience = Duration::from_millis(50);
                return Ok(tokio::time::timeout(patience, context.apply_once(record))
                    .await
                    .map_err(|_| Redeliver)??);
            }
            Beside::TcpConnect => drop(tokio::net::TcpStream::connect("127.0.0.1:9").await),
            Beside::Spawn => drop(tokio::spawn(async {}).await),
            Beside::SpawnAndForget => drop(tokio::spawn(async {})),
            Beside::SpawnLocal => drop(tokio::task::spawn_local(async {}).await),
            Beside::SpawnBlocking => drop(tokio::task::spawn_blocking(|| {}).await),
            Beside::AThread => woken_by_a_thread().await,
            Beside::AThreadWhileItCalls => {
                tokio::join!(woken_by_a_thread(), context.sleep(Duration::from_millis(3)));
            }
            Beside::Nothing => std::future::pending().await,
            Beside::WakesItselfForEver => loop {
                tokio::task::yield_now().await;
            },
        }
        Ok(context.apply_once(record).await?)
    }
}

/// The thread wakes it before the poll is over, so that nothing here depends on how fast a thread is.
async fn woken_by_a_thread() {
    std::future::poll_fn(|task| {
        let waker = task.waker();
        std::thread::scope(|scope| drop(scope.spawn(|| waker.wake_by_ref())));
        std::task::Poll::Ready(())
    })
    .await;
}

#[test]
fn what_a_handler_awaits_beside_its_context_is_told_first_once_and_alike_on_every_simulator() {
    let all = [
        (Beside::Sleep, "uses a timer of tokio's, at harness/tests/handlers.rs:"),
        (Beside::Timeout, "uses a timer of tokio's, at harness/tests/handlers.rs:"),
        (Beside::TcpConnect, "uses a socket, a pipe or a signal of tokio's"),
        (Beside::Spawn, "spawns a task, which nobody runs here (await it in place, in `join!` or `select!`)"),
        (Beside::SpawnAndForget, "spawns a task, which nobody runs here"),
        (Beside::SpawnLocal, "awaits what its context did not give it"),
        (Beside::SpawnBlocking, "has another thread work for it"),
        (Beside::AThread, "has another thread work for it"),
        (Beside::AThreadWhileItCalls, "has another thread work for it"),
        (Beside::Nothing, "awaits what its context did not give it"),
        (Beside::WakesItselfForEver, "awaits what its context did not give it"),
    ];
    for (beside, words) in all {
        for report in on_every_simulator(move |_| beside) {
            let engine = &report.schedule.engine;
            let [told] = told(&report)[..] else { panic!("{beside:?} on {engine}: {:?}", report.verdict) };
            assert!(told.starts_with("foreign-await: the handler of p"), "{beside:?} on {engine}: {told}");
            assert!(told.contains(words), "{beside:?} on {engine}: {told}");
            assert_eq!(report.conclusion, Conclusion::Violated);
        }
    }
}

/// What a handler may await: the context, combinators over it, and what its own branches say to each other.
#[derive(Clone, Copy, Debug)]
enum Allowed {
    Yield,
    Select,
    Join,
    Channel,
    ChannelBesideACall,
    Notify,
    Oneshot,
    ManyMessages,
}

impl Handler for Allowed {
    async fn handle(&mut self, record: &Record, context: &Context) -> Result<(), Redeliver> {
        match self {
            Allowed::Yield => {
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
            }
            Allowed::Select => tokio::select! {
                biased;
                () = context.sleep(Duration::from_millis(100)) => return Err(Redeliver),
                done = context.apply_once(record) => return Ok(done?),
            },
            Allowed::Join => {
                let (done, ()) =
                    tokio::join!(context.apply_once(record), context.sleep(Duration::from_millis(3)));
                return Ok(done?);
            }
            Allowed::Channel => {
                let (sender, mut receiver) = mpsc::channel(1);
                // The receiver is polled first, and finds nothing; what is sent then must wake it.
                let (got, _) = tokio::join!(receiver.recv(), sender.send(1));
                assert_eq!(got, Some(1));
            }
            Allowed::ChannelBesideACall => {
                let (sender, mut receiver) = mpsc::channel(1);
                // What is sent wakes the receiver at once, and not when the other branch has its answer: that would be too late.
                tokio::select! {
                    biased;
                    () = async {
                        receiver.recv().await;
                        context.sleep(Duration::from_millis(1)).await;
                    } => {}
                    () = async {
                        let _ = sender.send(1).await;
                        context.sleep(Duration::from_millis(50)).await;
                    } => return Err(Redeliver),
                }
            }
            Allowed::Notify => {
                let notify = Notify::new();
                tokio::join!(notify.notified(), async { notify.notify_one() });
            }
            Allowed::Oneshot => {
                let (sender, receiver) = oneshot::channel();
                let (got, ()) = tokio::join!(receiver, async {
                    context.sleep(Duration::from_millis(2)).await;
                    let _ = sender.send(7);
                });
                assert_eq!(got, Ok(7));
            }
            Allowed::ManyMessages => {
                let (sender, mut receiver) = mpsc::unbounded_channel();
                (0..1_000).for_each(|number| assert!(sender.send(number).is_ok()));
                for number in 0..1_000 {
                    assert_eq!(receiver.recv().await, Some(number));
                }
            }
        }
        Ok(context.apply_once(record).await?)
    }
}

#[test]
fn branches_of_a_handler_may_wait_for_each_other_on_every_simulator() {
    let all = [
        Allowed::Yield,
        Allowed::Select,
        Allowed::Join,
        Allowed::Channel,
        Allowed::ChannelBesideACall,
        Allowed::Notify,
        Allowed::Oneshot,
        Allowed::ManyMessages,
    ];
    for allowed in all {
        for report in on_every_simulator(move |_| allowed) {
            assert_eq!(report.verdict.anomalies, [], "{allowed:?} on {}", report.schedule.engine);
            assert_eq!(report.verdict.unknown, [""; 0], "{allowed:?} on {}", report.schedule.engine);
        }
    }
}

/// Remembers what it has handled where crashes do not reach: correct, as long as nobody else's memory is in it.
struct Remembers {
    handled: Arc<Mutex<BTreeSet<String>>>,
}

impl Handler for Remembers {
    async fn handle(&mut self, record: &Record, context: &Context) -> Result<(), Redeliver> {
        let id = record.id.to_string();
        if !self.handled.lock().unwrap().contains(&id) {
            context.apply_once(record).await?;
            self.handled.lock().unwrap().insert(id);
        }
        Ok(())
    }
}

#[test]
fn what_a_run_keeps_for_a_group_outlives_its_crashes_and_reaches_no_other_run() {
    let scenario = scenario_of(|life| Remembers { handled: life.kept(Mutex::default) });
    let sweep =
        Sweep { scenario: &scenario, variant: &scenario.variants[0], engine: Engine::Direct, jobs: 1 };
    let summary = sweep.seeds(0..50, &Stop::new(), &|_| {}).unwrap();
    assert_eq!((summary.runs, summary.invalid, summary.unknown), (50, 0, 0));
    assert!(summary.struck > 40, "faults struck in {} runs only", summary.struck);
}

#[test]
fn a_life_says_which_consumer_it_is_of_and_which_incarnation_and_says_the_same_when_run_again() {
    type Told = (&'static str, u32, u32, u64);
    let told: &'static Mutex<Vec<Told>> = Box::leak(Box::default());
    let scenario = scenario_of(move |life| {
        told.lock().unwrap().push((life.group(), life.consumer(), life.incarnation(), life.seed()));
        Remembers { handled: life.kept(Mutex::default) }
    });
    let variant = &scenario.variants[0];
    let mut schedule = draw(&scenario, variant, Engine::Direct, 3);
    let target = Target::member("billing");
    schedule.steps =
        vec![Step { at: Moment::Ms(300), heal_after_ms: Some(100), inject: Fault::Crash(Crash { target }) }];
    let lives = || {
        run(&scenario, variant, Engine::Direct, schedule.clone(), Keep::default()).unwrap();
        std::mem::take(&mut *told.lock().unwrap())
    };
    let first = lives();
    let of = |consumer: u32| -> Vec<u32> {
        first.iter().filter(|life| life.1 == consumer).map(|life| life.2).collect()
    };
    let mut incarnations = [of(1), of(2)];
    incarnations.sort();
    assert_eq!(incarnations, [vec![0], vec![0, 1]]);
    let seeds: BTreeSet<u64> = first.iter().map(|life| life.3).collect();
    assert_eq!((seeds.len(), first[0].0), (3, "billing"));
    assert_eq!(lives(), first);
}
