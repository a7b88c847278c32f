//! What a workflow on GitHub reads from a job: annotations on its output, and the file of its summary.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::{Finding, io_error};
use crate::lab::LabError;
use crate::lab::output::{again, say};

/// One annotation for each finding.
pub fn print(findings: &[Finding]) {
    for finding in findings {
        let again = again("replay", &finding.schedule);
        let Finding { runs, first, culprit, .. } = finding;
        let told = format!("in {runs} runs, first {first}: {again}; culprit: {}", culprit.brief());
        say!("::error title=broken promise: {}::{}", escaped(&finding.class), escaped(&told));
    }
}

/// Adds the summary to what the job has said so far.
pub fn append(file: &Path, summary: &str) -> Result<(), LabError> {
    let opened = OpenOptions::new().append(true).create(true).open(file);
    opened.and_then(|mut opened| opened.write_all(summary.as_bytes())).map_err(io_error(file))
}

/// The characters that end a message have names of their own.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
