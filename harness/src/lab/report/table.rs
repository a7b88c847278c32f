//! The table that people read.

use super::{Finding, RowOutcome};
use crate::engine::Engine;
use crate::lab::Exit;
use crate::lab::output::{self, say};

/// One line for each variant, one column for each engine that ran; then what is wrong, with the command that shows it again.
pub fn print(rows: &[RowOutcome<'_>], findings: &[Finding]) {
    let engines: Vec<Engine> = Engine::ALL.iter().copied().filter(|&engine| ran(rows, engine)).collect();
    let mut table = output::table();
    let header = ["variant"].into_iter().chain(engines.iter().map(|engine| engine.name()));
    table.set_header(header.chain(["seen"]));
    let mut variants: Vec<[&str; 2]> = rows.iter().map(names).collect();
    variants.dedup();
    for [scenario, variant] in variants {
        let of: Vec<&RowOutcome<'_>> = rows.iter().filter(|row| names(row) == [scenario, variant]).collect();
        let cell = |engine: &Engine| {
            of.iter().find(|row| row.row.engine == *engine).map_or(String::new(), |row| cell(row))
        };
        let seen = of.iter().map(|row| row.seen()).min().unwrap_or_default();
        let line = [format!("{scenario}\n{variant}")].into_iter().chain(engines.iter().map(cell));
        table.add_row(line.chain([seen]));
    }
    again(findings);
    say!("{table}");
    say!(
        "caught: the median and the most seeds that a find took; refused, in doubt: of sends; seen: of what a sweep of the variant must have \
         seen."
    );
    for (row, longest) in rows.iter().filter_map(|row| Some((row, row.longest_wait()?))) {
        say!("{}: longest wait, {longest}", row.row.name().join(" "));
    }
    for (row, evidence) in
        rows.iter().flat_map(|row| row.evidence.iter().map(move |evidence| (row, evidence)))
    {
        if let (None, Some(culprit)) = (&evidence.signature, &evidence.culprit) {
            let seed = evidence.seed;
            say!("{}: seed {seed} needs {}", row.row.name().join(" "), culprit.brief());
        }
    }
    for row in rows.iter().filter(|row| row.exit == Exit::Inconclusive) {
        say!("{}: {}", row.row.name().join(" "), row.doubts().join("; "));
    }
    again(findings);
}

fn ran(rows: &[RowOutcome<'_>], engine: Engine) -> bool {
    rows.iter().any(|row| row.row.engine == engine)
}

fn names<'a>(row: &RowOutcome<'a>) -> [&'a str; 2] {
    [row.row.scenario.name, row.row.variant.name]
}

fn cell(row: &RowOutcome<'_>) -> String {
    let found =
        row.seeds_to_find.map_or(String::new(), |seeds| format!(": {}, {}", seeds.median, seeds.worst));
    let summary = &row.summary;
    let unserved = [summary.refused_share(), summary.unresolved_share()].map(|share| share * 100.0);
    format!(
        "{}{found}\n{} runs\n{:.1} % refused\n{:.1} % in doubt",
        row.outcome(),
        summary.runs,
        unserved[0],
        unserved[1]
    )
}

/// How to see every broken promise again.
fn again(findings: &[Finding]) {
    for finding in findings {
        say!("BROKEN {} in {} runs, first {}", finding.class, finding.runs, finding.first);
        finding.culprit.told().iter().for_each(|line| say!("  {line}"));
        say!("  again: {}", output::again("replay", &finding.schedule));
    }
}
