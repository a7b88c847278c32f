//! Understands one row of a plain log after the other: which column is what, and what its words mean.

use std::io::BufRead;

use super::Promises;
use super::always::Always;
use super::clock::Clock;
use super::columns::Columns;
use super::field::Field;
use super::mapping::Mapping;
use super::problem::{Problem, shown};
use super::row::Cell;
use super::said::Said;
use super::source::Source;
use super::step::Step;
use super::word::{self, OPERATIONS, OUTCOMES, Operation};
use crate::files::ReadError;
use crate::{Names, Phase};

/// Where in a row something is wrong, from 1 or 0 for the whole row, and what.
pub(super) type Wrong = (usize, Problem);

/// What is known behind the lines so far.
pub(super) struct Interpreter {
    names: Names,
    said: Said,
    columns: Columns,
    clock: Clock,
    /// Keys are looked for where order is asked for.
    keys: bool,
    outcomes: Always,
    groups: Always,
    queues: Always,
}

impl Interpreter {
    /// One that has read nothing, of a log of which this was said.
    pub(super) fn new(promises: &Promises, said: Said) -> Self {
        Interpreter {
            names: Names::default(),
            said,
            columns: Columns::new(promises.mapping.clone()),
            clock: Clock::new(promises.time_unit),
            keys: promises.fifo,
            outcomes: Always::new(Field::Outcome, "where other lines do (to leave it out: --map outcome=)"),
            groups: Always::new(Field::Group, "where other lines do (to leave it out: --map group=)"),
            queues: Always::new(Field::Queue, "where other lines do (to leave it out: --map queue=)"),
        }
    }

    /// The step that a row tells; `None` for one that is not judged.
    pub(super) fn step<R: BufRead>(
        &mut self,
        cells: &[Cell],
        source: &Source<R>,
    ) -> Result<Option<Step>, Wrong> {
        self.columns.meet(source.header());
        let (operation, column) = self.operation(cells, source)?;
        if operation == Operation::Ignore {
            return Ok(None);
        }
        let phase = self.phase(cells, column, source)?;
        let client = self.needed(Field::Client, cells, source, "of this line")?;
        let (id, phase) = self.id(cells, operation, phase, source)?;
        let shares = matches!(operation, Operation::Dequeue | Operation::Ack | Operation::Nack);
        let group = if shares { self.text(Field::Group, cells, source)? } else { None };
        let key = if self.keys { self.text(Field::Key, cells, source)? } else { None };
        let sink = self.text(Field::Sink, cells, source)?;
        let queue = self.text(Field::Queue, cells, source)?;
        if shares {
            self.groups.see(group.is_some());
        }
        if id.is_some() {
            self.queues.see(queue.is_some());
        }
        let time = self.time(cells, source)?;
        let names = &mut self.names;
        // One id in two queues is two messages.
        let id = id.map(|id| queue.as_ref().map_or_else(|| id.clone(), |queue| format!("{queue}/{id}")));
        Ok(Some(Step {
            line: source.line() as u64,
            time,
            client: names.intern(&client),
            operation,
            phase,
            message: id.map(|id| names.identify(&id)),
            group: group.map(|group| names.intern(&group)),
            queue: queue.map(|queue| names.intern(&queue)),
            key: key.map(|key| names.intern(&key)),
            sink: sink.map(|sink| names.intern(&sink)),
        }))
    }

    /// The operation, and its column.
    fn operation<R: BufRead>(
        &mut self,
        cells: &[Cell],
        source: &Source<R>,
    ) -> Result<(Operation, usize), Wrong> {
        let fits = |mapping: &Mapping, word: &str| mapping.operation(word).is_some();
        let picked = self.columns.pick(Field::Operation, cells, None, fits);
        let picked = picked.map_err(|unclear| unclear.problem(Field::Operation, source.header()))?;
        let Some((cell, word)) = picked else {
            return Err(missing(Field::Operation, cells, source, "of this line"));
        };
        let found = self.columns.mapping().operation(word);
        let (operation, guessed) = found.ok_or_else(|| (cell.at, Problem::UnknownOperation(shown(word))))?;
        if guessed {
            self.said.note(format!("took `{}` for {}", shown(word), word::name(OPERATIONS, operation)));
        }
        self.columns.tell(Field::Operation, cell.column, source.header(), &mut self.said);
        Ok((operation, cell.column))
    }

