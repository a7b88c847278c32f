//! Claim: transactions that append to lists and read them are strict serializable, or keep whatever model they are held to.
//!
//! Every read of a list shows the order in which its elements were appended, and so who wrote before whom. Source:
//! `elle.list-append/check` with its defaults, whose anomalies these are. What the model does not proscribe is told and tolerated.
//!
//! A history with other micro-operations, or that appends one element to one list twice, or that shows an element nobody appended
//! (`phantom`, beyond), cannot be judged; one that relates no transaction to any other is `unknown` too.
//!
//! Differences: cycle searches are bounded by steps, not by a clock; the summaries `PL-..-cycle-exists` are left out; what needs only
//! the order of each process is told as `-process` whatever the model (Elle does so where it is held to no order of real time).

mod facts;
mod inside;
mod isolation;
mod orders;
mod reads;
mod updates;

use super::mode::{Judgement, Mode, Options, Subject};
use super::{History, Verb, lost_update};
use facts::Facts;
use orders::Orders;

pub(super) const MODE: Mode = Mode {
    name: "list-append",
    about: "transactions that append to lists and read them are isolated",
    models: true,
    subject: &[Subject::Holds(Verb::Append), Subject::ReadsList],
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
        "dirty-update",
        "duplicate-elements",
        "future-read",
        "incompatible-order",
        "internal",
        "lost-update",
    ],
    beyond: &["phantom", "reorder-log"],
    check,
};

fn check(history: &History, options: Options) -> Judgement {
    let facts = match Facts::new(history) {
        Ok(facts) => facts,
        Err(reason) => return Judgement { unknown: vec![reason], ..Judgement::default() },
    };
    let orders = Orders::of_possible(&facts);
    let mut unknown = Vec::new();
    let mut anomalies = vec![reads::aborted(&facts), reads::intermediate(&facts), reads::duplicates(&facts)];
    anomalies.extend(inside::findings(&facts));
    anomalies.extend([
        lost_update::found(history, Verb::Append, "appended to it"),
        updates::dirty(&facts),
        orders::incompatible(&facts, &orders),
    ]);
    anomalies.extend(isolation::found(&facts, &orders, options.model, &mut unknown));
    let phantom = reads::phantom(&facts);
    let beyond = vec![inside::reordered(&facts, &orders)];
    if phantom.count == 0 {
        return Judgement { anomalies, beyond, unknown };
    }
    unknown.push("elements were read that nobody appended, so their lists have no order".to_owned());
    anomalies.push(phantom);
    Judgement { anomalies: Vec::new(), beyond: anomalies, unknown }
}
