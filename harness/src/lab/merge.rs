//! `lab merge`

use std::path::PathBuf;

use super::interrupt::on_interrupt;
use super::report::{Outcome, rows};
use super::{Exit, LabError};
use crate::engine::Engine;
use crate::find::sweep::{Request, Results};
use crate::lab::store::Store;
use crate::scenario::Scenario;

/// What to put together.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stores that sweeps of this program wrote, of shards for instance.
    #[arg(required = true, value_name = "FOLDER")]
    stores: Vec<PathBuf>,
    /// Print JSON, one line for each variant on each engine.
    #[arg(long)]
    json: bool,
}

/// Puts the results of several stores into this one, each seed once, and reports on all.
pub fn merge(catalogue: &[Scenario], store: &Store, args: &Args) -> Result<Exit, LabError> {
    let folder = store.root().join("sweep");
    let parts = args.stores.iter().map(|part| Results::read(&part.join("sweep")));
    let parts = parts.collect::<Result<Vec<_>, _>>()?;
    let mut results = Results::open(&folder)?;
    for part in &args.stores {
        for request in Results::requests(&part.join("sweep"))? {
            results.ask(&request)?;
        }
    }
    for record in parts.iter().flat_map(|part| part.records()) {
        results.append_new(record)?;
    }
    let rows = rows(catalogue, None, None, Engine::ALL)?;
    let failing = folder.join("failing");
    let due = Request::due(&Results::requests(&folder)?, &rows, results.ledger());
    let outcome = Outcome::of(&due, results.ledger(), store, Some(&failing), on_interrupt())?;
    outcome.publish(&folder)?;
    if args.json {
        outcome.print_json()?;
    } else {
        outcome.print();
    }
    if std::env::var_os("GITHUB_ACTIONS").is_some() {
        outcome.annotate();
    }
    Ok(outcome.exit())
}
