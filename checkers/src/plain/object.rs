//! The lines of JSON lines: an object each. Columns are called by their names, those of an object within by both, as in
//! `message.id`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::row::{Cell, Header};

/// So deep are objects looked into.
const DEPTH: usize = 4;

type Object<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The columns of a line that is one object.
pub(super) fn cells(line: &str, header: &mut Header) -> serde_json::Result<Vec<Cell>> {
    let mut cells = Vec::new();
    put(line, line, "", DEPTH, header, &mut cells)?;
    Ok(cells)
}

/// Puts what an object within the line holds; its columns are called `within` and their own names.
fn put(
    line: &str,
    object: &str,
    within: &str,
    depth: usize,
    header: &mut Header,
    cells: &mut Vec<Cell>,
) -> serde_json::Result<()> {
    let object: Object<'_> = serde_json::from_str(object)?;
    for (name, value) in object {
        let name = format!("{within}{name}");
        let value = value.get();
        if value.starts_with('{') && depth > 1 {
            put(line, value, &format!("{name}."), depth - 1, header, cells)?;
        }
        let Some(text) = scalar(value)? else { continue };
        // The value is borrowed from the line, so the distance of their beginnings is its place.
        let at = 1 + (value.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
        cells.push(Cell { column: header.number(&name), text, at });
    }
    Ok(())
}

/// What a value says as text: numbers as they are written, so that no digit is lost. `null` says nothing, the inner `None` is
/// neither a text nor a number.
fn scalar(value: &str) -> serde_json::Result<Option<Option<String>>> {
    Ok(match value.as_bytes().first() {
        Some(b'"') => Some(Some(serde_json::from_str(value)?)),
        Some(b'n') => None,
        Some(b'{' | b'[') => Some(None),
        _ => Some(Some(value.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_columns_say_where_they_stand() {
        let line =
            r#"{ "id": 12345678901234567890123, "to": {"sink":"l\u0065dger"}, "n": null, "all": [1] }"#;
        let mut header = Header::default();
        let mut cells = cells(line, &mut header).unwrap();
        cells.sort_by_key(|cell| cell.at);
        let told: Vec<(&str, Option<&str>, &str)> = cells
            .iter()
            .map(|cell| (header.name(cell.column), cell.text.as_deref(), &line[cell.at - 1..cell.at + 4]))
            .collect();
        let wanted = [
            ("id", Some("12345678901234567890123"), "12345"),
            ("to", None, "{\"sin"),
            ("to.sink", Some("ledger"), "\"l\\u0"),
            ("all", None, "[1] }"),
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for line in ["[1]", "7", "{\"id\":}", "{\"id\":1} x", ""] {
            assert!(cells(line, &mut Header::default()).is_err(), "{line}");
        }
    }
}
