//! `lab list`

use std::collections::BTreeMap;

use broker::EventKind;
use comfy_table::Table;
use serde::Serialize;

use super::{Exit, LabError, print_json};
use crate::chaos::absent::Absent;
use crate::chaos::cast::Part;
use crate::chaos::coverage::Item;
use crate::chaos::fault::FaultKind;
use crate::chaos::schedule::Expect;
use crate::engine::{Engine, Means};
use crate::lab::output::{self, say};
use crate::scenario::{Scenario, Variant};

/// What to list.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only what has this in its name, or in what is said of it; of scenarios also in their path and in what they show
    pattern: Option<String>,

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
    /// The settings that make it, by the product's names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<&'a str, &'a str>,
    /// Without whom everybody is served all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    serves_through: Vec<String>,
    /// What it does not promise, by the reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    beyond: BTreeMap<&'a str, Vec<String>>,
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

/// What a filter looks at.
trait Words {
    /// Everything about it that a pattern can be in.
    fn words(&self) -> Vec<String>;
}

impl Words for Listed<'_> {
    fn words(&self) -> Vec<String> {
        let shows =
            self.variants.iter().filter_map(|variant| variant.expect).map(|expect| expect.to_string());
        let variants = self.variants.iter().map(|variant| variant.name.to_owned());
        [self.name, self.path, self.about]
            .map(str::to_owned)
            .into_iter()
            .chain(shows)
            .chain(variants)
            .collect()
    }
}

impl Words for ListedFault {
    fn words(&self) -> Vec<String> {
        [self.name, self.about].map(str::to_owned).into()
    }
}

impl Words for ListedEvent {
    fn words(&self) -> Vec<String> {
        [self.name, self.about].map(str::to_owned).into()
    }
}

fn show<T: Serialize + Words>(
    args: &Args,
    mut listed: Vec<T>,
    table: impl Fn(&[T], &mut Table),
) -> Result<Exit, LabError> {
    if let Some(pattern) = &args.pattern {
        let pattern = pattern.to_lowercase();
        listed.retain(|one| one.words().iter().any(|word| word.to_lowercase().contains(&pattern)));
        if listed.is_empty() {
            let what = format!("nothing here has `{pattern}` in its name or in what is said of it");
            return Err(LabError::Usage(what));
        }
    }
    if args.json {
        print_json(&listed)?;
    } else {
        let mut printed = output::two_columns();
        table(&listed, &mut printed);
        say!("{printed}");
    }
    Ok(Exit::Promised)
}

fn scenarios(listed: &[Listed<'_>], table: &mut Table) {
    for scenario in listed {
        table.add_row([scenario.name, scenario.about]);
        for variant in &scenario.variants {
            let shows = variant.expect.map_or("must hold".to_owned(), |expect| format!("must show {expect}"));
            table.add_row([format!("  {}", variant.name), shows]);
            if !variant.settings.is_empty() {
                let settings: Vec<_> =
                    variant.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
                table.add_row(["    set", &settings.join(" ")]);
                if !variant.serves_through.is_empty() {
                    table.add_row(["    serves", &format!("without {}", variant.serves_through.join(", "))]);
                }
                for (reason, what) in &variant.beyond {
                    let what = what.join(", ");
                    table.add_row(["    but not", &format!("{what}: {reason}")]);
                }
            }
        }
    }
}

fn faults(listed: &[ListedFault], table: &mut Table) {
    for fault in listed {
        table.add_row([fault.name, fault.about]);
        for engine in Engine::ALL.iter().map(|engine| engine.name()) {
            table.add_row([format!("  {engine}"), fault.engines[engine].unwrap_or("-").to_owned()]);
        }
    }
}

fn events(listed: &[ListedEvent], table: &mut Table) {
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
                settings: variant.settings.iter().copied().collect(),
                serves_through: variant.serves_through.iter().map(Absent::to_string).collect(),
                beyond: beyond(variant),
                must_see: scenario.coverage(variant).map(Item::to_string).collect(),
            })
            .collect(),
    }
}

/// What a variant does not promise, by the reason: faults that it does not survive, anomalies that it does not keep out.
fn beyond(variant: &Variant) -> BTreeMap<&str, Vec<String>> {
    let excluded = variant.excluded.iter().map(|excluded| {
        let of = if excluded.of == Some(Part::Controller) { " of the controller" } else { "" };
        (excluded.reason, format!("{}{of}", excluded.fault.name()))
    });
    let open = variant.unpromised.iter().map(|open| (open.reason, open.anomaly.to_string()));
    let mut beyond: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (reason, what) in excluded.chain(open) {
        beyond.entry(reason).or_default().push(what);
    }
    beyond
}
