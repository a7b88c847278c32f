//! An experiment finds the fault that is to blame among others that only happened to be there.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use harness::chaos::cast::Target;
use harness::chaos::fault::{ClockJump, ClockOffset};
use harness::chaos::schedule::{Expect, Moment, Schedule, Step};
use harness::engine::Engine;
use harness::find::explain::{BUDGET, Blame, Culprit, tell, why};
use harness::find::shrink::Shrink;
use harness::run::{Keep, draw, run};
use harness::stop::Stop;
use harness::{Kind, Scenario, Variant};
use scenarios::catalogue;

const ENGINE: Engine = Engine::Direct;

fn shows(scenario: &Scenario, variant: &Variant, schedule: &Schedule, expect: Expect) -> bool {
    let report = run(scenario, variant, ENGINE, schedule.clone(), Keep::default()).unwrap();
    report.verdict.classes().contains(&(expect.anomaly, expect.path))
}

/// Faults that nothing in this broker rests on: nobody here reads the wall clock.
fn bystanders() -> Vec<Step> {
    let offset = ClockOffset { target: Target::Broker(1), ms: 500 };
    let jump = ClockJump { target: Target::Producer(1), ms: -500 };
    // Before all others: a step that is aimed at whoever was struck last must not find them.
    [(1, offset.into()), (2, jump.into())].map(|(ms, fault)| Step::new(Moment::Ms(ms), fault)).into()
}

/// The first three finds of every unsafe variant that needs a fault, shrunk to what they need.
fn finds(scenario: &Scenario, expect: Expect) -> Vec<Schedule> {
    let (variant, stop) = (&scenario.variants[0], Stop::new());
    let shrunk = |schedule: Schedule| {
        let progress = &|_, _: &Schedule| {};
        let shrink = Shrink { scenario, variant, engine: ENGINE, expect, budget: 500, stop: &stop, progress };
        shrink.shrink(&schedule).unwrap().map(|shrunk| shrunk.report.schedule)
    };
    let schedules = (0..2_000).map(|seed| draw(scenario, variant, ENGINE, seed));
    // Of steps that stand behind each other several may do alone, and none is needed then.
    let by_themselves = |schedule: &Schedule| schedule.steps.iter().all(|step| !step.at.is_behind());
    let some = schedules.filter_map(shrunk).filter(|schedule| !schedule.steps.is_empty());
    some.filter(by_themselves).take(3).collect()
}

#[test]
fn among_bystanders_the_fault_to_blame_is_found_and_without_it_all_is_well() {
    let mut explained = 0;
    for scenario in catalogue() {
        let variant = &scenario.variants[0];
        let (expect, stop) = (variant.expect.unwrap(), Stop::new());
        if shows(
            &scenario,
            variant,
            &Schedule { steps: Vec::new(), ..draw(&scenario, variant, ENGINE, 0) },
            expect,
        ) {
            // Parallel workers need no fault.
            continue;
        }
        for mut schedule in finds(&scenario, expect) {
            let guilty = schedule.steps.len();
            schedule.steps.extend(bystanders());
            let blame = Blame { scenario: &scenario, variant, expect, budget: BUDGET, stop: &stop };
            let faults = match blame.culprit(&schedule).unwrap() {
                Culprit::Faults(faults) => faults,
                // What hardly any other draw shows is not told.
                Culprit::NotDetermined { .. } => continue,
                found @ Culprit::Configuration(_) => panic!("{}: {found:?}", scenario.name),
            };
            let needed: Vec<usize> = faults.needed.iter().map(|needed| needed.step).collect();
            assert!(
                needed.iter().all(|step| *step < guilty),
                "{}: {needed:?} of {}",
                scenario.name,
                schedule.to_json()
            );
            let mut without = schedule.clone();
            without.steps.remove(needed[0]);
            assert!(!shows(&scenario, variant, &without, expect), "{}", scenario.name);
            assert!(shows(&scenario, variant, &faults.schedule, expect), "{}", scenario.name);
            let report =
                run(&scenario, variant, ENGINE, schedule, Keep { history: true, ..Keep::default() }).unwrap();
            let anomalies = &report.verdict.anomalies;
            let anomaly =
                anomalies.iter().find(|a| (a.kind, a.path) == (expect.anomaly, expect.path)).unwrap();
            let (names, entries) = report.history.as_ref().unwrap();
            let story = tell(&[&anomaly.messages[0]], &[], names, entries);
            assert!(!story.lines.is_empty(), "{}: {story:?}", scenario.name);
            let lost = expect.anomaly == Kind::LostAcked;
            // What was read too early may be gone, or have come once more.
            let may_be_lost = expect.anomaly == Kind::DirtyRead;
            // Nobody has it any more, or one that nobody reads from: only where a follower cuts its log unasked, that one keeps it.
            let left_behind = !story.left_behind.is_empty();
            let keeps = scenario.name == "high-watermark-truncation";
            assert!(!left_behind || keeps || may_be_lost, "{}: {story:?}", scenario.name);
            let told = story.last_copy.is_some() != left_behind;
            assert!(told == lost || may_be_lost, "{}: {story:?}", scenario.name);
            explained += 1;
        }
    }
    assert!(explained >= 20, "only {explained}");
}

