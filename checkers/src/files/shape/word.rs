//! What stands in a field, in a word or two, by its type.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{FieldRow, Reach, Shape, Stamp};
use crate::files::codec::Text;
use crate::{Course, Disposition, DropReason, Phase};

/// A type that a field can have.
pub(in crate::files) trait Word {
    /// What it is, for people.
    const WORD: &'static str;
    /// Whether the field may be left out.
    const MAY_LACK: bool = false;
    /// The fields within, of an object.
    const WITHIN: &'static [FieldRow] = &[];
}

/// Types and their words.
macro_rules! words {
    ($($type:ty = $word:literal,)*) => {$(
        impl Word for $type {
            const WORD: &'static str = $word;
        }
    )*};
}

words! {
    u16 = "whole number",
    u32 = "whole number",
    u64 = "whole number",
    i32 = "whole number",
    bool = "`true` or `false`",
    Cow<'_, str> = "text",
    &RawValue = "object",
    Vec<Cow<'_, str>> = "list of texts",
    Vec<(Cow<'_, str>, Cow<'_, str>)> = "list of pairs of texts",
    Phase = "`invoke`, `ok`, `fail`, `info`",
    Disposition = "`done`, `return`, `dead`",
    DropReason = "`delivery-timeout`, `refused`, `expired`, `overflow`",
    Course = "`once`, `steady`, `changing`",
}

impl Word for Vec<u64> {
    const WORD: &'static str = "list of whole numbers";
}

impl Word for Vec<Text<'_>> {
    const WORD: &'static str = "list of texts";
}

impl<T: Word> Word for Option<T> {
    const WORD: &'static str = T::WORD;
    const MAY_LACK: bool = true;
    const WITHIN: &'static [FieldRow] = T::WITHIN;
}

impl Word for Reach<'_> {
    const WORD: &'static str = "object";
    const WITHIN: &'static [FieldRow] = Reach::FIELDS;
}

impl Word for Stamp {
    const WORD: &'static str = "object";
    const WITHIN: &'static [FieldRow] = Stamp::FIELDS;
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    /// What the reader says may stand there.
    fn expected<T: DeserializeOwned>() -> String {
        let error = serde_json::from_str::<T>("\"nothing\"").err().unwrap().to_string();
        let listed = error.split_once("expected ").unwrap().1.split_once(" at line").unwrap().0;
        let listed = listed.strip_prefix("one of ").unwrap_or(listed);
        listed.replace(" or ", ", ")
    }

    #[test]
    fn every_word_of_a_list_of_words_is_told() {
        assert_eq!(expected::<Phase>(), Phase::WORD);
        assert_eq!(expected::<DropReason>(), DropReason::WORD);
        assert_eq!(expected::<Course>(), Course::WORD);
        assert_eq!(expected::<Disposition>(), Disposition::WORD);
    }
}
