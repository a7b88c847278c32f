//! `lab sweep`

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::interrupt::on_interrupt;
use super::report::{Outcome, rows};
use super::run::cores;
use super::{Exit, LabError, names};
use crate::find::sweep::{Campaign, CampaignError, Results, Row, Shard, Summary};
use crate::lab::output::{complain, say};
use crate::lab::store::Store;
use crate::scenario::Scenario;
use crate::seed::SEEDS_END;
use crate::stop::Stop;

/// How many seeds a sweep takes when nothing else is said.
const SEEDS: Range<u64> = 0..1_000;

/// What to sweep.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only scenarios whose name contains this.
    pattern: Option<String>,
    /// Only this variant.
    #[arg(long)]
    variant: Option<String>,
    /// The simulator; can be given several times [default: every simulator of this build].
    #[arg(long)]
    engine: Vec<String>,
    /// A range of seeds, the end not included [default: 0..1000].
    #[arg(long, value_name = "A..B", value_parser = names::seeds, conflicts_with = "for_")]
    seeds: Option<Range<u64>>,
    /// As many seeds as this time allows, all variants in turn: 30s, 10m.
    #[arg(long = "for", id = "for_", value_name = "TIME", value_parser = names::duration)]
    for_: Option<Duration>,
    /// How many threads [default: one for each core].
    #[arg(long, value_parser = names::jobs)]
    jobs: Option<usize>,
    /// One of several equal parts, for several machines: 2/5 is the second of five. `lab merge` puts them together.
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE)]
    shard: Shard,
    /// Print JSON, one line for each variant on each engine.
    #[arg(long)]
    json: bool,
}

/// Sweeps, or goes on with what was begun.
pub fn sweep(catalogue: &[Scenario], store: &Store, args: &Args) -> Result<Exit, LabError> {
    let engines = names::simulators_among(&args.engine)?;
    let rows = rows(catalogue, args.pattern.as_deref(), args.variant.as_deref(), &engines)?;
    let seeds = args.seeds.clone().unwrap_or(if args.for_.is_some() { 0..SEEDS_END } else { SEEDS });
    let campaign = Campaign { rows, seeds, shard: args.shard, jobs: args.jobs.unwrap_or_else(cores) };
    let folder = store.root().join("sweep");
    let mut results = Results::open(&folder)?;
    let stop = on_interrupt();
    let swept = conduct(&campaign, &mut results, args.for_, stop, args.json);
    let outcome = Outcome::of(&campaign.due(results.ledger()), results.ledger(), store, None, stop)?;
    let published = if swept.is_ok() { outcome.publish(&folder) } else { Ok(()) };
    if args.json {
        outcome.print_json()?;
    } else {
        outcome.print();
        told(&folder, stop);
    }
    swept?;
    published?;
    Ok(outcome.exit())
}

fn told(folder: &Path, stop: &Stop) {
    if stop.stopped() {
        say!("Interrupted: this is what has run so far. The same command goes on from here.");
    }
    say!("Results: {0}/results.jsonl, {0}/junit.xml, {0}/summary.md", folder.display());
}

/// Runs what is missing, with a bar.
pub fn conduct(
    campaign: &Campaign<'_>,
    results: &mut Results,
    time: Option<Duration>,
    stop: &Stop,
    quiet: bool,
) -> Result<(), LabError> {
    if let Some(aside) = &results.set_aside {
        complain!("the results of another build were set aside as {}", aside.display());
    }
    let bar = if quiet { ProgressBar::hidden() } else { bar(campaign, results, time) };
    let (found, broken) = (AtomicU64::new(0), AtomicU64::new(0));
    let (enough, deadline) = (Stop::new(), time.map(|time| Instant::now() + time));
    let progress = |row: &Row<'_>, summary: &Summary| {
        let found =
            found.fetch_add(summary.finds.len() as u64, Ordering::Relaxed) + summary.finds.len() as u64;
        let broken = broken.fetch_add(summary.violated, Ordering::Relaxed) + summary.violated;
        bar.inc(summary.runs);
        bar.set_message(format!("{found} found, {broken} broken"));
        for (signature, first) in &summary.broken {
            bar.println(format!("BROKEN {signature}: {} from seed {}", row.name().join(" "), first.seed));
        }
        if stop.stopped() || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            enough.stop();
        }
    };
    let swept = campaign.run(results, &enough, &progress);
    bar.finish_and_clear();
    swept.map_err(|error| match error {
        CampaignError::Engine(error) => LabError::Engine(error),
        CampaignError::Results(error) => LabError::Results(error),
        panicked @ CampaignError::Panicked { .. } => LabError::Worker(panicked),
    })
}

fn bar(campaign: &Campaign<'_>, results: &Results, time: Option<Duration>) -> ProgressBar {
    let (bar, template) = match time {
        Some(_) => (ProgressBar::new_spinner(), "{spinner} {elapsed} {pos} runs, {per_sec}, {msg}"),
        None => {
            let missing = campaign.runs(results.ledger());
            (ProgressBar::new(missing), "{wide_bar} {pos}/{len} runs, {per_sec}, {eta} left, {msg}")
        }
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
