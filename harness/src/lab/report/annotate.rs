//! What a workflow on GitHub reads from a job: annotations on its output, and the file of its summary.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::{Evidence, RowOutcome, io_error};
use crate::lab::{LabError, this_program};

/// One annotation for each signature, whichever engines and variants show it.
pub fn print(rows: &[RowOutcome<'_>]) {
    let mut signatures: BTreeMap<&str, &Evidence> = BTreeMap::new();
    for evidence in rows.iter().flat_map(|row| &row.evidence) {
        if let Some(signature) = &evidence.signature {
            signatures.entry(signature).or_insert(evidence);
        }
    }
    for (signature, evidence) in signatures {
        let again = format!("{} replay {}", this_program(), evidence.schedule.display());
        println!("::error title=broken promise: {}::{}", escaped(signature), escaped(&again));
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
