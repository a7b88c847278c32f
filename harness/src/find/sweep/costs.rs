//! What a variant costs its senders, over some runs: how long after its begin a send is acknowledged, and for how long at most a log
//! acknowledged nothing though somebody waited.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chaos::coverage::SendersWaited;

/// What senders waited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Costs {
    /// One time for each send that was acknowledged: from its begin, over all its retries.
    pub latency: Histogram,
    /// One time for each run in which anything was sent: the longest in which some log had sends open and acknowledged none.
    pub unavailable: Histogram,
}

/// How often something took how long, in buckets as those of HdrHistogram: single microseconds below 32, and above that sixteen equal
/// buckets between a power of two and the next, so that one is at most a sixteenth of its times wide, and its middle within 3.2 %
/// of each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram(BTreeMap<u16, u64>);

/// Some times in short, each the middle of its bucket, in simulated microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Times {
    /// Half of them are no longer.
    pub median: u64,
    /// Of a hundred 99 are no longer.
    pub p99: u64,
    /// None is longer.
    pub worst: u64,
}

/// The logarithm of the number of buckets between two powers of two.
const PRECISION: u32 = 4;

fn bucket(micros: u64) -> u16 {
    let shift = micros.checked_ilog2().unwrap_or_default().saturating_sub(PRECISION);
    // At most 59 times 16, and 31.
    ((shift << PRECISION) as u16) + (micros >> shift) as u16
}

/// The middle of a bucket.
fn middle(bucket: u16) -> u64 {
    let shift = (bucket >> PRECISION).saturating_sub(1);
    let lowest = u64::from(bucket - (shift << PRECISION)) << shift;
    lowest + ((1 << shift) >> 1)
}

impl Histogram {
    /// Adds a time, in microseconds.
    pub fn add(&mut self, micros: u64) {
        *self.0.entry(bucket(micros)).or_default() += 1;
    }

    fn merge(&mut self, other: Histogram) {
        for (bucket, count) in other.0 {
            *self.0.entry(bucket).or_default() += count;
        }
    }

    /// The times in short; nothing where there are none.
    #[must_use]
    pub fn times(&self) -> Option<Times> {
        let worst = self.0.keys().next_back().copied().map(middle)?;
        Some(Times { median: self.percentile(50)?, p99: self.percentile(99)?, worst })
    }

    /// The shortest time that this many of a hundred do not exceed.
    fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (self.0.values().sum::<u64>() * percent).div_ceil(100);
        let mut below = 0;
        let reached = |(_, count): &(&u16, &u64)| {
            below += **count;
            below >= rank
        };
        self.0.iter().find(reached).map(|(&bucket, _)| middle(bucket))
    }
}

impl Costs {
    /// The costs of one run.
    pub(super) fn of(waited: &SendersWaited, sent: bool) -> Self {
        let mut costs = Costs::default();
        waited.latencies.iter().for_each(|&micros| costs.latency.add(micros));
        if sent {
            costs.unavailable.add(waited.longest);
        }
        costs
    }

    /// Adds other runs.
    pub(super) fn merge(&mut self, other: Costs) {
        self.latency.merge(other.latency);
        self.unavailable.merge(other.unavailable);
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.latency.times() {
            Some(Times { median, p99, .. }) => {
                write!(f, "acknowledged after {} (median), {} (99th)", told(median), told(p99))?;
            }
            None => f.write_str("nothing acknowledged")?,
        }
        let Some(Times { median, worst, .. }) = self.unavailable.times() else { return Ok(()) };
        let (median, worst) = (told(median), told(worst));
        write!(f, "; longest without an acknowledgement {median} (median of runs), {worst} (worst)")
    }
}

/// A time, rounded to two digits: a bucket knows no more.
fn told(micros: u64) -> String {
    let last = 10_u64.pow(micros.checked_ilog10().unwrap_or_default().saturating_sub(1));
    let rounded = (micros + last / 2) / last * last;
    match rounded {
        0..1_000_000 => format!("{} ms", rounded as f64 / 1e3),
        _ => format!("{} s", rounded as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// One run for each list of latencies.
    fn costs(runs: &[Vec<u64>]) -> Costs {
        let mut costs = Costs::default();
        for latencies in runs {
            let longest = latencies.iter().copied().max().unwrap_or_default();
            costs.merge(Costs::of(&SendersWaited { latencies: latencies.clone(), longest }, true));
        }
        costs
    }

    #[test]
    fn costs_are_told_with_two_digits_and_nothing_is_told_of_what_never_came() {
        let mut costs = costs(&[vec![4_200; 99], vec![480_000], vec![480_000], vec![2_100_000]]);
        let told = "acknowledged after 4.2 ms (median), 480 ms (99th); \
            longest without an acknowledgement 480 ms (median of runs), 2.2 s (worst)";
        assert_eq!(costs.to_string(), told);
        costs.latency = Histogram::default();
        assert!(costs.to_string().starts_with("nothing acknowledged; longest"), "{costs}");
        assert_eq!(Costs::default().to_string(), "nothing acknowledged");
    }

    #[test]
    fn the_longest_time_there_is_has_a_bucket() {
        assert_eq!(bucket(u64::MAX), 59 * 16 + 31);
        assert!(middle(bucket(u64::MAX)) > u64::MAX / 32 * 31);
    }

    proptest! {
        #[test]
        fn the_order_in_which_runs_are_added_does_not_matter(
            runs in vec(vec(0..10_000_000_u64, 0..6), 0..12),
            cut in 0..12_usize,
        ) {
            let (left, right) = runs.split_at(cut.min(runs.len()));
            let mut halves = costs(right);
            halves.merge(costs(left));
            prop_assert_eq!(&halves, &costs(&runs));
            let text = serde_json::to_string(&halves).unwrap();
            prop_assert_eq!(serde_json::from_str::<Costs>(&text).unwrap(), halves);
        }

        #[test]
        fn a_bucket_is_where_its_middle_is_and_no_time_is_further_from_it_than_3_2_percent(micros: u64, bits in 0..64_u32) {
            let micros = micros >> bits;
            let middle = middle(bucket(micros));
            prop_assert_eq!(bucket(middle), bucket(micros));
            prop_assert!(middle.abs_diff(micros) <= micros / 31);
        }

        #[test]
        fn percentiles_are_those_of_the_sorted_times(mut times in vec(0..10_000_000_u64, 1..300)) {
            let told = costs(&[times.clone()]).latency.times().unwrap();
            times.sort_unstable();
            let at = |percent: usize| middle(bucket(times[(times.len() * percent).div_ceil(100) - 1]));
            prop_assert_eq!(told, Times { median: at(50), p99: at(99), worst: at(100) });
        }
    }
}
