//! A file of either shape, row by row.

use std::io::BufRead;

use super::Problem;
use super::lines::Lines;
use super::row::{Cell, Header};
use super::separator::{self, sniff};
use super::table::Table;
use super::{object, said::Said};
use crate::files::{Problem as FileProblem, ReadError};

/// The rows of a file.
#[derive(Debug)]
pub(super) struct Source<R> {
    lines: Lines<R>,
    header: Header,
    shape: Shape,
    /// Whether the line that was read first is a row: JSON lines have no header.
    pending: bool,
}

#[derive(Debug)]
enum Shape {
    Objects,
    Table(Box<Table>),
}

impl<R: BufRead> Source<R> {
    /// Finds out which shape the file has by its first line; `None` where it has none.
    pub(super) fn new(input: R, said: &mut Said) -> Result<Option<Self>, ReadError> {
        let (mut lines, mut header) = (Lines::new(input)?, Header::default());
        if !lines.next()? {
            return Ok(None);
        }
        lines.utf8()?;
        if lines.text().trim_ascii_start().starts_with(b"{") {
            return Ok(Some(Source { lines, header, shape: Shape::Objects, pending: true }));
        }
        if lines.text().trim_ascii_start().starts_with(b"[") {
            return Err(lines.error(0, Problem::Array.into()));
        }
        let no_table = |lines: &Lines<R>| lines.error(0, Problem::NoTable.into());
        let separator = sniff(lines.text()).ok_or_else(|| no_table(&lines))?;
        said.note(format!("a table whose columns are separated by {}", separator::called(separator)));
        let table = Table::new(separator, &mut lines, &mut header)?;
        Ok(Some(Source { lines, header, shape: Shape::Table(Box::new(table)), pending: false }))
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Cell>>, ReadError> {
        if !std::mem::take(&mut self.pending) && !self.lines.next()? {
            return Ok(None);
        }
        match &mut self.shape {
            Shape::Table(table) => table.cells(&mut self.lines).map(Some),
            Shape::Objects => self.object().map(Some),
        }
    }

    fn object(&mut self) -> Result<Vec<Cell>, ReadError> {
        let text = self.lines.utf8()?;
        if !text.trim_ascii_start().starts_with('{') {
            return Err(self.lines.error(0, FileProblem::NotAnObject));
        }
        let cells = object::cells(text, &mut self.header);
        cells.map_err(|error| self.lines.error(error.column(), FileProblem::Json((&error).into())))
    }

    /// The columns that were met so far.
    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// The number of the line that was read last, from 1.
    pub(super) fn line(&self) -> usize {
        self.lines.line()
    }

    /// An error at a place of the row that was read last, in bytes from 1; 0 where the whole row is meant.
    pub(super) fn error(&self, at: usize, problem: Problem) -> ReadError {
        self.lines.error(at, problem.into())
    }
}