fn culprit(name: &str, schedule: impl FnOnce(&Scenario, &Variant) -> Schedule) -> Culprit {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == name).unwrap();
    let variant = &scenario.variants[0];
    let (expect, stop) = (variant.expect.unwrap(), Stop::new());
    let blame = Blame { scenario, variant, expect, budget: BUDGET, stop: &stop };
    blame.culprit(&schedule(scenario, variant)).unwrap()
}

#[test]
fn no_fault_is_blamed_for_what_the_configuration_does_by_itself() {
    let culprit = culprit("parallel-workers-one-key", |scenario, variant| draw(scenario, variant, ENGINE, 0));
    let Culprit::Configuration(alone) = &culprit else { panic!("{culprit:?}") };
    assert!(alone.schedule.steps.is_empty() && alone.other_draws.came > 50, "{culprit:?}");
    assert_eq!(culprit.brief(), "the configuration");
}

#[test]
fn nobody_is_blamed_for_what_another_engine_found_and_direct_does_not_show() {
    let quiet = |scenario: &Scenario, variant: &Variant| {
        let engine = "turmoil".to_owned();
        Schedule { engine, steps: Vec::new(), ..draw(scenario, variant, ENGINE, 0) }
    };
    let culprit = culprit("leader-only-ack-crash", quiet);
    assert!(matches!(culprit, Culprit::NotDetermined { .. }), "{culprit:?}");
}

/// Runs that show something, in which a step was withheld that another is timed behind; and what they show.
fn timed_by_a_withheld_step(scenario: &Scenario) -> impl Iterator<Item = (Schedule, Expect)> {
    let runs = (1_000..2_000).map(move |seed| {
        let schedule = draw(scenario, &scenario.variants[0], ENGINE, seed);
        run(scenario, &scenario.variants[0], ENGINE, schedule, Keep::default()).unwrap()
    });
    runs.filter_map(|report| {
        let next = |step: usize| report.schedule.steps.get(step + 1);
        let timed = |&step: &usize| next(step).is_some_and(|next| next.at.is_behind());
        let found = report.verdict.anomalies.first().filter(|_| report.withheld.iter().any(timed))?;
        let expect = Expect { anomaly: found.kind, path: found.path };
        Some((report.schedule, expect))
    })
}

#[test]
fn a_run_comes_again_though_a_step_was_withheld_that_another_is_timed_behind() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "last-replica-standing").unwrap();
    let (variant, stop, mut tried) = (&scenario.variants[0], Stop::new(), 0);
    for (schedule, expect) in timed_by_a_withheld_step(scenario) {
        let told = Blame { scenario, variant, expect, budget: BUDGET, stop: &stop }
            .culprit(&schedule)
            .unwrap()
            .told();
        assert!(!told[0].contains("does not come again"), "{told:?}");
        tried += 1;
    }
    assert!(tried > 0, "no seed of these shows anything of the kind any more");
}

#[test]
fn an_experiment_that_may_not_go_on_blames_nobody() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "flush-async-power-loss").unwrap();
    let variant = &scenario.variants[0];
    let (expect, stop) = (variant.expect.unwrap(), Stop::new());
    let found = finds(scenario, expect).remove(0);
    let within = |budget| Blame { scenario, variant, expect, budget, stop: &stop }.culprit(&found).unwrap();
    assert!(matches!(within(BUDGET), Culprit::Faults(_)));
    assert!(matches!(within(20), Culprit::NotDetermined { .. }));
    stop.stop();
    let culprit = within(BUDGET);
    assert_eq!(culprit.told(), ["culprit: not determined; interrupted"]);
}

#[test]
fn a_failing_test_says_what_the_run_needs_and_gives_the_schedule_that_shows_it_again() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "flush-async-power-loss").unwrap();
    let variant = &scenario.variants[0];
    let expect = variant.expect.unwrap();
    let found = finds(scenario, expect).remove(0);
    let report = run(scenario, variant, ENGINE, found, Keep::default()).unwrap();
    let said = why(scenario, variant, &report);
    assert!(
        said.contains("is in no log at the end") && said.contains("\nculprit: power-loss of broker-"),
        "{said}"
    );
    let again = Schedule::from_json(&said[said.find("\n{").unwrap()..]).unwrap();
    assert!(shows(scenario, variant, &again, expect), "{said}");
}

#[test]
fn the_story_of_a_lost_record_reads_as_what_happened_to_it() {
    let catalogue = catalogue();
    let scenario = catalogue.iter().find(|scenario| scenario.name == "leader-only-ack-crash").unwrap();
    let variant = &scenario.variants[0];
    let witness = variant.witness.as_ref().unwrap();
    let schedule = Schedule {
        steps: witness.steps.clone(),
        knobs: [("records".to_owned(), witness.records)].into(),
        ..draw(scenario, variant, ENGINE, 0)
    };
    let report = run(scenario, variant, ENGINE, schedule, Keep { history: true, ..Keep::default() }).unwrap();
    let (names, entries) = report.history.as_ref().unwrap();
    let story = tell(&[&report.verdict.anomalies[0].messages[0]], &[], names, entries);
    let lines: Vec<String> =
        story.lines.iter().map(|(time, what)| format!("{:>9} us  {what}", time)).collect();
    insta::assert_snapshot!(format!("{}\nlast copy {:?}", lines.join("\n"), story.last_copy.unwrap()));
}
