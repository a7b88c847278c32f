//! `lab ci`

use std::process::{Command, Stdio};

use super::interrupt::on_interrupt;
use super::report::{Outcome, rows};
use super::run::cores;
use super::self_test::self_test;
use super::sweep::conduct;
use super::{Exit, LabError, meta, names};
use crate::engine::Engine;
use crate::find::sweep::{Campaign, Results, Shard};
use crate::lab::output::say;
use crate::lab::store::Store;
use crate::scenario::Scenario;
use crate::trace::hash_bytes;

/// What a workflow runs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The gate of a push: about five minutes on two cores.
    #[arg(long, required_unless_present = "nightly", conflicts_with = "nightly")]
    quick: bool,
    /// The sweep of a night: about twenty minutes on two cores; in shards, on several machines.
    #[arg(long)]
    nightly: bool,
    /// The commit, of which the seeds are made: every commit meets new ones [default: GITHUB_SHA, else what git says].
    #[arg(long, value_name = "HASH")]
    commit: Option<String>,
    /// How many threads [default: one for each core].
    #[arg(long, value_parser = names::jobs)]
    jobs: Option<usize>,
    /// One of several equal parts; `lab merge` puts them together, and reports.
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE)]
    shard: Shard,
}

/// How many seeds each variant runs on each simulator: quick, nightly. The unsafe ones are judged from 4,000 on.
const SEEDS: &[(Engine, u64, u64)] =
    &[(Engine::Direct, 4_000, 40_000), (Engine::Madsim, 80, 4_000), (Engine::Turmoil, 20, 2_000)];

/// Proves that the judge sees and that a seed is a run, sweeps new seeds, and reports as a workflow wants it.
pub fn ci(catalogue: &[Scenario], store: &Store, args: &Args) -> Result<Exit, LabError> {
    let commit = args.commit.clone().map_or_else(commit, Ok)?;
    let sees = self_test()?;
    if sees != Exit::Promised {
        return Ok(sees);
    }
    let same = meta::meta(catalogue, &meta::Args { engine: None, seeds: 0..1 })?;
    if same != Exit::Promised {
        return Ok(same);
    }
    let first = first_seed(&commit);
    say!("commit {commit}: seeds from {first}, shard {}", args.shard);
    let folder = store.root().join("sweep");
    let mut results = Results::open(&folder)?;
    let stop = on_interrupt();
    let engines = names::simulators(None)?;
    let (mut due, mut swept) = (Vec::new(), Ok(()));
    for &(engine, quick, nightly) in SEEDS.iter().filter(|(engine, ..)| engines.contains(engine)) {
        let campaign = Campaign {
            rows: rows(catalogue, None, None, &[engine])?,
            seeds: first..first + if args.quick { quick } else { nightly },
            shard: args.shard,
            jobs: args.jobs.unwrap_or_else(cores),
        };
        if swept.is_ok() && !stop.stopped() {
            swept = conduct(&campaign, &mut results, None, stop, false);
        }
        due.extend(campaign.due(results.ledger()));
    }
    let rows = rows(catalogue, None, None, &engines)?;
    due.sort_by_key(|due| rows.iter().position(|row| row.name() == due.row.name()));
    let failing = folder.join("failing");
    let outcome = Outcome::of(&due, results.ledger(), store, Some(&failing), stop)?;
    outcome.print();
    swept?;
    if args.shard == Shard::WHOLE {
        outcome.publish(&folder)?;
        outcome.annotate();
        return Ok(outcome.exit());
    }
    // What is missing or broken in one part is for the whole to say.
    Ok(Exit::Promised)
}

/// Every commit has its own million seeds or so; whole chunks, so that shards and repetitions fit together.
fn first_seed(commit: &str) -> u64 {
    hash_bytes(commit.trim().as_bytes()) % 1_000_000_000 * 1_000_000
}

fn commit() -> Result<String, LabError> {
    if let Ok(commit) = std::env::var("GITHUB_SHA") {
        return Ok(commit);
    }
    let asked = Command::new("git").args(["rev-parse", "HEAD"]).stderr(Stdio::null()).output();
    let answer = asked.ok().filter(|output| output.status.success());
    let nobody = "the seeds are made of the commit, and git knows none here: say any text with --commit";
    let answer = answer.ok_or_else(|| LabError::Usage(nobody.to_owned()))?;
    Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}
