//! What stands under `:value`, and the values in it.

use super::Reading;
use crate::Value;
use crate::edn::{Bracket, Token, Wrong};
use crate::jepsen::history::Verb;
use crate::jepsen::values::Id;

impl Reading<'_, '_> {
    pub(super) fn value(&mut self) -> Result<(), Wrong> {
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
    pub(super) fn contents(&mut self) -> Result<(), Wrong> {
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
                    let whole = self.nested(from);
                    self.list(&mut listed, &mut place);
                    self.history.element(whole, None);
                    continue;
                }
                other => other,
            };
            self.list(&mut listed, &mut place);
            let value = self.whole(first, from)?;
            self.history.element(value, None);
        }
    }

    /// Begins a collection of values.
    fn list(&mut self, listed: &mut bool, place: &mut u32) {
        if !*listed {
            self.plain(true);
            (*listed, *place) = (true, 1);
        }
    }

    /// The number of a collection that was read as a whole.
    fn nested(&mut self, from: usize) -> Id {
        let text = plainly(self.tokens.between(from, self.tokens.at()));
        self.history.values.id(Value::Other(text))
    }

    /// Passes over the rest of an open collection whose first token was read.
    pub(super) fn rest_of(&mut self, inner: &Token<'_>) -> Result<(), Wrong> {
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

    /// The rest of a collection of values.
    pub(super) fn elements(&mut self) -> Result<(), Wrong> {
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

    pub(super) fn plain(&mut self, collection: bool) {
        self.history.micro(Verb::Plain, 0, 0, collection);
    }

    pub(super) fn id(&mut self) -> Result<Id, Wrong> {
        let value = self.atom()?;
        Ok(self.history.values.id(value))
    }

    /// The number of a value whose first token was read.
    pub(super) fn whole(&mut self, first: Token<'_>, from: usize) -> Result<Id, Wrong> {
        let value = self.rest_of_value(first, from)?;
        Ok(self.history.values.id(value))
    }

    pub(super) fn atom(&mut self) -> Result<Value, Wrong> {
        let from = self.tokens.at();
        let first = self.tokens.some()?;
        self.rest_of_value(first, from)
    }

    pub(super) fn rest_of_value(&mut self, first: Token<'_>, from: usize) -> Result<Value, Wrong> {
        Ok(match first {
            Token::Nil => Value::Nil,
            Token::Bool(value) => Value::Bool(value),
            Token::Int(value) => Value::Int(value),
            Token::Keyword(name) => Value::Keyword(name.to_owned()),
            Token::Text(text) => Value::Text(text.into_owned()),
            Token::Other(text) => Value::Other(text.to_owned()),
            Token::Open(_) | Token::Close => {
                self.tokens.skip_rest(&first)?;
                Value::Other(plainly(self.tokens.between(from, self.tokens.at())))
            }
        })
    }

    /// An integer, or `nil` for none.
    pub(super) fn integer(&mut self) -> Result<Option<i64>, Wrong> {
        match self.tokens.some()? {
            Token::Int(value) => Ok(Some(value)),
            Token::Nil => Ok(None),
            _ => Err(self.tokens.wrong("an integer was expected here")),
        }
    }
}

/// A collection as Clojure prints a vector, so that the same collection is the same value however it is written.
fn plainly(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    for char in text.chars() {
        let blank = !quoted && !escaped && (char.is_whitespace() || char == ',');
        let closes = !quoted && !escaped && matches!(char, ')' | ']' | '}');
        if closes {
            plain.truncate(plain.trim_end_matches(' ').len());
        }
        match char {
            _ if blank => {
                if !plain.ends_with([' ', '[', '{']) && !plain.is_empty() {
                    plain.push(' ');
                }
            }
            '(' if !quoted && !escaped => plain.push('['),
            ')' if closes => plain.push(']'),
            _ => plain.push(char),
        }
        quoted ^= char == '"' && !escaped;
        escaped = char == '\\' && !escaped;
    }
    plain.truncate(plain.trim_end_matches(' ').len());
    plain
}

#[cfg(test)]
mod tests {
    use super::plainly;

    #[test]
    fn a_collection_is_the_same_however_it_is_written() {
        for text in ["[0 1]", "[0, 1]", " [0,1] ", "(0 1)", "[ 0\n1 ],"] {
            assert_eq!(plainly(text), "[0 1]", "{text}");
        }
        assert_eq!(plainly("[\"a,  (\\\" b\" [1,  2] {:k  v }]"), "[\"a,  (\\\" b\" [1 2] {:k v}]");
        assert_eq!(plainly("[\\( \\a]"), "[\\( \\a]");
    }
}
