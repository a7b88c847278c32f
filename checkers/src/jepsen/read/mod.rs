//! From EDN to columns.

mod micro;
mod value;

use std::io::BufRead;

use super::history::{Function, History, Operation};
use crate::Phase;
use crate::Value;
use crate::edn::{Bracket, Forms, Token, Tokens, Wrong};
use crate::files::{Problem, ReadError, skip_mark};

/// Reads a history as Jepsen stores it in `history.edn`: one operation map after another, or all of them in one vector.
///
/// # Errors
/// [`ReadError`] with the line and column of the first thing that cannot be read.
pub fn read(mut input: impl BufRead) -> Result<History, ReadError> {
    skip_mark(&mut input).map_err(|error| ReadError::new(1, 0, &[], Problem::Io(error)))?;
    let mut forms = Forms::new(input);
    let mut history = History::default();
    while let Some(form) = forms.next_form()? {
        let text = match std::str::from_utf8(form) {
            Ok(text) => text,
            Err(error) => return Err(forms.error(error.valid_up_to(), Problem::NotUtf8)),
        };
        let reading = Reading { tokens: Tokens::new(text), history: &mut history };
        if let Err(refused) = reading.operation() {
            let (at, problem) = match refused {
                Refused::Syntax(wrong) => (wrong.at, Problem::Edn(wrong.what)),
                Refused::Index(index) => (0, Problem::IndexFalls(index)),
            };
            return Err(forms.error(at, problem));
        }
    }
    Ok(history)
}

/// Why an operation is refused.
enum Refused {
    Syntax(Wrong),
    Index(u64),
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

/// The fields of an operation map, but those that become micro-operations.
#[derive(Default)]
struct Fields<'a> {
    index: Option<i64>,
    time: i64,
    process: Option<Value>,
    phase: Option<Phase>,
    function: Option<&'a str>,
}

impl<'a> Reading<'a, '_> {
    fn operation(mut self) -> Result<(), Refused> {
        if self.tokens.next()? != Some(Token::Open(Bracket::Map)) {
            return Err(
                Wrong { at: 0, what: "an operation must be a map, as {:type :ok, :f :poll, ..}" }.into()
            );
        }
        // Its contents follow its row, whatever the order of the fields.
        self.history.begin();
        let fields = self.fields()?;
        self.history.close();
        self.settle(&fields)
    }

    fn fields(&mut self) -> Result<Fields<'a>, Wrong> {
        let mut fields = Fields::default();
        loop {
            let key = match self.tokens.some()? {
                Token::Close => return Ok(fields),
                Token::Keyword(key) => key,
                other => {
                    self.tokens.skip_rest(&other)?;
                    ""
                }
            };
            match key {
                "index" => fields.index = self.integer()?,
                "time" => fields.time = self.integer()?.unwrap_or_default(),
                "process" => fields.process = Some(self.atom()?),
                "type" => fields.phase = Some(self.phase()?),
                "f" => fields.function = self.name()?,
                "value" => self.value()?,
                "rebalance-log" => self.rebalances()?,
                _ => self.tokens.skip()?,
            }
        }
    }

    /// Puts the fields into the row.
    fn settle(&mut self, fields: &Fields<'_>) -> Result<(), Refused> {
        let Some(phase) = fields.phase else {
            return Err(Wrong { at: 0, what: "the operation has no :type" }.into());
        };
        let Some(function) = fields.function else {
            return Err(Wrong { at: 0, what: "the operation has no :f" }.into());
        };
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
        if let Some(row) = self.history.operations.last_mut() {
            *row = Operation { index, time: fields.time, process, client, phase, function, ..*row };
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
