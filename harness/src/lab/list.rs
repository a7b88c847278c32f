//! `lab list`

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::{Exit, LabError, print_json};
use crate::scenario::Scenario;
use crate::schedule::Expect;

/// What to list.
#[derive(Debug, clap::Args)]
pub struct Args {
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
}

/// Prints every scenario.
pub fn list(catalogue: &[Scenario], args: &Args) -> Result<Exit, LabError> {
    if args.json {
        let listed: Vec<_> = catalogue.iter().map(listed).collect();
        print_json(&listed)?;
        return Ok(Exit::Promised);
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["scenario", "variant", "must show", "what it teaches"]);
    for scenario in catalogue {
        for (variant, about) in
            scenario.variants.iter().zip([scenario.about].into_iter().chain(std::iter::repeat("")))
        {
            let shows = variant.expect.map_or("that it holds".to_owned(), |expect| expect.to_string());
            table.add_row([scenario.name, variant.name, &shows, about]);
        }
    }
    println!("{table}");
    Ok(Exit::Promised)
}

fn listed(scenario: &Scenario) -> Listed<'_> {
    let variants = scenario.variants.iter();
    Listed {
        name: scenario.name,
        path: scenario.path.name(),
        about: scenario.about,
        variants: variants
            .map(|variant| ListedVariant { name: variant.name, expect: variant.expect, also: &variant.also })
            .collect(),
    }
}