    /// Begun, or how it ended; a line that tells nothing is one of an operation that succeeded.
    fn phase<R: BufRead>(
        &mut self,
        cells: &[Cell],
        operation: usize,
        source: &Source<R>,
    ) -> Result<Phase, Wrong> {
        let fits = |mapping: &Mapping, word: &str| mapping.outcome(word).is_some();
        let picked = self.columns.pick(Field::Outcome, cells, Some(operation), fits);
        let picked = picked.map_err(|unclear| unclear.problem(Field::Outcome, source.header()))?;
        self.outcomes.see(picked.is_some());
        let Some((cell, word)) = picked else { return Ok(Phase::Ok) };
        let found = self.columns.mapping().outcome(word);
        let (phase, guessed) = found.ok_or_else(|| (cell.at, Problem::UnknownOutcome(shown(word))))?;
        if guessed {
            self.said.note(format!("took `{}` for {}", shown(word), word::name(OUTCOMES, phase)));
        }
        self.columns.tell(Field::Outcome, cell.column, source.header(), &mut self.said);
        Ok(phase)
    }

    /// The message. A dequeue that ended well without one found nothing.
    fn id<R: BufRead>(
        &mut self,
        cells: &[Cell],
        operation: Operation,
        phase: Phase,
        source: &Source<R>,
    ) -> Result<(Option<String>, Phase), Wrong> {
        if operation == Operation::Dequeue {
            let id = self.text(Field::Id, cells, source)?;
            let found = if phase == Phase::Ok && id.is_none() { Phase::Fail } else { phase };
            return Ok((id.filter(|_| phase == Phase::Ok), found));
        }
        let id = self.needed(Field::Id, cells, source, "of the message that this line is about")?;
        Ok((Some(id), phase))
    }

    fn time<R: BufRead>(&mut self, cells: &[Cell], source: &Source<R>) -> Result<Option<i64>, Wrong> {
        let picked = self.columns.pick(Field::Time, cells, None, |_, _| false);
        let picked = picked.map_err(|unclear| unclear.problem(Field::Time, source.header()))?;
        let Some((cell, text)) = picked else { return Ok(None) };
        self.columns.tell(Field::Time, cell.column, source.header(), &mut self.said);
        let time = self.clock.read(text, &mut self.said);
        time.map(Some).map_err(|problem| (cell.at, problem))
    }

    fn text<R: BufRead>(
        &mut self,
        field: Field,
        cells: &[Cell],
        source: &Source<R>,
    ) -> Result<Option<String>, Wrong> {
        let picked = self.columns.pick(field, cells, None, |_, _| false);
        let picked = picked.map_err(|unclear| unclear.problem(field, source.header()))?;
        let Some((cell, text)) = picked else { return Ok(None) };
        self.columns.tell(field, cell.column, source.header(), &mut self.said);
        Ok(Some(text.to_owned()))
    }

    fn needed<R: BufRead>(
        &mut self,
        field: Field,
        cells: &[Cell],
        source: &Source<R>,
        why: &'static str,
    ) -> Result<String, Wrong> {
        let text = self.text(field, cells, source)?;
        text.ok_or_else(|| missing(field, cells, source, why))
    }

    /// Refuses a log in which some lines tell what others do not: nobody knows what those mean.
    pub(super) fn judge_gaps<R: BufRead>(&mut self, source: &Source<R>) -> Result<(), ReadError> {
        for always in [&mut self.outcomes, &mut self.groups, &mut self.queues] {
            always.judge(source)?;
        }
        Ok(())
    }

    /// Ends the reading.
    pub(super) fn finish<R: BufRead>(mut self, source: &Source<R>) -> Result<(Names, Said), ReadError> {
        if let Some(problem) = self.columns.nowhere(source.header()) {
            return Err(ReadError::new(1, 0, &[], problem.into()));
        }
        if self.outcomes.never() {
            self.said
                .note("no line tells an outcome: each is taken for an operation that succeeded".to_owned());
        }
        self.columns.tell_rest(source.header(), &mut self.said);
        Ok((self.names, self.said))
    }
}

fn missing<R: BufRead>(field: Field, cells: &[Cell], source: &Source<R>, why: &'static str) -> Wrong {
    let columns = cells.iter().map(|cell| source.header().name(cell.column).to_owned()).collect();
    (0, Problem::Missing { field, why, columns })
}
