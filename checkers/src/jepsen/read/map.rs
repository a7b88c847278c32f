//! `history.edn`: an operation is a map. The same in JSON, as elle-cli and others write it, is read alike.

use std::io::BufRead;

use super::{Fields, Reading, Refused, Start};
use crate::edn::{Bracket, Forms, Token, Tokens, Wrong};
use crate::files::{Problem, ReadError};
use crate::jepsen::History;

/// Reads one map after another.
pub(super) fn read(input: impl BufRead, begins: Start) -> Result<History, ReadError> {
    let mut forms = Forms::at(input, begins.line, begins.column);
    let mut history = History::default();
    while let Some(form) = forms.next_form()? {
        let text = match std::str::from_utf8(form) {
            Ok(text) => text,
            Err(error) => return Err(forms.error(error.valid_up_to(), Problem::NotUtf8)),
        };
        let reading = Reading { tokens: Tokens::of_map(text), history: &mut history };
        if let Err(refused) = reading.map() {
            let (at, problem) = refused.told();
            return Err(forms.error(at, problem));
        }
    }
    Ok(history)
}

impl<'a> Reading<'a, '_> {
    fn map(mut self) -> Result<(), Refused> {
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
                "error" => fields.nothing = self.nothing()?,
                "rebalance-log" => self.rebalances()?,
                _ => self.tokens.skip()?,
            }
        }
    }
}
