//! Which column of a row is which field: as it was said, else by what such columns are usually called.

use std::collections::BTreeSet;

use super::Problem;
use super::field::{FIELDS, Field, folded};
use super::mapping::{Mapped, Mapping};
use super::row::{Cell, Header};
use super::said::Said;

/// What is known of the columns that were met.
#[derive(Debug)]
pub(super) struct Columns {
    mapping: Mapping,
    /// By column: the fields that it may be.
    serves: Vec<Vec<Field>>,
    /// The columns that were read.
    read: BTreeSet<usize>,
}

impl Columns {
    /// Columns of a log of which this was said.
    pub(super) fn new(mapping: Mapping) -> Self {
        Columns { mapping, serves: Vec::new(), read: BTreeSet::new() }
    }

    /// What was said.
    pub(super) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Gets to know the columns that were met since.
    pub(super) fn meet(&mut self, header: &Header) {
        for name in &header.names()[self.serves.len()..] {
            self.serves.push(self.served_by(name));
        }
    }

    fn served_by(&self, column: &str) -> Vec<Field> {
        let promised = |mapped: &Mapped| matches!(mapped, Mapped::Column(_, said) if said == column);
        let is_mapped = self.mapping.0.iter().any(promised);
        let may_be = |field: Field| match self.mapping.columns(field) {
            Some(columns) => columns.contains(&column),
            None => !is_mapped && field.is_usually_called(column),
        };
        FIELDS.iter().map(|row| row.field).filter(|&field| may_be(field)).collect()
    }

    /// The one cell of a row that is this field. Of several the one counts whose text fits, should that be but one, or should all
    /// say the same. An empty cell says nothing.
    pub(super) fn pick<'c>(
        &mut self,
        field: Field,
        cells: &'c [Cell],
        taken: Option<usize>,
        fits: fn(&Mapping, &str) -> bool,
    ) -> Result<Option<(&'c Cell, &'c str)>, Unclear> {
        let serves = |cell: &&Cell| self.serves[cell.column].contains(&field) && taken != Some(cell.column);
        let mut found = Vec::new();
        for cell in cells.iter().filter(serves) {
            match cell.text.as_deref().map(str::trim) {
                Some("") => {}
                Some(text) => found.push((cell, text)),
                None => return Err(Unclear::NotPlain(cell.at)),
            }
        }
        if found.len() > 1 && found.iter().any(|(_, text)| *text != found[0].1) {
            let fitting: Vec<_> =
                found.iter().copied().filter(|(_, text)| fits(&self.mapping, text)).collect();
            match fitting.as_slice() {
                [one] => found = vec![*one],
                _ => return Err(Unclear::Several(found.iter().map(|(cell, _)| cell.column).collect())),
            }
        }
        Ok(found.first().copied().inspect(|(cell, _)| {
            self.read.insert(cell.column);
        }))
    }

    /// Notes what a column was read as, where that was guessed.
    pub(super) fn tell(&self, field: Field, column: usize, header: &Header, said: &mut Said) {
        let name = header.name(column);
        if self.mapping.columns(field).is_none() && folded(name) != field.name() {
            said.note(format!("read `{name}` as {field}"));
        }
    }

    /// A column that was to be read and is nowhere.
    pub(super) fn nowhere(&self, header: &Header) -> Option<Problem> {
        self.mapping.0.iter().find_map(|mapped| match mapped {
            Mapped::Column(field, column) if !column.is_empty() && !header.names().contains(column) => {
                let columns = header.names().to_vec();
                Some(Problem::NoColumn { field: *field, column: column.clone(), columns })
            }
            _ => None,
        })
    }

    /// Whether something within an object was read.
    fn reads_within(&self, column: &str, header: &Header) -> bool {
        let within = |name: &str| name.strip_prefix(column).is_some_and(|rest| rest.starts_with('.'));
        self.read.iter().any(|&number| within(header.name(number)))
    }

    /// Notes the columns that were never read.
    pub(super) fn tell_rest(&self, header: &Header, said: &mut Said) {
        let numbered = header.names().iter().enumerate();
        let rest: Vec<String> = numbered
            .filter(|(number, name)| !self.read.contains(number) && !self.reads_within(name, header))
            .map(|(_, name)| format!("`{name}`"))
            .take(NAMED)
            .collect();
        if !rest.is_empty() {
            said.note(format!("left alone: {}", rest.join(", ")));
        }
    }
}

/// So many columns are named.
const NAMED: usize = 12;

/// Why no cell of a row is a field.
pub(super) enum Unclear {
    /// Its cell here holds neither text nor number.
    NotPlain(usize),
    /// Any of these columns may be it.
    Several(Vec<usize>),
}

impl Unclear {
    /// Where in the row, and what to say about it.
    pub(super) fn problem(self, field: Field, header: &Header) -> (usize, Problem) {
        match self {
            Unclear::NotPlain(at) => (at, Problem::NotPlain(field)),
            Unclear::Several(columns) => {
                let columns = columns.into_iter().map(|column| header.name(column).to_owned()).collect();
                (0, Problem::Ambiguous { field, columns })
            }
        }
    }
}
