//! The lines of a table: separated columns under a header, in quotes where they hold a separator, a quote or a newline.

use std::io::BufRead;

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};

use super::Problem;
use super::lines::Lines;
use super::row::{Cell, Header};
use crate::files::ReadError;

/// Cuts records into columns.
#[derive(Debug)]
pub(super) struct Table {
    cutter: csv_core::Reader,
    separator: u8,
    /// The unquoted columns of the record, one behind the other, and where each ends.
    fields: Vec<u8>,
    ends: Vec<usize>,
    /// How many columns the header has.
    columns: usize,
}

impl Table {
    /// Reads the header, which is the line that was read.
    pub(super) fn new<R: BufRead>(
        separator: u8,
        lines: &mut Lines<R>,
        header: &mut Header,
    ) -> Result<Self, ReadError> {
        let cutter = ReaderBuilder::new().delimiter(separator).terminator(Terminator::Any(b'\n')).build();
        let mut table = Table { cutter, separator, fields: Vec::new(), ends: Vec::new(), columns: 0 };
        let cells = table.cut(lines)?;
        for (number, cell) in cells.into_iter().enumerate() {
            let name = cell.text.unwrap_or_default();
            // A nameless column, as behind a separator at the end, can be read by nobody.
            let name = if name.trim().is_empty() { format!("column {}", number + 1) } else { name };
            if header.number(name.trim()) != number {
                return Err(lines.error(cell.at, Problem::TwoColumns(name).into()));
            }
        }
        table.columns = header.names().len();
        Ok(table)
    }

    /// The columns of the line that was read.
    pub(super) fn cells<R: BufRead>(&mut self, lines: &mut Lines<R>) -> Result<Vec<Cell>, ReadError> {
        let cells = self.cut(lines)?;
        if cells.len() == self.columns {
            return Ok(cells);
        }
        let (found, wanted) = (cells.len(), self.columns);
        Err(lines.error(0, Problem::Ragged { found, wanted }.into()))
    }

    fn cut<R: BufRead>(&mut self, lines: &mut Lines<R>) -> Result<Vec<Cell>, ReadError> {
        let columns = self.read(lines)?;
        let record = lines.utf8()?.as_bytes();
        let begins = begins(record, self.separator);
        let mut from = 0;
        let cut = self.ends[..columns].iter().enumerate().map(|(column, &end)| {
            let text = String::from_utf8_lossy(&self.fields[from..end]).into_owned();
            from = end;
            Cell { column, text: Some(text), at: begins.get(column).copied().unwrap_or_default() }
        });
        Ok(cut.collect())
    }

    /// Reads until the record is whole, for a quoted column may hold newlines, and says how many columns it has.
    fn read<R: BufRead>(&mut self, lines: &mut Lines<R>) -> Result<usize, ReadError> {
        self.cutter.reset();
        let mut place = Place::default();
        let mut read = 0;
        loop {
            self.make_room(lines.text().len());
            self.feed(&lines.text()[read..], &mut place);
            if self.feed(b"\n", &mut place) {
                return Ok(place.columns);
            }
            read = lines.text().len() + 1;
            if !lines.append_more()? {
                let at = begins(lines.text(), self.separator).last().copied().unwrap_or_default();
                return Err(lines.error(at, Problem::OpenQuotes.into()));
            }
        }
    }

    /// A record is never longer without its quotes, and has at most one column a byte, and one more.
    fn make_room(&mut self, length: usize) {
        let room = length + 2;
        self.fields.resize(self.fields.len().max(room), 0);
        self.ends.resize(self.ends.len().max(room), 0);
    }

    /// Hands some bytes to the cutter; whether the record ended with them. No bytes at all would mean the end of everything.
    fn feed(&mut self, bytes: &[u8], place: &mut Place) -> bool {
        if bytes.is_empty() {
            return false;
        }
        let fields = &mut self.fields[place.written..];
        let (result, _, written, columns) =
            self.cutter.read_record(bytes, fields, &mut self.ends[place.columns..]);
        place.written += written;
        place.columns += columns;
        matches!(result, ReadRecordResult::Record)
    }
}

/// How much of a record has been cut.
#[derive(Default)]
struct Place {
    written: usize,
    columns: usize,
}

/// Where in a column a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Begin,
    Bare,
    Quotes,
    /// Behind a quote that ends the quotes, unless another follows.
    Quote,
}

/// Where each column begins in a record, in bytes from 1.
fn begins(record: &[u8], separator: u8) -> Vec<usize> {
    let (mut begins, mut within) = (vec![1], Within::Begin);
    for (at, &byte) in (1..).zip(record) {
        within = match (within, byte) {
            (Within::Begin | Within::Quote, b'"') => Within::Quotes,
            (Within::Quotes, b'"') => Within::Quote,
            (Within::Quotes, _) => Within::Quotes,
            _ if byte == separator => {
                begins.push(at + 1);
                Within::Begin
            }
            _ => Within::Bare,
        };
    }
    begins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Problem as FileProblem;

    fn cells(text: &str) -> Result<Vec<Vec<(String, usize)>>, ReadError> {
        let mut lines = Lines::new(text.as_bytes())?;
        lines.next()?;
        let mut table = Table::new(b',', &mut lines, &mut Header::default())?;
        let mut rows = Vec::new();
        while lines.next()? {
            let cells = table.cells(&mut lines)?;
            rows.push(cells.into_iter().map(|cell| (cell.text.unwrap(), cell.at)).collect());
        }
        Ok(rows)
    }

    #[test]
    fn quotes_hold_separators_quotes_and_newlines_and_a_column_is_where_it_begins() {
        let rows = cells("a,b,c\r\n1,\"x, \"\"y\"\"\r\nz\",3\r\n\r\n,5\" disk,\"\"").unwrap();
        let own = |row: &[(&str, usize)]| row.iter().map(|(text, at)| ((*text).to_owned(), *at)).collect();
        let wanted: [Vec<(String, usize)>; 2] =
            [own(&[("1", 1), ("x, \"y\"\nz", 3), ("3", 16)]), own(&[("", 1), ("5\" disk", 2), ("", 10)])];
        assert_eq!(rows, wanted);
    }

    #[test]
    fn a_record_that_does_not_fit_its_header_is_refused_where_it_begins() {
        let refused = |text: &str| {
            let error = cells(text).unwrap_err();
            format!("{}:{} {}", error.line, error.column, error.problem)
        };
        insta::assert_snapshot!(refused("a,b\n1,\"x\ny\"\n1,2,3\n"), @"4:1 3 columns where the header has 2");
        insta::assert_snapshot!(refused("a,b\n1,\"x\n2,y\n"), @"2:3 the quotes that begin here never end");
        insta::assert_snapshot!(refused("a,b,a\n"), @"1:5 two columns are called `a`");
        let error = Lines::new(&b"a,b\n1,\xff\n"[..]).and_then(|mut lines| {
            lines.next()?;
            let mut table = Table::new(b',', &mut lines, &mut Header::default())?;
            lines.next()?;
            table.cells(&mut lines)
        });
        let error = error.unwrap_err();
        assert!(matches!(error.problem, FileProblem::NotUtf8));
        assert_eq!((error.line, error.column), (2, 3));
    }
}
