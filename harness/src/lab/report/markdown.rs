//! Markdown, for the summary of a job.

use std::fmt::Write as _;

use super::RowOutcome;
use crate::lab::{Exit, this_program};

/// What is wrong first, then every row.
pub fn summary(rows: &[RowOutcome<'_>]) -> String {
    let mut text = String::from("## Chaos lab\n\n");
    let count = |exit| rows.iter().filter(|row| row.exit == exit).count();
    let runs: u64 = rows.iter().map(|row| row.summary.runs).sum();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{runs} runs of {} rows: {} as promised, {} broken, {} inconclusive.\n",
        rows.len(),
        count(Exit::Promised),
        count(Exit::Violated),
        count(Exit::Inconclusive),
    );
    for row in rows.iter().filter(|row| row.exit == Exit::Violated) {
        for evidence in &row.evidence {
            let signature = evidence.signature.as_deref().unwrap_or(row.row.scenario.name);
            let (runs, file) = (evidence.runs, evidence.schedule.display());
            let _ = writeln!(text, "- **{signature}** in {runs} runs: `{} replay {file}`", this_program());
        }
    }
    for row in rows.iter().filter(|row| row.exit == Exit::Inconclusive) {
        let _ = writeln!(text, "- {} proved nothing: {}", row.row.name().join(" "), row.doubts().join("; "));
    }
    text.push_str(
        "\n| scenario | variant | engine | outcome | runs | seeds to a find: median, worst | seen |\n",
    );
    text.push_str("|---|---|---|---|---|---|---|\n");
    for row in rows {
        let found =
            row.seeds_to_find.map_or(String::new(), |seeds| format!("{}, {}", seeds.median, seeds.worst));
        let names = row.row.name().join(" | ");
        let _ = writeln!(
            text,
            "| {names} | {} | {} | {found} | {} |",
            row.outcome(),
            row.summary.runs,
            row.seen()
        );
    }
    text
}
