//! The producers of a cluster.

use std::ops::RangeInclusive;
use std::time::Duration;

use broker::policy::Ack;

/// How producers send.
#[derive(Clone, Debug)]
pub struct Produce {
    /// How many producers.
    pub producers: u32,
    /// How many records each sends, drawn by the seed.
    pub records: RangeInclusive<u64>,
    /// How long between two records of one producer.
    pub every: Duration,
    /// How many records come at once, and nothing until the next ones are due; at least 1.
    pub at_once: u32,
    /// Over how many keys of its own each producer deals its records.
    pub keys: u32,
    /// Of a hundred records so many are of the first key whosever turn it is; at most 100.
    pub hot_key_percent: u32,
    /// The size of a record, in bytes.
    pub payload: usize,
    /// When a record counts as stored.
    pub acks: Ack,
    /// Whether the broker can recognise a repeated batch.
    pub idempotent: bool,
    /// How many requests may be on their way to one topic partition.
    pub in_flight: usize,
    /// How many records a request carries at most.
    pub batch_records: usize,
    /// How long a broker may take to answer before its connection is given up.
    pub request_timeout: Duration,
    /// How old a producer's picture of who leads what may become before it asks again.
    pub metadata_age: Duration,
    /// How long a producer tries before it tells the user "failed".
    pub delivery_timeout: Duration,
}

impl Default for Produce {
    fn default() -> Self {
        Produce {
            producers: 2,
            records: 40..=80,
            every: Duration::from_millis(15),
            at_once: 1,
            keys: 4,
            hot_key_percent: 0,
            payload: 100,
            acks: Ack::default(),
            idempotent: true,
            in_flight: 5,
            batch_records: 1,
            request_timeout: Duration::from_millis(500),
            metadata_age: Duration::from_secs(5),
            delivery_timeout: Duration::from_secs(60),
        }
    }
}
