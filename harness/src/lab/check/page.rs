//! A judged history for people: the verdict, a table of anomalies, and an excerpt of the first witness of each.

use std::fmt::Write;
use std::path::Path;

use checkers::{Finding, Report};
use comfy_table::Table;

use crate::lab::output;

/// So much of a line of an excerpt is shown, in characters.
const WIDTH: usize = 160;

/// So many lines of an excerpt are shown.
const LINES: usize = 12;

/// What there is to tell.
pub struct Page {
    /// The checker of Jepsen's, if one was asked for, and the model.
    pub judged_by: Option<String>,
    /// The report.
    pub report: Report,
    /// For each anomaly, and then for each that is beyond: the lines of its first witness.
    pub excerpts: Vec<Vec<String>>,
}

impl Page {
    /// The page. Writing to a string cannot fail.
    pub fn told(&self, file: &Path) -> String {
        let mut page = self.verdict(file);
        let (anomalies, beyond) = (&self.report.anomalies, &self.report.beyond);
        if !anomalies.is_empty() {
            let _ = write!(page, "\n\n{}", table(anomalies));
        }
        if !beyond.is_empty() {
            let _ = write!(page, "\n\nBeyond the verdict, and without bearing on it:\n{}", table(beyond));
        }
        for (finding, excerpt) in anomalies.iter().chain(beyond).zip(&self.excerpts) {
            witness(finding, excerpt, &mut page);
        }
        page
    }

    fn verdict(&self, file: &Path) -> String {
        let Report { verdict, operations, unknown, .. } = &self.report;
        let by = match &self.judged_by {
            Some(mode) => format!("by Jepsen's definition of {mode}"),
            None => "by our own checkers".to_owned(),
        };
        let mut told = format!("{verdict}: {operations} operations of {}, {by}", file.display());
        for reason in unknown {
            let _ = write!(told, "\n  unknown: {reason}");
        }
        told
    }
}

fn table(findings: &[Finding]) -> Table {
    let mut table = output::table();
    table.set_header(["anomaly", "path", "cases", "first"]);
    for finding in findings {
        let tolerated = if finding.allowed { " (tolerated)" } else { "" };
        let path = finding.path.map_or("", |path| path.name());
        let first = finding.entries.first().map_or("", |witness| witness.sentence.as_str());
        table.add_row([
            format!("{}{tolerated}", finding.kind),
            path.to_owned(),
            finding.count.to_string(),
            first.to_owned(),
        ]);
    }
    table
}

fn witness(finding: &Finding, excerpt: &[String], page: &mut String) {
    if excerpt.is_empty() {
        return;
    }
    let _ = write!(page, "\n\nThe first {}:", finding.kind);
    for line in excerpt.iter().take(LINES) {
        let shown: String = line.chars().take(WIDTH).collect();
        let dots = if shown.len() < line.len() { "..." } else { "" };
        let _ = write!(page, "\n  {shown}{dots}");
    }
    if excerpt.len() > LINES {
        let _ = write!(page, "\n  ... and {} more", excerpt.len() - LINES);
    }
}
