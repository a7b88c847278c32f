//! From Jepsen's files to columns: operation maps in EDN, or the lines of `history.txt`, packed or not; told apart by what stands
//! in them.

mod line;
mod map;
mod micro;
mod nothing;
mod value;

use std::io::BufRead;

use super::history::{Function, History, Operation};
use crate::Phase;
use crate::Value;
use crate::edn::{Token, Tokens, Wrong};
use crate::files::{Problem, ReadError, skip_mark, unpack};

/// Reads a history as Jepsen stores it, packed or not: `history.edn`, one operation map after another or all of them in one vector, or
/// `history.txt`, a line for each operation with its process, type, function, value and error.
///
/// # Errors
/// [`ReadError`] with the line and column of the first thing that cannot be read.
pub fn read(input: impl BufRead) -> Result<History, ReadError> {
    let refused = |error: std::io::Error| ReadError::new(1, 1, &[], error.into());
    let mut input = unpack(input).map_err(refused)?;
    let begins = skip_mark(&mut input).and_then(|()| Start::of(&mut input)).map_err(refused)?;
    if begins.lines { line::read(input, begins.line) } else { map::read(input, begins) }
}

/// Where a file's content begins, and what it is.
struct Start {
    /// From 1.
    line: usize,
    column: usize,
    /// Whether it is lines of words: EDN begins with a bracket, a tag or a comment.
    lines: bool,
}

impl Start {
    /// Passes over what is blank.
    fn of(input: &mut impl BufRead) -> std::io::Result<Self> {
        let (mut line, mut column) = (1, 1);
        loop {
            let Some(&byte) = input.fill_buf()?.first() else {
                return Ok(Start { line, column, lines: false });
            };
            if !byte.is_ascii_whitespace() && byte != b',' {
                let lines = byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-');
                return Ok(Start { line, column, lines });
            }
            (line, column) = if byte == b'\n' { (line + 1, 1) } else { (line, column + 1) };
            input.consume(1);
        }
    }
}

/// What an operation without `:f` is.
const TRANSACTION: &str = "txn";

/// Why an operation is refused.
enum Refused {
    Syntax(Wrong),
    Index(u64),
}

impl Refused {
    /// Where in the operation's text, and what.
    fn told(self) -> (usize, Problem) {
        match self {
            Refused::Syntax(wrong) => (wrong.at, Problem::Edn(wrong.what)),
            Refused::Index(index) => (0, Problem::IndexFalls(index)),
        }
    }
}

impl From<Wrong> for Refused {
    fn from(wrong: Wrong) -> Self {
        Refused::Syntax(wrong)
    }
}

/// The reading of one operation.
struct Reading<'a, 'h> {
    tokens: Tokens<'a>,
    history: &'h mut History,
}

/// The fields of an operation, but those that become micro-operations.
#[derive(Default)]
struct Fields<'a> {
    index: Option<i64>,
    time: i64,
    process: Option<Value>,
    phase: Option<Phase>,
    function: Option<&'a str>,
    nothing: bool,
}

impl<'a> Reading<'a, '_> {
    /// Puts the fields into the row.
    fn settle(&mut self, fields: &Fields<'_>) -> Result<(), Refused> {
        let Some(phase) = fields.phase else {
            return Err(Wrong { at: 0, what: "the operation has no :type" }.into());
        };
        // Elle looks at the micro-operations alone, and reads histories that have nothing else.
        let function = fields.function.unwrap_or(TRANSACTION);
        let process = fields.process.clone().unwrap_or(Value::Nil);
        let client = matches!(process, Value::Nil | Value::Int(_));
        let process = self.history.names.id(process);
        let named = Function::NAMED.iter().find(|(name, _)| *name == function);
        let function = named.map_or_else(
            || Function::Other(self.history.names.id(Value::Keyword(function.to_owned()))),
            |&(_, function)| function,
        );
        let before = self.history.operations.iter().rev().nth(1).map(|operation| operation.index);
        let next = before.map_or(0, |before| before + 1);
        let index = fields.index.map_or(Some(next), |index| u64::try_from(index).ok());
        let index = index.filter(|&index| index >= next);
        let Some(index) = index else {
            return Err(Refused::Index(fields.index.unwrap_or_default().unsigned_abs()));
        };
        if matches!(function, Function::Enqueue | Function::Dequeue | Function::Add | Function::Generate) {
            self.history.whole();
        }
        let (time, nothing) = (fields.time, fields.nothing);
        if let Some(row) = self.history.operations.last_mut() {
            *row = Operation { index, time, process, client, phase, function, nothing, ..*row };
        }
        Ok(())
    }

    fn phase(&mut self) -> Result<Phase, Wrong> {
        Ok(match self.tokens.some()? {
            Token::Keyword("invoke") => Phase::Invoke,
            Token::Keyword("ok") => Phase::Ok,
            Token::Keyword("fail") => Phase::Fail,
            Token::Keyword("info") => Phase::Info,
            _ => return Err(self.tokens.wrong("a :type is one of :invoke, :ok, :fail and :info")),
        })
    }

    fn name(&mut self) -> Result<Option<&'a str>, Wrong> {
        match self.tokens.some()? {
            Token::Keyword(name) => Ok(Some(name)),
            Token::Nil => Ok(Some("nil")),
            _ => Err(self.tokens.wrong("an :f is a keyword")),
        }
    }
}
