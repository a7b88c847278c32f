//! `lab check` of a plain log: what clients of a queue noted down, without offsets.

use std::path::Path;

use checkers::files::{ReadError, unpack};
use checkers::plain::{self, Mapped, Mapping, Promises, TimeUnit};

use super::super::LabError;
use super::super::output::complain;
use super::hints::{Looks, looks, start};
use super::open;
use super::page::Page;

/// What a plain log has nothing to do with.
const OTHERS: [&str; 3] = ["jepsen", "limit_rate", "limit_backlog"];

/// What is said about a plain log.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Plain logs")]
pub struct PlainArgs {
    /// The file is a plain log: JSON lines, or a table with a header, of who did what with which message. So it is taken to be if
    /// any option of this group is given, or if its first row can be nothing else, which is told.
    #[arg(long, conflicts_with_all = OTHERS)]
    plain: bool,
    /// What columns and words mean: FIELD=COLUMN as in client=worker, or WORD=MEANING as in publish=enqueue and success=ok. Several
    /// with commas between. FIELD= leaves a field out.
    #[arg(long, value_name = "FIELD=COLUMN", value_delimiter = ',', conflicts_with_all = OTHERS)]
    map: Vec<Mapped>,
    /// What numbers in the column of times count; else that is guessed by their size, and told.
    #[arg(long, value_name = "UNIT", value_parser = TimeUnit::NAMES, conflicts_with_all = OTHERS)]
    time_unit: Option<String>,
    /// You know that in the end the queue was read until it was empty, by every group: what did not come out is lost.
    #[arg(long, conflicts_with_all = OTHERS)]
    drained: bool,
    /// You know that all clients that dequeue share the messages.
    #[arg(long, conflicts_with_all = OTHERS)]
    one_group: bool,
    /// You know that a dequeue settles what it takes: there are no acks.
    #[arg(long, conflicts_with_all = OTHERS)]
    auto_ack: bool,
    /// What was enqueued first is to come out first, within a key where lines tell one.
    #[arg(long, conflicts_with_all = OTHERS)]
    fifo: bool,
}

impl PlainArgs {
    /// Whether anything was said that only a plain log has.
    fn said(&self) -> bool {
        let PlainArgs { plain, map, time_unit, drained, one_group, auto_ack, fifo } = self;
        *plain || !map.is_empty() || time_unit.is_some() || *drained || *one_group || *auto_ack || *fifo
    }

    fn promises(&self) -> Promises {
        Promises {
            mapping: Mapping(self.map.clone()),
            time_unit: self.time_unit.as_deref().and_then(TimeUnit::named),
            drained: self.drained,
            one_group: self.one_group,
            auto_ack: self.auto_ack,
            fifo: self.fifo,
        }
    }

    /// Whether this file is to be judged as a plain log; a guess is told.
    pub fn meant(&self, file: &Path) -> bool {
        if self.said() {
            return true;
        }
        let plain =
            start(file).is_some_and(|start| plain::looks(&start, &self.promises()) == plain::Looks::Plain);
        if plain {
            complain!(
                "note: judged as a plain log, as with --plain: its first row has a client, an operation and a message"
            );
        }
        plain
    }
}

/// Judges a plain log, and tells what was guessed about it.
pub fn page(file: &Path, args: &PlainArgs) -> Result<Page, LabError> {
    let unpacked = || {
        let unreadable = |error| LabError::Read { path: file.to_owned(), error };
        unpack(open(file)?).map_err(unreadable)
    };
    let checked = plain::check(unpacked()?, &args.promises()).map_err(|error| unclear(file, error))?;
    checked.said.iter().for_each(|said| complain!("note: {said}"));
    let excerpts = checked.excerpts(unpacked()?).map_err(|error| unclear(file, error))?;
    Ok(Page { judged_by: None, report: checked.report, excerpts })
}

/// Why a plain log is refused; a history of another kind is not one.
fn unclear(path: &Path, error: ReadError) -> LabError {
    let hint = match looks(path) {
        Some(Looks::Own) => "\nThis is a history of the lab's own: leave out what is said about plain logs.",
        Some(Looks::Jepsens | Looks::Log) => {
            "\nThis looks like a history of Jepsen's: say --jepsen, and nothing about plain logs."
        }
        None => "\nWhat a plain log is made of: lab check --fields",
    };
    LabError::History { path: path.to_owned(), error: Box::new(error), hint: hint.to_owned() }
}
