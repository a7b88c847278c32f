//! What a search for defects is told as: a table, JSON, and the page that the documents keep.

use std::fmt::Write;
use std::time::Duration;

use broker::{Defect, Source, Standing};
use serde::Serialize;

use super::result::Row;
use super::result::{Find, Search};
use crate::lab::LabError;
use crate::lab::output::{self, say};

/// Everything, for machines.
#[derive(Serialize)]
struct Page<'a> {
    defects: Vec<Line<'a>>,
    /// What came of the same search with none on.
    none: Option<Baseline>,
}

#[derive(Serialize)]
struct Baseline {
    clean: bool,
    seeds: u64,
    core_seconds: f64,
}

/// One defect.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    module: &'a str,
    found: bool,
    /// `null`, or the promise that is kept all the same, and why.
    equivalent: Option<Equivalent<'a>>,
    anomaly: Option<&'a str>,
    path: Option<&'a str>,
    scenario: Option<&'a str>,
    /// How many seeds it took; where nothing was found, how many were run.
    seeds: u64,
    core_seconds: f64,
    steps: Option<usize>,
}

#[derive(Serialize)]
struct Equivalent<'a> {
    promise: &'a str,
    argument: &'a str,
}

/// Prints JSON.
pub fn print_json(rows: &[Row]) -> Result<(), LabError> {
    let defects = rows.iter().filter_map(|row| Some(line(row.defect?, row.search.as_ref()))).collect();
    let none = rows.iter().find(|row| row.defect.is_none()).map(|row| {
        let search = row.search.clone().unwrap_or_default();
        Baseline { clean: clean(row), seeds: search.seeds, core_seconds: search.core_seconds }
    });
    crate::lab::print_json(&Page { defects, none })
}

fn line(defect: Defect, search: Option<&Search>) -> Line<'_> {
    let find = search.and_then(|search| search.find.as_ref());
    let equivalent = match defect.standing() {
        Standing::Equivalent { promise, argument } => Some(Equivalent { promise: promise.name(), argument }),
        Standing::Findable | Standing::Seldom(_) => None,
    };
    Line {
        name: defect.name(),
        module: defect.site(),
        found: find.is_some(),
        equivalent,
        anomaly: find.map(|find| find.anomaly.as_str()),
        path: find.map(|find| find.path.as_str()),
        scenario: find.map(|find| find.scenario.as_str()),
        seeds: search.map_or(0, |search| search.seeds),
        core_seconds: search.map_or(0.0, |search| search.core_seconds),
        steps: find.map(|find| find.steps),
    }
}

/// Without a defect nothing is broken, and nothing is left open.
fn clean(row: &Row) -> bool {
    row.search.as_ref().is_some_and(|search| search.find.is_none() && search.aside.is_empty())
}

/// Prints a table.
pub fn print(rows: &[Row]) {
    let mut table = output::table();
    table.set_header(HEADER);
    for row in rows {
        table.add_row(cells(row));
    }
    say!("{table}\n{}", total(rows));
}

/// The page that the documents keep.
pub fn markdown(rows: &[Row], budget: Duration) -> String {
    let mut page = format!(
        "# Bugs of one line, and whether the lab notices\n\n\
         Written by `cargo defects --markdown`, on `direct`, with {} core-seconds for each. Every defect is on alone; the seeds are \
         cold; every variant that must hold is run in turn, five seeds at a time, until a promise is broken that the defect affects; a \
         variant on which its site was not reached yet has every eighth turn. \
         Where nothing was found, the seeds are those that were run, and what else was seen counts for nothing.\n\n",
        budget.as_secs()
    );
    let _ = writeln!(page, "| {} |\n|{}", HEADER.join(" | "), "---|".repeat(HEADER.len()));
    for row in rows {
        let _ = writeln!(page, "| {} |", cells(row).map(|cell| cell.replace('|', "\\|")).join(" | "));
    }
    let _ = writeln!(page, "\n{}\n\n## The defects\n", total(rows));
    for defect in rows.iter().filter_map(|row| row.defect) {
        let source = match defect.source() {
            Source::Mutation(text) => format!("mutant `{text}`"),
            Source::Report(text) => format!("report {text}"),
            Source::Rule(text) => format!("left out: {text}"),
        };
        let promises: Vec<&str> = defect.breaks().iter().map(|promise| promise.name()).collect();
        let _ = write!(
            page,
            "- `{}` in `{}` ({source}; breaks: {}). {}",
            defect.name(),
            defect.site(),
            promises.join(", "),
            defect.about()
        );
        let _ = match defect.standing() {
            Standing::Findable => writeln!(page),
            Standing::Seldom(why) => writeln!(page, " **Seldom found:** {why}"),
            Standing::Equivalent { promise, argument } => {
                writeln!(page, " **Equivalent**, {} is kept: {argument}", promise.name())
            }
        };
    }
    page
}

const HEADER: [&str; 7] = ["defect", "found", "as", "by", "seeds", "core-seconds", "steps"];

fn cells(row: &Row) -> [String; 7] {
    let name = row.defect.map_or("(none)", Defect::name).to_owned();
    let found = match (row.defect.map(Defect::standing), row.found()) {
        (None, _) if clean(row) => "clean",
        (None, _) => "NOT CLEAN",
        (Some(Standing::Equivalent { .. }), false) => "equivalent",
        (Some(_), true) => "yes",
        (Some(_), false) => "no",
    };
    let Some(search) = &row.search else {
        let never = "(its process did not end by itself)".to_owned();
        return [name, found.to_owned(), never, String::new(), String::new(), String::new(), String::new()];
    };
    let (shown, by, steps) = match &search.find {
        Some(find) => shown(find),
        None => (aside(search), String::new(), String::new()),
    };
    let (seeds, core_seconds) = (search.seeds.to_string(), format!("{:.2}", search.core_seconds));
    [name, found.to_owned(), shown, by, seeds, core_seconds, steps]
}

fn shown(find: &Find) -> (String, String, String) {
    let Find { anomaly, path, scenario, variant, .. } = find;
    (format!("{anomaly}/{path}"), format!("{scenario} {variant}"), find.steps.to_string())
}

fn aside(search: &Search) -> String {
    let share = |(what, &times): (&String, &u64)| {
        format!("({what}: {:.0} %)", 100.0 * times as f64 / search.seeds as f64)
    };
    search.aside.iter().map(share).collect::<Vec<_>>().join(" ")
}

/// How many were found, and what it took.
fn total(rows: &[Row]) -> String {
    let equivalent = |defect: Defect| matches!(defect.standing(), Standing::Equivalent { .. });
    let real = || rows.iter().filter(|row| row.defect.is_some_and(|defect| !equivalent(defect)));
    let found = || real().filter(|row| row.found());
    let mut seconds: Vec<f64> = found().filter_map(|row| Some(row.search.as_ref()?.core_seconds)).collect();
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(seconds.len() / 2).copied().unwrap_or_default();
    format!(
        "{} of {} found that are not equivalent; {median:.2} core-seconds at the median.",
        found().count(),
        real().count()
    )
}
