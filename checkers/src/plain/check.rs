//! Judges a plain log.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::Promises;
use super::act::{Act, acts};
use super::lines::Lines;
use super::moment::Moments;
use super::order::arrange;
use super::reader::{Read, read};
use super::rules::{Case, RULES, Ruling};
use super::translate;
use crate::files::ReadError;
use crate::report::{Finding, Judged, Report, found};
use crate::{Judge, Kind, Names, Path, Validity, Value, property};

/// So many lines are named for one anomaly.
const LINES: usize = 32;

/// A judged log.
#[derive(Debug)]
pub struct Checked {
    /// What the rules and checkers say. Operations are the numbers of lines.
    pub report: Report,
    /// What was guessed about the log, one sentence each.
    pub said: Vec<String>,
}

/// Judges a log.
///
/// # Errors
/// [`ReadError`] with the line and column of what is not as it should be, and what to say about it.
pub fn check(input: impl BufRead, promises: &Promises) -> Result<Checked, ReadError> {
    let Read { mut steps, mut names, mut said } = read(input, promises)?;
    let order = arrange(&mut steps, &mut said);
    let acts = acts(&steps, &Moments::new(&steps, order));
    if promises.fifo && acts.iter().any(Act::began_unseen) {
        said.note(
            "some lines do not say when things began: each client is taken to do one thing at a time"
                .to_owned(),
        );
    }
    let mut judge = Judge::with(property::of_plain_logs());
    translate::show(&acts, &mut names, &mut judge);
    let mut report = judge.report(&names);
    report.operations = steps.len() as u64;
    if steps.is_empty() {
        report.unknown.insert(0, "the log has no lines".to_owned());
    }
    let case = Case::new(&names, &acts, promises, order);
    RULES.iter().for_each(|rule| report.take(rule.name, (rule.judge)(&case)));
    report.anomalies = found(report.anomalies.into_iter().map(tellable));
    locate(&mut report, &acts, &names);
    Ok(Checked { report, said: said.into_sentences() })
}

/// A plain log does not show who called a failure what was none: the queue, or the client's library.
fn tellable(mut finding: Finding) -> Finding {
    if finding.kind == Kind::FalseFailure.name() && finding.path == Some(Path::Broker) {
        finding.path = None;
    }
    finding
}

impl Report {
    /// Takes over what a rule says.
    fn take(&mut self, name: &str, ruling: Ruling) {
        let wrong = ruling.findings.iter().any(|finding| finding.count > 0);
        let verdict = match (wrong, ruling.unknown.is_empty()) {
            (true, _) => Validity::Invalid,
            (false, false) => Validity::Unknown,
            (false, true) => Validity::Valid,
        };
        self.verdict = self.verdict.max(verdict);
        self.checkers.push(Judged { name: name.to_owned(), verdict });
        self.anomalies.extend(ruling.findings);
        self.unknown.extend(ruling.unknown);
    }
}

/// Notes for each witness the lines that are about its messages.
fn locate(report: &mut Report, acts: &[Act], names: &Names) {
    let mut lines: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let witnesses = || report.anomalies.iter().flat_map(|finding| &finding.entries);
    for value in witnesses().flat_map(|witness| &witness.values) {
        lines.insert(text(value), Vec::new());
    }
    if lines.is_empty() {
        return;
    }
    for act in acts {
        let named = act.message.and_then(|message| lines.get_mut(&names.message(message)));
        named.into_iter().for_each(|lines| lines.extend([act.lines.0, act.lines.1]));
    }
    for witness in report.anomalies.iter_mut().flat_map(|finding| &mut finding.entries) {
        let about = witness.values.iter().filter_map(|value| lines.get(&text(value)));
        let mut about: Vec<u64> = about.flatten().copied().collect();
        about.sort_unstable();
        about.dedup();
        about.truncate(LINES);
        witness.operations = about;
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Checked {
    /// Reads the log again, and gives the lines of the first witness of each finding, with their numbers.
    ///
    /// # Errors
    /// [`ReadError`], as at the first reading.
    pub fn excerpts(&self, input: impl BufRead) -> Result<Vec<Vec<String>>, ReadError> {
        let mut excerpts = vec![Vec::new(); self.report.anomalies.len()];
        let firsts = self.report.anomalies.iter().map(|finding| finding.entries.first());
        let wanted: Vec<&[u64]> =
            firsts.map(|witness| witness.map_or(&[][..], |witness| &witness.operations)).collect();
        if wanted.iter().all(|lines| lines.is_empty()) {
            return Ok(excerpts);
        }
        let mut lines = Lines::new(input)?;
        while lines.next()? {
            let number = lines.line() as u64;
            for (excerpt, _) in
                excerpts.iter_mut().zip(&wanted).filter(|(_, wanted)| wanted.contains(&number))
            {
                excerpt.push(format!("{number:>6}  {}", String::from_utf8_lossy(lines.text())));
            }
        }
        Ok(excerpts)
    }
}
