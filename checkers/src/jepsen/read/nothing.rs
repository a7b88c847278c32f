//! Whether an `:error` says that there was nothing to take.
//!
//! Clients of queues end such a dequeue as failed, with `:empty` (RabbitMQ, RocketMQ) or `:exhausted` (Kafka), sometimes as the first
//! word of a vector. Any other error says nothing of the queue.

use super::Reading;
use crate::edn::{Bracket, Token, Wrong};

/// The words that say so.
const WORDS: &[&str] = &["empty", "exhausted"];

impl Reading<'_, '_> {
    /// What the next value says.
    pub(super) fn nothing(&mut self) -> Result<bool, Wrong> {
        match self.tokens.some()? {
            Token::Open(Bracket::Vector | Bracket::List) => {
                let first = self.tokens.some()?;
                let nothing = says_so(&first);
                self.rest_of(&first)?;
                Ok(nothing)
            }
            other => {
                let nothing = says_so(&other);
                self.tokens.skip_rest(&other)?;
                Ok(nothing)
            }
        }
    }
}

fn says_so(token: &Token<'_>) -> bool {
    match token {
        Token::Keyword(word) => WORDS.contains(word),
        Token::Text(word) => WORDS.contains(&word.as_ref()),
        _ => false,
    }
}

/// What an error says that was printed without quotes, as it stands at the end of a line.
pub(super) fn printed(error: &str) -> bool {
    let begins = error.trim_start_matches(['[', '(', ':', ' ']);
    let word = begins.split([' ', ',', ']', ')', '\t', '\r', '\n']).next().unwrap_or_default();
    WORDS.contains(&word)
}
