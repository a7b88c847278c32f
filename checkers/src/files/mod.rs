//! History files: one header line, then one JSON object per line, the shape Jepsen users know.
//!
//! ```text
//! {"history":1}
//! {"index":0,"time":900,"process":"producer-1","type":"invoke","f":"send","value":{"topic":"payments","partition":0,"id":"p1-17"}}
//! {"index":1,"op":0,"time":4100,"process":"producer-1","type":"ok","f":"send","value":{"topic":"payments","partition":0,"offset":41,"id":"p1-17"}}
//! ```
//!
//! A send that ends `ok` was acknowledged, with an offset or without one (RabbitMQ, SQS and Redis Streams tell none). The sends of a
//! producer that awaits no acknowledgement say so: their values carry `"acks":0`.

mod check;
mod chunks;
mod codec;
mod decode;
mod encode;
mod error;
mod fast;
mod line;
mod lines;
mod manual;
mod reader;
#[cfg(test)]
mod refusals;
mod sample;
mod shape;
mod single;
#[cfg(test)]
mod tests;
mod unpack;
mod writer;

pub use check::{Checked, check, check_on, check_with};
pub use error::{Problem, ReadError};
pub use lines::OPERATIONS;
pub(crate) use manual::manual;
pub(crate) use reader::{LONGEST, skip_mark};
pub use reader::{Reader, read};
pub use unpack::{Damage, Packing, Unpacked, unpack};
pub use writer::{Writer, write};

/// The version of the format that this crate reads and writes.
pub const VERSION: u32 = 1;
