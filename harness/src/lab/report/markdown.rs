//! Markdown, for the summary of a job.

use std::fmt::Write as _;

use super::{Finding, RowOutcome};
use crate::lab::Exit;
use crate::lab::output::again;

/// What is wrong first, then every row.
pub fn summary(rows: &[RowOutcome<'_>], findings: &[Finding]) -> String {
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
    for Finding { class, runs, first, schedule, culprit, signatures } in findings {
        let again = again("replay", schedule);
        let _ = writeln!(text, "- **{class}** in {runs} runs, first {first}: `{again}`");
        let _ = writeln!(text, "  culprit: {}", culprit.brief());
        let signatures = signatures.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "  <details><summary>seen as</summary>{signatures}</details>");
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
