//! What the program prints. Whoever reads may be gone, and the disk may be full: then nothing more is printed, the work goes on to its
//! end, and the program ends as it would have ended; a full disk is said and is an error, since somebody wanted that output.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::Mutex;

use comfy_table::{ContentArrangement, Table, presets};

/// Why what was printed did not arrive, if it did not.
static LOST: Mutex<Option<ErrorKind>> = Mutex::new(None);

/// A table is so wide where nobody says how wide it may be, in columns.
const WIDTH: u16 = 80;

/// Prints a line on standard output.
macro_rules! say {
    ($($told:tt)*) => { $crate::lab::output::line(std::io::stdout(), format_args!($($told)*)) };
}

/// Prints a line on standard error.
macro_rules! complain {
    ($($told:tt)*) => { $crate::lab::output::line(std::io::stderr(), format_args!($($told)*)) };
}

pub(in crate::lab) use {complain, say};

/// Prints a line.
pub fn line(mut to: impl Write, told: Arguments<'_>) {
    let Ok(mut lost) = LOST.lock() else { return };
    if lost.is_none() {
        *lost = writeln!(to, "{told}").and_then(|()| to.flush()).err().map(|error| error.kind());
    }
}

/// Why output was lost, if it was and not because its reader had gone.
pub fn lost() -> Option<io::Error> {
    let lost = LOST.lock().ok().and_then(|lost| *lost)?;
    (lost != ErrorKind::BrokenPipe).then(|| lost.into())
}

/// An empty table, as wide as the terminal; of 80 columns where output goes elsewhere.
pub fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if !io::stdout().is_terminal() {
        table.set_width(WIDTH);
    }
    table
}

/// An empty table of names and what is said of them, without a line in it.
pub fn two_columns() -> Table {
    let mut table = table();
    table.load_style(presets::NOTHING);
    table
}

/// The command that does something with a file again, as a shell takes it.
pub fn again(verb: &str, file: &Path) -> String {
    format!("{} {verb} {}", super::this_program(), quoted(&file.display().to_string()))
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    // Only a word with a zero byte cannot be quoted, and no path has one.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), |quoted| quoted.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_spaces_is_one_word_for_a_shell() {
        let file = Path::new("my store/it's here/schedule.json");
        let again = again("replay", file);
        let words = shlex::split(&again).unwrap();
        assert_eq!(words.last().map(String::as_str), file.to_str());
    }
}
