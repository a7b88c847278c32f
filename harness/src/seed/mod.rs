//! Keyed draws: a draw is a pure function of the root seed, what it is for, and the keys that name it. There is no stream to
//! be shifted, so leaving one step out of a schedule moves no other draw.

pub mod knob;
pub(crate) mod rendezvous;

/// The root seed of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

/// Seeds that a person can name are smaller than this: sums of seeds and of numbers of runs stay within 64 bits.
pub const SEEDS_END: u64 = 1 << 63;

/// What a draw is for; keeps draws with equal keys apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The seed of an incarnation: node, number of the incarnation.
    Incarnation,
    /// The latency of a frame: sender, receiver, number of the frame on that link.
    Latency,
    /// Which of two simultaneous events comes first: kind, node or link, number.
    TieBreak,
    /// What a power loss leaves of an unsynced tail: node, file, key of the fault.
    Torn,
    /// A knob of a system: its name.
    Knob,
    /// A field of a generated fault: number of the step, field.
    Fault,
    /// The seed of an engine's own sequential draws.
    Engine,
    /// A long run: whether it is one, and what is held in it.
    Long,
    /// The liveness phase: whether there is one, and who is its core.
    Core,
    /// Whether facts come once more when the system has had time to recover.
    Again,
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Seed {
    /// A number that depends on all of this and nothing else.
    #[must_use]
    #[inline]
    pub fn draw<const N: usize>(self, purpose: Purpose, keys: [u64; N]) -> u64 {
        keys.iter().fold(mix(self.0 ^ (purpose as u64 + 1).wrapping_mul(GOLDEN)), |state, &key| {
            mix(state ^ key.wrapping_mul(GOLDEN))
        })
    }

    /// The draws for these keys, told apart by one more: `stream(p, [a, b]).draw(c)` is `draw(p, [a, b, c])`, for less.
    #[must_use]
    #[inline]
    pub fn stream<const N: usize>(self, purpose: Purpose, keys: [u64; N]) -> Stream {
        Stream(self.draw(purpose, keys))
    }

    /// A number below `bound`; 0 when there is none.
    #[must_use]
    #[inline]
    pub fn below<const N: usize>(self, bound: u64, purpose: Purpose, keys: [u64; N]) -> u64 {
        bounded(self.draw(purpose, keys), bound)
    }
}

/// Draws that have all keys but the last in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stream(u64);

impl Stream {
    /// A number that depends on the stream, this key and nothing else.
    #[must_use]
    #[inline]
    pub fn draw(self, key: u64) -> u64 {
        mix(self.0 ^ key.wrapping_mul(GOLDEN))
    }

    /// A number in this range, both ends included: small ones as often as large ones, in the sense of their logarithm.
    #[must_use]
    pub fn log_uniform(self, least: u64, most: u64) -> u64 {
        let doublings = u64::from((most / least.max(1)).max(1).ilog2());
        let scale = least << bounded(self.draw(0), doublings + 1);
        (scale + bounded(self.draw(1), scale)).min(most)
    }
}

/// A number below `bound`, made of a drawn one; 0 when there is none.
#[must_use]
#[inline]
pub fn bounded(drawn: u64, bound: u64) -> u64 {
    // The high half of a product is uniform enough, and cheaper than a remainder.
    ((u128::from(drawn) * u128::from(bound)) >> 64) as u64
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014), after an odd step so that 0 does not stay 0.
#[inline]
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_part_of_the_key_matters_and_nothing_else_does() {
        let draws = [
            Seed(1).draw(Purpose::Latency, [1, 2, 3]),
            Seed(2).draw(Purpose::Latency, [1, 2, 3]),
            Seed(1).draw(Purpose::Torn, [1, 2, 3]),
            Seed(1).draw(Purpose::Latency, [2, 1, 3]),
            Seed(1).draw(Purpose::Latency, [1, 2, 4]),
        ];
        assert_eq!(BTreeSet::from(draws).len(), draws.len());
        assert_eq!(draws[0], Seed(1).draw(Purpose::Latency, [1, 2, 3]));
        assert_eq!(draws[0], Seed(1).stream(Purpose::Latency, [1, 2]).draw(3));
    }

    #[test]
    fn bounded_draws_reach_every_value_and_none_beyond() {
        let reached: BTreeSet<u64> = (0..1_000).map(|n| Seed(7).below(10, Purpose::Knob, [n])).collect();
        assert_eq!(reached, (0..10).collect());
        assert_eq!(Seed(7).below(0, Purpose::Knob, [0]), 0);
    }
}
