//! Whether a form that was cut out by its brackets is a whole value: `#_` and tags belong to what follows them.

use super::tokens::{MISSING, Tokens};

/// What a form comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// A value, or something that is wrong and will be refused.
    Value,
    /// Nothing but what is discarded.
    Discarded,
    /// A `#_` or a tag still waits for its value.
    Short,
}

impl Extent {
    /// Most forms begin with a bracket, or end with one behind a tag, and are not looked at again.
    pub(super) fn of(form: &[u8]) -> Self {
        let discards = form.starts_with(b"#_");
        let tagged = form.starts_with(b"#") && !matches!(form.last(), Some(b'}' | b']' | b')' | b'"'));
        if !discards && !tagged {
            return Extent::Value;
        }
        let Ok(text) = std::str::from_utf8(form) else { return Extent::Value };
        match Tokens::new(text).next() {
            Ok(Some(_)) => Extent::Value,
            Ok(None) if discards => Extent::Discarded,
            Ok(None) => Extent::Short,
            Err(wrong) if wrong.what == MISSING => Extent::Short,
            Err(_) => Extent::Value,
        }
    }
}
