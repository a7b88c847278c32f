//! Micro-operations: `[:send k v]`, `[:poll {k [[offset v] ..]}]`, `[:append k v]`, `[:r k [..]]`,
//! `[:w k v]`, `[:r k v]`; and rebalances.

use super::Reading;
use crate::edn::{Bracket, Token, Wrong};
use crate::jepsen::history::Verb;

impl Reading<'_, '_> {
    /// The rest of a micro-operation.
    pub(super) fn micro(&mut self, verb: &str, place: u32) -> Result<(), Wrong> {
        match verb {
            "send" => self.send(place)?,
            "poll" => self.poll(place)?,
            "append" => self.change(Verb::Append, place)?,
            "w" => self.change(Verb::Write, place)?,
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

    pub(super) fn send(&mut self, place: u32) -> Result<(), Wrong> {
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
    pub(super) fn pair(&mut self) -> Result<(), Wrong> {
        let offset = self.integer()?;
        let value = self.id()?;
        self.history.element(value, offset);
        match self.tokens.some()? {
            Token::Close => Ok(()),
            _ => Err(self.tokens.wrong("an [offset value] pair has two elements")),
        }
    }

    pub(super) fn poll(&mut self, place: u32) -> Result<(), Wrong> {
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

    pub(super) fn polled(&mut self, place: u32) -> Result<(), Wrong> {
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

    pub(super) fn change(&mut self, verb: Verb, place: u32) -> Result<(), Wrong> {
        let key = self.id()?;
        self.history.micro(verb, place, key, false);
        let value = self.id()?;
        self.history.element(value, None);
        Ok(())
    }

    pub(super) fn read(&mut self, place: u32) -> Result<(), Wrong> {
        let key = self.id()?;
        let from = self.tokens.at();
        match self.tokens.some()? {
            Token::Nil => self.history.micro(Verb::Read, place, key, false),
            Token::Open(Bracket::Vector | Bracket::List) => {
                self.history.micro(Verb::Read, place, key, true);
                self.elements()?;
            }
            first => {
                self.history.micro(Verb::Got, place, key, false);
                let value = self.whole(first, from)?;
                self.history.element(value, None);
            }
        }
        Ok(())
    }

    /// `[{:keys [k ..]} ..]`: which keys changed hands while the operation went on.
    pub(super) fn rebalances(&mut self) -> Result<(), Wrong> {
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

    pub(super) fn rebalance(&mut self) -> Result<(), Wrong> {
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
}
