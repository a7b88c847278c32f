//! From EDN to columns.

use std::io::BufRead;

use super::history::{Function, History, Operation, Verb};
use super::value::{Id, Value};
use crate::Phase;
use crate::edn::{Bracket, Forms, Token, Tokens, Wrong};
use crate::files::{Problem, ReadError};

/// Reads a history as Jepsen stores it in `history.edn`: one operation map after another, or all of them in one vector.
///
/// # Errors
/// [`ReadError`] with the line and column of the first thing that cannot be read.
pub fn read(input: impl BufRead) -> Result<History, ReadError> {
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

    fn value(&mut self) -> Result<(), Wrong> {
        let from = self.tokens.at();
        match self.tokens.some()? {
            Token::Nil => Ok(()),
            Token::Open(Bracket::Vector | Bracket::List | Bracket::Set) => self.contents(),
            first => {
                let value = self.whole(first, from)?;
                self.plain(false);
                self.history.element(value, None);
                Ok(())
            }
        }
    }

    /// A collection: of micro-operations if its first element is a vector that begins with a keyword, else of values.
    fn contents(&mut self) -> Result<(), Wrong> {
        let mut place = 0;
        let mut listed = false;
        loop {
            let from = self.tokens.at();
            let first = match self.tokens.some()? {
                Token::Close => {
                    if place == 0 {
                        self.plain(true);
                    }
                    return Ok(());
                }
                Token::Open(Bracket::Vector | Bracket::List) if !listed => {
                    let inner = self.tokens.some()?;
                    if let Token::Keyword(verb) = inner {
                        self.micro(verb, place)?;
                        place += 1;
                        continue;
                    }
                    // A vector of values: go back to its bracket by its text.
                    self.rest_of(&inner)?;
                    Token::Other(self.tokens.between(from, self.tokens.at()).trim_matches([' ', ',', '\n']))
                }
                other => other,
            };
            if !listed {
                self.plain(true);
                (listed, place) = (true, 1);
            }
            let value = self.whole(first, from)?;
            self.history.element(value, None);
        }
    }

    /// Passes over the rest of an open collection whose first token was read.
    fn rest_of(&mut self, inner: &Token<'_>) -> Result<(), Wrong> {
        if *inner == Token::Close {
            return Ok(());
        }
        self.tokens.skip_rest(inner)?;
        loop {
            match self.tokens.some()? {
                Token::Close => return Ok(()),
                other => self.tokens.skip_rest(&other)?,
            }
        }
    }

    /// The rest of a micro-operation.
    fn micro(&mut self, verb: &str, place: u32) -> Result<(), Wrong> {
        match verb {
            "send" => self.send(place)?,
            "poll" => self.poll(place)?,
            "append" => self.append(place)?,
            "r" => self.read(place)?,
            _ => self.history.micro(Verb::Unknown, place, 0, false),
        }
        loop {
            match self.tokens.some()? {
                Token::Close => return Ok(()),
                other => self.tokens.skip_rest(&other)?,
            }
        }
    }

    fn send(&mut self, place: u32) -> Result<(), Wrong> {
        let key = self.id()?;
        self.history.micro(Verb::Send, place, key, false);
        let from = self.tokens.at();
        match self.tokens.some()? {
            Token::Open(Bracket::Vector | Bracket::List) => self.pair(),
            first => {
                let value = self.whole(first, from)?;
                self.history.element(value, None);
                Ok(())
            }
        }
    }

    /// The rest of `[offset value]`.
    fn pair(&mut self) -> Result<(), Wrong> {
        let offset = self.integer()?;
        let value = self.id()?;
        self.history.element(value, offset);
        match self.tokens.some()? {
            Token::Close => Ok(()),
            _ => Err(self.tokens.wrong("an [offset value] pair has two elements")),
        }
    }

    fn poll(&mut self, place: u32) -> Result<(), Wrong> {
        // `[:poll]`: the caller closes it.
        if self.tokens.closes() {
            return Ok(());
        }
        match self.tokens.some()? {
            Token::Open(Bracket::Map) => self.polled(place),
            Token::Nil => Ok(()),
            _ => Err(self.tokens.wrong("a poll returns a map of keys to [offset value] pairs")),
        }
    }

    fn polled(&mut self, place: u32) -> Result<(), Wrong> {
        loop {
            let from = self.tokens.at();
            let key = match self.tokens.some()? {
                Token::Close => return Ok(()),
                first => self.whole(first, from)?,
            };
            self.history.micro(Verb::Poll, place, key, true);
            match self.tokens.some()? {
                Token::Nil => continue,
                Token::Open(Bracket::Vector | Bracket::List) => {}
                _ => return Err(self.tokens.wrong("a key's messages are a vector of [offset value] pairs")),
            }
            loop {
                match self.tokens.some()? {
                    Token::Close => break,
                    Token::Open(Bracket::Vector | Bracket::List) => self.pair()?,
                    _ => return Err(self.tokens.wrong("a message is an [offset value] pair")),
                }
            }
        }
    }

    fn append(&mut self, place: u32) -> Result<(), Wrong> {
        let key = self.id()?;
        self.history.micro(Verb::Append, place, key, false);
        let value = self.id()?;
        self.history.element(value, None);
        Ok(())
    }

    fn read(&mut self, place: u32) -> Result<(), Wrong> {
        let key = self.id()?;
        match self.tokens.some()? {
            Token::Nil => self.history.micro(Verb::Read, place, key, false),
            Token::Open(Bracket::Vector | Bracket::List) => {
                self.history.micro(Verb::Read, place, key, true);
                self.elements()?;
            }
            _ => return Err(self.tokens.wrong("a read returns a vector or nil")),
        }
        Ok(())
    }

    /// The rest of a collection of values.
    fn elements(&mut self) -> Result<(), Wrong> {
        loop {
            let from = self.tokens.at();
            match self.tokens.some()? {
                Token::Close => return Ok(()),
                first => {
                    let value = self.whole(first, from)?;
                    self.history.element(value, None);
                }
            }
        }
    }

    /// `[{:keys [k ..]} ..]`: which keys changed hands while the operation went on.
    fn rebalances(&mut self) -> Result<(), Wrong> {
        let first = self.tokens.some()?;
        if !matches!(first, Token::Open(Bracket::Vector | Bracket::List)) {
            return self.tokens.skip_rest(&first);
        }
        loop {
            match self.tokens.some()? {
                Token::Close => return Ok(()),
                Token::Open(Bracket::Map) => self.rebalance()?,
                other => self.tokens.skip_rest(&other)?,
            }
        }
    }

    fn rebalance(&mut self) -> Result<(), Wrong> {
        loop {
            match self.tokens.some()? {
                Token::Close => return Ok(()),
                Token::Keyword("keys") => match self.tokens.some()? {
                    Token::Open(Bracket::Vector | Bracket::List | Bracket::Set) => {
                        self.history.micro(Verb::Rebalanced, 0, 0, true);
                        self.elements()?;
                    }
                    other => self.tokens.skip_rest(&other)?,
                },
                other => {
                    self.tokens.skip_rest(&other)?;
                    self.tokens.skip()?;
                }
            }
        }
    }

    fn plain(&mut self, collection: bool) {
        self.history.micro(Verb::Plain, 0, 0, collection);
    }

    fn id(&mut self) -> Result<Id, Wrong> {
        let value = self.atom()?;
        Ok(self.history.values.id(value))
    }

    /// The number of a value whose first token was read.
    fn whole(&mut self, first: Token<'_>, from: usize) -> Result<Id, Wrong> {
        let value = self.rest_of_value(first, from)?;
        Ok(self.history.values.id(value))
    }

    fn atom(&mut self) -> Result<Value, Wrong> {
        let from = self.tokens.at();
        let first = self.tokens.some()?;
        self.rest_of_value(first, from)
    }

    fn rest_of_value(&mut self, first: Token<'_>, from: usize) -> Result<Value, Wrong> {
        Ok(match first {
            Token::Nil => Value::Nil,
            Token::Bool(value) => Value::Bool(value),
            Token::Int(value) => Value::Int(value),
            Token::Keyword(name) => Value::Keyword(name.to_owned()),
            Token::Text(text) => Value::Text(text.into_owned()),
            Token::Other(text) => Value::Other(text.to_owned()),
            Token::Open(_) | Token::Close => {
                self.tokens.skip_rest(&first)?;
                let text = self.tokens.between(from, self.tokens.at());
                Value::Other(text.trim_matches([' ', ',', '\n']).to_owned())
            }
        })
    }

    /// An integer, or `nil` for none.
    fn integer(&mut self) -> Result<Option<i64>, Wrong> {
        match self.tokens.some()? {
            Token::Int(value) => Ok(Some(value)),
            Token::Nil => Ok(None),
            _ => Err(self.tokens.wrong("an integer was expected here")),
        }
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
