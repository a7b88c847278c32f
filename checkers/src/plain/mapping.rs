//! What whoever wrote a log says about its columns and words: `client=worker`, `publish=enqueue`, `success=ok`.

use std::str::FromStr;

use super::field::{FIELDS, Field, folded};
use super::word::{self, OPERATIONS, OUTCOMES, Operation};
use crate::Phase;

/// One thing that was said.
///
/// A field stands left of its column, a word of the log left of what it means. Where the left side is the name of a field, it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mapped {
    /// This field is read from this column; from none where the column is empty.
    Column(Field, String),
    /// This word means this operation.
    Operation(String, Operation),
    /// This word means this outcome.
    Outcome(String, Phase),
}

/// Why something that was said means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// There is no `=` in it.
    #[error("`{0}` maps nothing: say FIELD=COLUMN or WORD=MEANING, as in client=worker or publish=enqueue")]
    NoPair(String),
    /// Neither is its left side a field nor its right side a meaning.
    #[error(
        "`{left}` is no field ({}) and `{right}` means no operation ({}) and no outcome ({})",
        fields(),
        word::names(OPERATIONS),
        word::names(OUTCOMES)
    )]
    NoMeaning {
        /// Left of the `=`.
        left: String,
        /// Right of it.
        right: String,
    },
}

fn fields() -> String {
    FIELDS.iter().map(|row| row.name).collect::<Vec<_>>().join(", ")
}

impl FromStr for Mapped {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Self, MappingError> {
        let (left, right) = text.split_once('=').ok_or_else(|| MappingError::NoPair(text.to_owned()))?;
        let (left, right) = (left.trim(), right.trim());
        if let Some(field) = Field::named(left) {
            return Ok(Mapped::Column(field, right.to_owned()));
        }
        // Here a meaning is called by its own name: a synonym of it might be meant otherwise.
        if let Some(row) = OPERATIONS.iter().find(|row| row.name == right) {
            return Ok(Mapped::Operation(folded(left), row.meaning));
        }
        if let Some(row) = OUTCOMES.iter().find(|row| row.name == right) {
            return Ok(Mapped::Outcome(folded(left), row.meaning));
        }
        Err(MappingError::NoMeaning { left: left.to_owned(), right: right.to_owned() })
    }
}

/// All that was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping(pub Vec<Mapped>);

impl Mapping {
    /// The columns of a field, if anything was said about it; none where it is to be left out.
    pub(super) fn columns(&self, field: Field) -> Option<Vec<&str>> {
        let said = |mapped: &&Mapped| matches!(mapped, Mapped::Column(of, _) if *of == field);
        let mut said = self.0.iter().filter(said).peekable();
        said.peek()?;
        let columns = said.filter_map(|mapped| match mapped {
            Mapped::Column(_, column) if !column.is_empty() => Some(column.as_str()),
            _ => None,
        });
        Some(columns.collect())
    }

    /// The operation that a word means, and whether that had to be guessed.
    pub(super) fn operation(&self, word: &str) -> Option<(Operation, bool)> {
        let folded = folded(word);
        let said = self.0.iter().find_map(|mapped| match mapped {
            Mapped::Operation(said, meaning) if *said == folded => Some((*meaning, false)),
            _ => None,
        });
        said.or_else(|| word::find(OPERATIONS, word).map(|row| (row.meaning, row.name != folded)))
    }

    /// The outcome that a word means, and whether that had to be guessed.
    pub(super) fn outcome(&self, word: &str) -> Option<(Phase, bool)> {
        let folded = folded(word);
        let said = self.0.iter().find_map(|mapped| match mapped {
            Mapped::Outcome(said, meaning) if *said == folded => Some((*meaning, false)),
            _ => None,
        });
        said.or_else(|| word::find(OUTCOMES, word).map(|row| (row.meaning, row.name != folded)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(said: &[&str]) -> Mapping {
        Mapping(said.iter().map(|said| said.parse().unwrap()).collect())
    }

    #[test]
    fn a_field_stands_left_of_its_column_and_a_word_left_of_its_meaning() {
        let mapping = mapping(&["client=worker", "client=ack", "group=", "Job Done=ack", "failed=fail"]);
        assert_eq!(mapping.columns(Field::Client), Some(vec!["worker", "ack"]));
        assert_eq!(mapping.columns(Field::Group), Some(vec![]));
        assert_eq!(mapping.columns(Field::Id), None);
        assert_eq!(mapping.operation("job_done"), Some((Operation::Ack, false)));
        assert_eq!(mapping.operation("Publish"), Some((Operation::Enqueue, true)));
        assert_eq!(mapping.outcome("FAILED"), Some((Phase::Fail, false)));
        assert_eq!(mapping.outcome("whatever"), None);
    }

    #[test]
    fn what_means_nothing_is_refused_with_what_there_is() {
        let error = "worker".parse::<Mapped>().unwrap_err();
        insta::assert_snapshot!(error, @"`worker` maps nothing: say FIELD=COLUMN or WORD=MEANING, as in client=worker or publish=enqueue");
        let error = "worker=client".parse::<Mapped>().unwrap_err();
        insta::assert_snapshot!(error, @"`worker` is no field (client, operation, id, outcome, time, group, queue, key, sink) and `client` means no operation (enqueue, dequeue, ack, nack, effect, drop, ignore) and no outcome (invoke, ok, fail, info)");
    }
}
