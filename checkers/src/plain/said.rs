//! What was guessed about a log, and has to be told: a reader that guesses in silence is believed for the wrong reason.

use std::collections::BTreeSet;

/// The sentences, each once, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    sentences: Vec<String>,
    known: BTreeSet<String>,
}

impl Said {
    /// Says something, once.
    pub(super) fn note(&mut self, sentence: String) {
        if self.known.insert(sentence.clone()) {
            self.sentences.push(sentence);
        }
    }

    /// All that was said.
    pub(super) fn into_sentences(self) -> Vec<String> {
        self.sentences
    }
}
