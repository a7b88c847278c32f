//! Histories that Jepsen recorded, judged by Jepsen's own definitions and, beyond them, by ours.
//!
//! A mode is one of Jepsen's checkers; it is one file here and one line in [`MODES`]. Its verdict and its anomalies are
//! Jepsen's (jepsen 0.3.14 and elle 0.2.8, read in their sources), but for what follows from hash order or from a clock there.
//! Where Jepsen throws, and so says `unknown`, the verdict is `unknown` and what can be found all the same stands under
//! `beyond`.

mod counter;
mod cycles;
mod excerpt;
mod faults;
mod fifo;
mod history;
mod kafka;
mod list_append;
mod lost_update;
mod mode;
mod model;
mod order;
mod queue;
#[cfg(feature = "files")]
mod read;
mod register;
mod set;
mod set_full;
mod taken;
mod total_queue;
mod transactions;
mod unique_ids;
mod values;

pub use excerpt::excerpt;
pub use history::{Element, Function, History, Micro, NIL, NOWHERE, Operation, Row, Verb, partners};
pub use mode::{Mode, Options, Subject};
pub use model::Model;
#[cfg(feature = "files")]
pub use read::read;
pub use register::Keys;
pub use values::{Id, Values};

pub use crate::value::Value;

/// Every mode.
pub const MODES: &[Mode] = &[
    kafka::MODE,
    list_append::MODE,
    register::MODE,
    queue::MODE,
    total_queue::MODE,
    set::MODE,
    set_full::MODE,
    unique_ids::MODE,
    counter::MODE,
    fifo::MODE,
];
