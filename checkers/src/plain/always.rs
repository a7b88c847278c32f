//! What every line of a log tells, or none: a gap among lines that tell it is no answer.

use std::io::BufRead;

use super::field::Field;
use super::problem::Problem;
use super::source::Source;
use crate::files::ReadError;

/// Whether lines tell a field.
#[derive(Debug)]
pub(super) struct Always {
    field: Field,
    why: &'static str,
    /// Whether any line told it.
    told: bool,
    /// Whether the line that was read last had a gap.
    gap: bool,
    /// The first line with a gap.
    first_gap: Option<ReadError>,
}

impl Always {
    /// A field that no line has told yet.
    pub(super) fn new(field: Field, why: &'static str) -> Self {
        Always { field, why, told: false, gap: false, first_gap: None }
    }

    /// Notes whether a line that is to tell it does.
    pub(super) fn see(&mut self, told: bool) {
        self.told |= told;
        self.gap = !told;
    }

    /// Whether no line told it.
    pub(super) fn never(&self) -> bool {
        !self.told
    }

    /// Refuses the first gap, once any line tells the field.
    pub(super) fn judge<R: BufRead>(&mut self, source: &Source<R>) -> Result<(), ReadError> {
        if std::mem::take(&mut self.gap) && self.first_gap.is_none() {
            let columns = source.header().names().to_vec();
            let problem = Problem::Missing { field: self.field, why: self.why, columns };
            self.first_gap = Some(source.error(0, problem));
        }
        match self.first_gap.take_if(|_| self.told) {
            Some(gap) => Err(gap),
            None => Ok(()),
        }
    }
}
