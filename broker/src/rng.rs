//! A small stream of numbers drawn from the seed of an incarnation (splitmix64).

use crate::Micros;

/// The only randomness of a node; the same seed gives the same numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Rng(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A time within a fifth of `micros`, so that nodes that failed together do not return together.
    pub(crate) fn around(&mut self, micros: Micros) -> Micros {
        around(micros, self.next())
    }
}

/// The time within a fifth of `micros` that this random number stands for.
pub(crate) fn around(micros: Micros, draw: u64) -> Micros {
    let fifth = micros / 5;
    micros - fifth + draw % (2 * fifth + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_stay_within_a_fifth_and_depend_on_the_seed_alone() {
        let (mut a, mut b) = (Rng::new(7), Rng::new(7));
        let mut seen = Vec::new();
        for _ in 0..100 {
            let time = a.around(1_000);
            assert!((800..=1_200).contains(&time));
            assert_eq!(time, b.around(1_000));
            seen.push(time);
        }
        seen.dedup();
        assert!(seen.len() > 50, "they must differ among each other");
        assert_eq!(a.around(0), 0);
    }
}
