//! The names of a history, and the identities of its messages: numbers, and the texts behind them.

use std::collections::BTreeMap;

use super::{Name, TopicPartition};

/// The identity of a business fact, the same over every retry.
///
/// Ids of the form `p<producer>-<number>` are packed as they are; any other id is interned in [`Names`] and belongs to
/// producer [`MessageId::FOREIGN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// The producer's number.
    pub producer: u32,
    /// The number of the intent at this producer, or of the interned id.
    pub number: u32,
}

impl MessageId {
    /// The producer of every id that is not of the lab's own form.
    pub const FOREIGN: u32 = u32::MAX;

    /// Reads `p<producer>-<number>` in the one way it is written; `None` for any other text.
    fn packed(text: &str) -> Option<Self> {
        let (producer, number) = text.strip_prefix('p')?.split_once('-')?;
        let id = MessageId { producer: plain(producer)?, number: plain(number)? };
        (id.producer != Self::FOREIGN).then_some(id)
    }
}

/// A number without sign or leading zeros, so that reading and writing an id are inverse.
fn plain(digits: &str) -> Option<u32> {
    let plain = digits == "0" || digits.starts_with(|first: char| matches!(first, '1'..='9'));
    plain.then(|| digits.parse().ok()).flatten()
}

/// The names behind the numbers of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    names: Vec<String>,
    numbers: BTreeMap<String, u32>,
}

impl Names {
    /// The number of a name; the same text gets the same number.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(&number) = self.numbers.get(text) {
            return Name(number);
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        Name(number)
    }

    /// All of them, in the order of their numbers.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The text of a name; `?` for a number that was never given.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        self.names.get(name.0 as usize).map_or("?", String::as_str)
    }

    /// The text of a message id.
    #[must_use]
    pub fn message(&self, id: MessageId) -> String {
        if id.producer == MessageId::FOREIGN {
            self.text(Name(id.number)).to_owned()
        } else {
            format!("p{}-{}", id.producer, id.number)
        }
    }

    /// The id behind a text: the inverse of [`Names::message`].
    pub fn identify(&mut self, text: &str) -> MessageId {
        MessageId::packed(text)
            .unwrap_or_else(|| MessageId { producer: MessageId::FOREIGN, number: self.intern(text).0 })
    }

    /// The text of a log, as `topic/partition`.
    #[must_use]
    pub fn log(&self, log: TopicPartition) -> String {
        format!("{}/{}", self.text(log.topic), log.partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_and_its_text_are_inverse() {
        let texts = [
            "p1-0",
            "p1-17",
            "p0-4294967295",
            "p01-7",
            "p1-07",
            "p1-",
            "p-1",
            "p1-1-1",
            "p+1-2",
            "p1",
            "order-7",
            "",
            "p4294967295-1",
            "p4294967296-1",
            "p1-99999999999",
        ];
        let mut names = Names::default();
        let ids = texts.map(|text| names.identify(text));
        assert_eq!(ids.map(|id| names.message(id)), texts);
        assert_eq!(ids[1], MessageId { producer: 1, number: 17 });
        assert!(ids[3..].iter().all(|id| id.producer == MessageId::FOREIGN));
    }

    #[test]
    fn one_text_has_one_number() {
        let mut names = Names::default();
        let [first, second, again] = ["billing", "ledger", "billing"].map(|text| names.intern(text));
        assert_eq!(first, again);
        assert_ne!(first, second);
        assert_eq!(names.text(second), "ledger");
        assert_eq!(names.text(Name(9)), "?");
    }
}
