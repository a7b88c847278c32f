//! What every line of a history holds, for people: made of the same tables as the reader and the writer, so that it cannot be old.

use std::fmt::Write;

use super::VERSION;
use super::line::{Header, Line};
use super::lines::{LineRow, ROWS};
use super::sample::sample;
use super::shape::{FieldRow, Shape, Word};
use super::writer::write;
use crate::{Entry, Names, Phase};

/// The part of the manual that is about our own histories. Writing to a string cannot fail.
pub(crate) fn manual() -> String {
    let mut told = format!(
        "A history is a file of JSON lines, in the order of time. The first line is `{{\"history\":{VERSION}}}`:\n\n"
    );
    table(Header::FIELDS, &mut told);
    told.push_str("\nEvery other line:\n\n");
    table(Line::FIELDS, &mut told);
    let _ = write!(
        told,
        "\nAn unknown field is refused, with its line and column, and so is a line without one that may not be left out. Ids are \
         any text. What follows is what may stand under `f`, and what its `value` holds.\n"
    );
    ROWS.iter().for_each(|row| line(row, &mut told));
    told
}

fn line(row: &LineRow, told: &mut String) {
    let types: Vec<String> = row.types.iter().map(|&phase| format!("`{}`", name(phase))).collect();
    let _ = write!(told, "\n### {}\n\n{} `type`: {}.\n\n", row.f, row.about(), types.join(", "));
    let fields = row.fields();
    if fields.is_empty() {
        told.push_str("Its value is `{}`.\n\n");
    } else {
        table(&fields, told);
        told.push('\n');
    }
    let _ = write!(told, "```json\n{}\n```\n", example(row));
}

/// Lines in which its fields stand: of an operation its begin and its end.
fn example(row: &LineRow) -> String {
    let mut names = Names::default();
    let moments = row.types.iter().take(2).zip([1_000, 2_000]);
    let entries: Vec<Entry> = moments
        .map(|(&phase, time)| {
            let (event, by) = sample(row.kind, phase, &mut names);
            Entry { time, process: names.intern(by), event }
        })
        .collect();
    let mut file = Vec::new();
    // Memory takes whatever is written.
    let _ = write(&mut file, &names, &entries);
    let file = String::from_utf8_lossy(&file).into_owned();
    file.lines().skip(1).collect::<Vec<_>>().join("\n")
}

fn table(fields: &[FieldRow], told: &mut String) {
    told.push_str("| field | holds | |\n|---|---|---|\n");
    fields.iter().for_each(|row| field("", row, told));
}

fn field(within: &str, row: &FieldRow, told: &mut String) {
    let name = format!("{within}{}", row.name());
    let may_lack = if row.may_lack() { "; may be left out" } else { "" };
    let _ = writeln!(told, "| `{name}` | {}{may_lack} | {} |", row.word, row.about());
    row.within.iter().for_each(|inner| field(&format!("{name}."), inner, told));
}

/// A type as it stands in files.
fn name(phase: Phase) -> &'static str {
    let words: Vec<&str> = Phase::WORD.split(", ").collect();
    words[phase as usize].trim_matches('`')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::EventKind;
    use crate::files::read;

    /// The example as a file.
    fn file(row: &LineRow) -> String {
        format!("{{\"history\":{VERSION}}}\n{}\n", example(row))
    }

    #[test]
    fn every_example_is_read_and_written_back_as_it_is() {
        for row in ROWS {
            let text = file(row);
            let (names, entries) = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
            let mut written = Vec::new();
            write(&mut written, &names, &entries).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), text);
        }
    }

    /// The names of all fields of an object, and of those within.
    fn named(within: &str, object: &serde_json::Value, names: &mut BTreeSet<String>) {
        for (name, value) in object.as_object().into_iter().flatten() {
            names.insert(format!("{within}{name}"));
            named(&format!("{within}{name}."), value, names);
        }
    }

    fn listed(within: &str, rows: &[FieldRow], names: &mut BTreeSet<String>) {
        for row in rows {
            let name = format!("{within}{}", row.name());
            listed(&format!("{name}."), row.within, names);
            names.insert(name);
        }
    }

    #[test]
    fn every_field_that_is_told_stands_in_the_example_and_no_other() {
        let mut envelopes = BTreeSet::new();
        for row in ROWS {
            let (mut shown, mut told) = (BTreeSet::new(), BTreeSet::new());
            for line in example(row).lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                assert_eq!(line["f"], row.f);
                named("", &line["value"], &mut shown);
                envelopes.extend(line.as_object().unwrap().keys().cloned());
            }
            listed("", &row.fields(), &mut told);
            // A send whose acknowledgement is awaited says nothing of that, and a commit neither which records alone nor how.
            let silent = |name: &str| match row.f {
                "send" => name == "acks",
                "settle" => ["offset", "offsets", "how"].contains(&name),
                _ => false,
            };
            told.retain(|name| !silent(name));
            assert_eq!(shown, told, "{}", row.f);
        }
        let envelope: BTreeSet<String> = Line::FIELDS.iter().map(FieldRow::name).collect();
        assert_eq!(envelopes, envelope);
    }

    #[test]
    fn every_event_has_a_row_of_its_own() {
        let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.f).collect();
        assert_eq!((rows.len(), ROWS.len()), (EventKind::COUNT, EventKind::COUNT));
    }

    #[test]
    fn types_are_called_as_in_files() {
        for phase in [Phase::Invoke, Phase::Ok, Phase::Fail, Phase::Info] {
            assert_eq!(serde_json::to_value(phase).unwrap(), name(phase));
        }
    }
}
