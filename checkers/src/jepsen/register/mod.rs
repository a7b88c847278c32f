//! Claim: transactions that write registers and read them are strict serializable, or keep whatever model they are held to.
//!
//! Every value is written once to a register, so who read it read from whom is known. In which order a register held its values
//! is not, but for this: `nil` came first. More may be promised, as in Elle: that within a transaction a write follows what it read
//! of the register (`--wfr-keys`), that every register by itself is sequentially consistent (`--sequential-keys`), or
//! linearizable (`--linearizable-keys`). Source: `elle.rw-register/check`, whose anomalies these are. What the model does not
//! proscribe is told and tolerated.
//!
//! A history with other micro-operations, or that writes one value to one register twice, or `nil`, cannot be judged; one that
//! relates no transaction to any other is `unknown` too.
//!
//! Beyond: `phantom`, a value that nobody tried to write, which Elle takes for one that was there at the beginning; and cycles
//! over transactions with unknown outcomes of which a write was read, which Elle leaves out here.
//!
//! Differences: where registers are linearizable, all that had ended before is followed, and not what a search over the other
//! transactions comes upon; those of `list-append`; what is both `ww` and `wr` is told as `ww`, where Elle tells `wr`. Left out: orders of transactions that a database tells (`:transaction-order`). As in
//! Elle, what follows from an order of transactions for the order of values is not followed any further, so a history without
//! anomalies need not be serializable.

mod edges;
mod facts;
mod inside;
mod reads;
mod versions;

use super::mode::{Judgement, Mode, Options, Subject};
use super::{History, Row, Verb, cycles, lost_update};
use facts::Facts;

pub use versions::Keys;

pub(super) const MODE: Mode = Mode {
    name: "rw-register",
    about: "transactions that write registers and read them are isolated",
    models: true,
    subject: &[Subject::Holds(Verb::Write), Subject::Holds(Verb::Got)],
    anomalies: &[
        "G-nonadjacent-item",
        "G-nonadjacent-item-process",
        "G-nonadjacent-item-realtime",
        "G-single-item",
        "G-single-item-process",
        "G-single-item-realtime",
        "G0",
        "G0-process",
        "G0-realtime",
        "G1a",
        "G1b",
        "G1c",
        "G1c-process",
        "G1c-realtime",
        "G2-item",
        "G2-item-process",
        "G2-item-realtime",
        "cyclic-versions",
        "internal",
        "lost-update",
    ],
    beyond: &["phantom"],
    check,
};

fn check(history: &History, options: Options) -> Judgement {
    let facts = match Facts::new(history) {
        Ok(facts) => facts,
        Err(reason) => return Judgement { unknown: vec![reason], ..Judgement::default() },
    };
    let (versions, cyclic) = versions::inferred(&facts, options.keys);
    let mut unknown = Vec::new();
    let cycles = |seen: &[Row], unknown: &mut Vec<String>| {
        let edges = edges::data(&facts, &versions, seen, unknown);
        cycles::isolation(history, edges, options.model, unknown, |_| true)
    };
    let mut anomalies = cycles(&[], &mut unknown);
    let mut beyond = vec![reads::phantom(&facts)];
    let seen = facts.seen();
    if !seen.is_empty() {
        // A search that is given up here leaves the verdict alone.
        let more = cycles(&seen, &mut Vec::new());
        let is_new = |kind: &str| anomalies.iter().all(|finding| finding.kind != kind);
        beyond.extend(more.into_iter().filter(|finding| is_new(&finding.kind)));
    }
    anomalies.extend([cyclic, inside::internal(&facts), reads::aborted(&facts), reads::intermediate(&facts)]);
    anomalies.push(lost_update::found(history, Verb::Write, "wrote it"));
    Judgement { anomalies, beyond, unknown }
}
