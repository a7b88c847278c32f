//! `lab list`

use std::collections::BTreeMap;
use std::iter;

use broker::EventKind;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::{Exit, LabError, print_json};
use crate::coverage::Item;
use crate::engine::{Engine, Means};
use crate::fault::FaultKind;
use crate::scenario::Scenario;
use crate::schedule::Expect;

/// What to list.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The faults that a schedule can name, and how each engine does them
    #[arg(long, conflicts_with = "events")]
    faults: bool,

    /// The events at which a fault can strike
    #[arg(long)]
    events: bool,

    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    path: &'a str,
    about: &'a str,
    variants: Vec<ListedVariant<'a>>,
}

#[derive(Serialize)]
struct ListedVariant<'a> {
    name: &'a str,
    expect: Option<Expect>,
    also: &'a [Expect],
    /// What a sweep must have seen.
    must_see: Vec<String>,
}

#[derive(Serialize)]
struct ListedFault {
    name: &'static str,
    about: &'static str,
    /// By engine; `null` where it has no means.
    engines: BTreeMap<&'static str, Option<&'static str>>,
}

#[derive(Serialize)]
struct ListedEvent {
    name: &'static str,
    about: &'static str,
}

/// Prints what there is: scenarios, faults or events.
pub fn list(catalogue: &[Scenario], args: &Args) -> Result<Exit, LabError> {
    match (args.faults, args.events) {
        (true, _) => show(args, FaultKind::ALL.iter().map(|&kind| listed_fault(kind)).collect(), faults),
        (_, true) => show(
            args,
            EventKind::all().map(|kind| ListedEvent { name: kind.name(), about: kind.about() }).collect(),
            events,
        ),
        _ => show(args, catalogue.iter().map(listed).collect(), scenarios),
    }
}

fn show<T: Serialize>(
    args: &Args,
    listed: Vec<T>,
    table: impl Fn(&[T], &mut Table),
) -> Result<Exit, LabError> {
    if args.json {
        print_json(&listed)?;
    } else {
        let mut printed = Table::new();
        printed
            .load_style(presets::UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic);
        table(&listed, &mut printed);
        println!("{printed}");
    }
    Ok(Exit::Promised)
}

fn scenarios(listed: &[Listed<'_>], table: &mut Table) {
    table.set_header(["scenario", "variant", "must show", "what it teaches"]);
    for scenario in listed {
        let abouts = [scenario.about].into_iter().chain(iter::repeat(""));
        for (variant, about) in scenario.variants.iter().zip(abouts) {
            let shows = variant.expect.map_or("that it holds".to_owned(), |expect| expect.to_string());
            table.add_row([scenario.name, variant.name, &shows, about]);
        }
    }
}

fn faults(listed: &[ListedFault], table: &mut Table) {
    let engines = || Engine::ALL.iter().map(|engine| engine.name());
    table.set_header(["fault", "what it does"].into_iter().chain(engines()));
    for fault in listed {
        let means = engines().map(|engine| fault.engines[engine].unwrap_or("-"));
        table.add_row([fault.name, fault.about].into_iter().chain(means));
    }
}

fn events(listed: &[ListedEvent], table: &mut Table) {
    table.set_header(["event", "when"]);
    for event in listed {
        table.add_row([event.name, event.about]);
    }
}

fn listed_fault(kind: FaultKind) -> ListedFault {
    let means = |engine: Engine| match engine.means(kind) {
        Means::Native(how) | Means::Ours(how) => Some(how),
        Means::Missing(_) => None,
    };
    ListedFault {
        name: kind.name(),
        about: kind.about(),
        engines: Engine::ALL.iter().map(|&engine| (engine.name(), means(engine))).collect(),
    }
}

fn listed(scenario: &Scenario) -> Listed<'_> {
    let variants = scenario.variants.iter();
    Listed {
        name: scenario.name,
        path: scenario.path.name(),
        about: scenario.about,
        variants: variants
            .map(|variant| ListedVariant {
                name: variant.name,
                expect: variant.expect,
                also: &variant.also,
                must_see: scenario.coverage(variant).map(Item::to_string).collect(),
            })
            .collect(),
    }
}
