//! **No duplicates.** A message is in the log once, and its effect happens once. (DOMAIN.md S5, S8.)
//!
//! Attribution: where every copy in the log carries a producer's stamp, the broker promised to recognise the repetition;
//! otherwise the producer repeated it. An effect that happened no more often than the message is in the log follows from the
//! log; any other is the consumer's.

use crate::history::{Entry, Name};
use crate::judge::{Blame, Checker, Found};
use crate::ledger::{Account, Ledger};
use crate::verdict::{Kind, Path};

/// See the module.
pub struct Duplicates;

impl Checker for Duplicates {
    fn see(&mut self, _: &Entry) {}

    fn finish(&mut self, ledger: &Ledger, found: &mut Found<'_>) {
        for (id, account) in ledger.iter() {
            if let [first, second, ..] = account.logged[..] {
                let name = found.names.message(id);
                let sentence = format!(
                    "{name} is in {} at offsets {} and {}",
                    found.names.log(first.log),
                    first.offset,
                    second.offset
                );
                let again = account.appended.map_or(0, |(_, last)| last);
                found.anomaly(
                    Kind::DuplicateLog,
                    repeater(account),
                    Blame::LastBefore(again),
                    vec![name],
                    sentence,
                );
            }
            if let Some((sink, times, last)) = most_applied(account).filter(|&(_, times, _)| times > 1) {
                let name = found.names.message(id);
                let path = if times <= account.logged.len() {
                    repeater(account)
                } else {
                    Path::Consumer
                };
                let sentence = format!(
                    "the effect of {name} happened {times} times at {}",
                    found.names.text(sink)
                );
                found.anomaly(
                    Kind::DuplicateEffect,
                    path,
                    Blame::LastBefore(last),
                    vec![name],
                    sentence,
                );
            }
        }
    }
}

fn repeater(account: &Account) -> Path {
    if account.logged.iter().all(|copy| copy.stamp.is_some()) {
        Path::Broker
    } else {
        Path::Producer
    }
}

/// The sink where the effect happened most often: how often, and when for the last time.
fn most_applied(account: &Account) -> Option<(Name, usize, u64)> {
    let at = |sink: Name| {
        account
            .applied
            .iter()
            .filter(move |(applied, _)| *applied == sink)
    };
    let sinks = account.applied.iter().map(|&(sink, _)| sink);
    let counted = sinks.map(|sink| {
        (
            sink,
            at(sink).count(),
            at(sink).map(|&(_, time)| time).max().unwrap_or(0),
        )
    });
    counted.max_by_key(|&(sink, times, _)| (times, std::cmp::Reverse(sink)))
}
