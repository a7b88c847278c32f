//! `lab bench --defects`: which bugs of one line the generator finds from cold, each alone. Every defect has a process of its own,
//! since it is on in a whole process and may well keep one busy for ever.

#[cfg(feature = "defects")]
mod alone;
#[cfg(feature = "defects")]
mod draw;
#[cfg(feature = "defects")]
mod kinds;
#[cfg(feature = "defects")]
mod pages;
#[cfg(feature = "defects")]
mod result;
#[cfg(feature = "defects")]
mod together;

use std::time::Duration;

use super::super::{Exit, LabError, names};
use crate::engine::Engine;
use crate::scenario::Scenario;

/// Which defects, and how.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// Which bugs of one line, each planted alone, are found: instead. Needs a build with the feature `defects`
    #[arg(long, conflicts_with_all = ["find", "time"])]
    pub defects: bool,
    /// How much CPU time the search for each may take.
    #[arg(long, requires = "defects", value_name = "TIME", value_parser = names::duration, default_value = "60s")]
    budget: Duration,
    /// Only the defect of this name; can be given several times.
    #[arg(long, requires = "defects", value_name = "NAME")]
    only: Vec<String>,
    /// Only so many of them, drawn by `--seed`.
    #[arg(long, requires_all = ["defects", "seed"], value_name = "N", conflicts_with = "only")]
    sample: Option<usize>,
    /// What the sample is drawn by: a number, or a commit.
    #[arg(long, requires = "sample", value_name = "TEXT")]
    seed: Option<String>,
    /// How many processes at once [default: one for each core].
    #[arg(long, requires = "defects")]
    jobs: Option<usize>,
    /// Print the page that the documents keep.
    #[arg(long, requires = "defects", conflicts_with = "json")]
    markdown: bool,
    /// Search for one defect in this process, and print what comes of it as JSON.
    #[arg(long, requires = "only", hide = true)]
    alone: bool,
}

/// Searches.
#[cfg(feature = "defects")]
pub fn defects(catalogue: &[Scenario], asked: &Asked, engine: Engine, json: bool) -> Result<Exit, LabError> {
    if asked.alone { alone::alone(catalogue, asked, engine) } else { together::together(asked, engine, json) }
}

/// There are none in this build.
#[cfg(not(feature = "defects"))]
pub fn defects(_: &[Scenario], asked: &Asked, _: Engine, _: bool) -> Result<Exit, LabError> {
    let _ = (&asked.budget, &asked.only, asked.sample, &asked.seed, asked.jobs, asked.markdown, asked.alone);
    Err(LabError::Usage(
        "this build has no defects in it, and none is ever in a normal one; `cargo defects` builds one that has, or `cargo run \
         --release -p scenarios --features defects --bin lab -- bench --defects`"
            .to_owned(),
    ))
}
