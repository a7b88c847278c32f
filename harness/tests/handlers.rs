//! What becomes of a consumer whose handler does what no handler should.

use std::future::pending;

use harness::engine::Engine;
use harness::run::{Conclusion, Keep, Report, draw, run};
use harness::{Cluster, Context, Group, Handler, Kind, Path, Record, Redeliver, Scenario, Variant};

/// What a handler does when it meets its fifth record.
#[derive(Clone, Copy)]
enum Mischief {
    Panic,
    AwaitWhatNobodyAnswers,
}

struct Troubled {
    mischief: Mischief,
    handled: u32,
}

impl Handler for Troubled {
    async fn handle(&mut self, record: &Record, context: &Context) -> Result<(), Redeliver> {
        self.handled += 1;
        match self.mischief {
            Mischief::Panic => assert!(self.handled < 5, "no such customer"),
            Mischief::AwaitWhatNobodyAnswers if self.handled == 5 => pending().await,
            Mischief::AwaitWhatNobodyAnswers => {}
        }
        context.apply_once(record).await?;
        Ok(())
    }
}

fn reports(mischief: Mischief) -> Vec<Report> {
    let handlers = Group::new("billing", move || Troubled { mischief, handled: 0 });
    let scenario = Scenario::named("troubled", Path::Consumer, "A handler that fails.")
        .variant(Variant::holds("only", Cluster::new().group(handlers)));
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

/// The sentences about one kind of anomaly on the consumer's path.
fn sentences(report: &Report) -> Vec<&str> {
    let anomalies = report.verdict.anomalies.iter();
    let panics = anomalies.filter(|anomaly| anomaly.kind == Kind::Panicked && anomaly.path == Path::Consumer);
    panics.map(|anomaly| anomaly.sentence.as_str()).collect()
}

#[test]
fn a_handler_that_panics_is_a_crashed_consumer_with_the_record_named() {
    for report in reports(Mischief::Panic) {
        assert_eq!(report.conclusion, Conclusion::Violated);
        let told = sentences(&report).join("\n");
        assert!(told.contains("no such customer (while handling p"), "{}: {told}", report.schedule.engine);
    }
}

#[test]
fn a_handler_that_awaits_what_nobody_answers_is_found_out_on_every_simulator() {
    for report in reports(Mischief::AwaitWhatNobodyAnswers) {
        assert_eq!(report.conclusion, Conclusion::Violated);
        let told = sentences(&report).join("\n");
        let named = told.contains("foreign-await: the handler of p");
        assert!(named, "{}: {told}", report.schedule.engine);
    }
}
