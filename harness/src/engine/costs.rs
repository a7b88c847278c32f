//! What things cost in a simulated world: without costs, throughput, bottlenecks and avalanches would be invented.

use broker::Micros;
use serde::{Deserialize, Serialize};

/// The costs of a world. The defaults are those of one data centre: a quarter of a millisecond between hosts, gigabit links,
/// disks that sync in two milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Costs {
    /// The least time from host to host, in microseconds.
    pub latency: Micros,
    /// How much longer it may take, in microseconds; drawn for every frame.
    pub jitter: Micros,
    /// Time on the wire, in nanoseconds for each byte.
    pub wire_ns_per_byte: u64,
    /// Time a host needs for a frame, in nanoseconds.
    pub service_ns_per_frame: u64,
    /// Time a host needs for a frame, in nanoseconds for each byte.
    pub service_ns_per_byte: u64,
    /// Time a sync takes, in microseconds.
    pub sync: Micros,
}

impl Default for Costs {
    fn default() -> Self {
        Costs {
            latency: 250,
            jitter: 250,
            wire_ns_per_byte: 8,
            service_ns_per_frame: 5_000,
            service_ns_per_byte: 2,
            sync: 2_000,
        }
    }
}

impl Costs {
    /// Time on the wire for so many bytes, in microseconds.
    #[must_use]
    pub fn wire(&self, bytes: usize) -> Micros {
        bytes as u64 * self.wire_ns_per_byte / 1_000
    }

    /// Time a host needs for a frame of so many bytes, in microseconds.
    #[must_use]
    pub fn service(&self, bytes: usize) -> Micros {
        (self.service_ns_per_frame + bytes as u64 * self.service_ns_per_byte) / 1_000
    }
}
