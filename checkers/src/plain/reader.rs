//! Reads a plain log, line by line, into steps.

use std::io::BufRead;

use super::Promises;
use super::interpreter::Interpreter;
use super::said::Said;
use super::source::Source;
use super::step::Step;
use crate::Names;
use crate::files::ReadError;

/// A log that was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) steps: Vec<Step>,
    pub(super) names: Names,
    pub(super) said: Said,
}

/// Reads a whole log.
pub(super) fn read(input: impl BufRead, promises: &Promises) -> Result<Read, ReadError> {
    let mut said = Said::default();
    let Some(mut source) = Source::new(input, &mut said)? else {
        return Ok(Read { said, ..Read::default() });
    };
    let mut interpreter = Interpreter::new(promises, said);
    let mut steps = Vec::new();
    while let Some(cells) = source.next()? {
        let step = interpreter.step(&cells, &source);
        steps.extend(step.map_err(|(at, problem)| source.error(at, problem))?);
        interpreter.judge_gaps(&source)?;
    }
    let (names, said) = interpreter.finish(&source)?;
    Ok(Read { steps, names, said })
}

/// Reads the first row of a log.
pub(super) fn first(input: impl BufRead, promises: &Promises) -> Result<Option<Step>, ReadError> {
    let Some(mut source) = Source::new(input, &mut Said::default())? else { return Ok(None) };
    let Some(cells) = source.next()? else { return Ok(None) };
    let step = Interpreter::new(promises, Said::default()).step(&cells, &source);
    step.map_err(|(at, problem)| source.error(at, problem))
}
