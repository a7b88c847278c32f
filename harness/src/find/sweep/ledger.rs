//! What has been run so far, by row. A seed counts once, however often and in whatever order its results come.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::record::Record;
use super::row::RowName;
use super::summary::Summary;

/// What has been run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// By row: the runs from some seed up to another, the longer first where several begin with the same seed.
    rows: BTreeMap<RowName, BTreeMap<(u64, Reverse<u64>), Summary>>,
}

impl Ledger {
    /// Adds the results of some seeds of a row.
    pub fn add(&mut self, record: Record) {
        let name = [record.scenario, record.variant, record.engine];
        let seeds = (record.from, Reverse(record.to));
        self.rows.entry(name).or_default().insert(seeds, record.summary);
    }

    /// The results of a row in the order of their seeds, without those whose seeds were counted before.
    fn counted(&self, row: &RowName) -> impl Iterator<Item = (Range<u64>, &Summary)> {
        let mut end = 0;
        let parts = self.rows.get(row).into_iter().flatten();
        parts.filter_map(move |(&(from, Reverse(to)), summary)| {
            let counts = from >= end && from < to;
            end = if counts { to } else { end };
            counts.then_some((from..to, summary))
        })
    }

    /// What all runs of a row came to.
    #[must_use]
    pub fn summary(&self, row: &RowName) -> Summary {
        let mut whole = Summary::default();
        self.counted(row).for_each(|(_, summary)| whole.merge(summary.clone()));
        whole
    }

    /// Which of these seeds of a row have not been run.
    #[must_use]
    pub fn missing(&self, row: &RowName, seeds: Range<u64>) -> Vec<Range<u64>> {
        let (mut missing, mut from) = (Vec::new(), seeds.start);
        for (done, _) in
            self.counted(row).filter(|(done, _)| done.end > seeds.start && done.start < seeds.end)
        {
            missing.push(from..done.start.max(from));
            from = done.end.min(seeds.end);
        }
        missing.push(from..seeds.end);
        missing.retain(|range| !range.is_empty());
        missing
    }

    /// How many seeds each find took, from the seed behind the find before it.
    #[must_use]
    pub fn seeds_to_find(&self, row: &RowName) -> Vec<u64> {
        let (mut gaps, mut since) = (Vec::new(), 0);
        for (seeds, summary) in self.counted(row) {
            let mut from = seeds.start;
            for &find in summary.finds.range(seeds.clone()) {
                gaps.push(since + find - from + 1);
                (since, from) = (0, find + 1);
            }
            since += seeds.end - from;
        }
        gaps
    }

    /// Every part that counts, to be written somewhere else.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        self.rows.keys().flat_map(|row| {
            self.counted(row).map(|(seeds, summary)| {
                let [scenario, variant, engine] = row.clone();
                Record {
                    scenario,
                    variant,
                    engine,
                    from: seeds.start,
                    to: seeds.end,
                    summary: summary.clone(),
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn row() -> RowName {
        ["orders", "safe", "direct"].map(str::to_owned)
    }

    /// The results of these seeds, of which every third shows what it must.
    fn record(seeds: Range<u64>) -> Record {
        let [scenario, variant, engine] = row();
        let finds = seeds.clone().filter(|seed| seed % 3 == 2).collect();
        let summary = Summary { runs: seeds.end - seeds.start, finds, ..Summary::default() };
        Record { scenario, variant, engine, from: seeds.start, to: seeds.end, summary }
    }

    fn ledger(parts: &[Range<u64>]) -> Ledger {
        let mut ledger = Ledger::default();
        parts.iter().for_each(|part| ledger.add(record(part.clone())));
        ledger
    }

    /// Parts of chunks of ten seeds, as interrupted and repeated campaigns leave them.
    fn parts() -> impl Strategy<Value = Vec<Range<u64>>> {
        let part = (0..8_u64, 0..10_u64, 1..=10_u64);
        vec(part.prop_map(|(chunk, from, to)| chunk * 10 + from.min(to - 1)..chunk * 10 + to), 0..20)
    }

    proptest! {
        #[test]
        fn a_seed_counts_once_in_whatever_order_results_come(parts in parts()) {
            let ledger = ledger(&parts);
            let reversed: Vec<Range<u64>> = parts.iter().rev().cloned().collect();
            prop_assert_eq!(&ledger, &self::ledger(&reversed));
            let counted: Vec<u64> = ledger.counted(&row()).flat_map(|(seeds, _)| seeds).collect();
            prop_assert!(counted.is_sorted_by(|one, next| one < next));
            prop_assert_eq!(ledger.summary(&row()).runs, counted.len() as u64);
        }

        #[test]
        fn what_is_missing_and_what_is_counted_are_all_seeds(parts in parts(), from in 0..40_u64, len in 0..60_u64) {
            let (ledger, seeds, row) = (ledger(&parts), from..from + len, row());
            let missing = ledger.missing(&row, seeds.clone());
            let counted = ledger.counted(&row).flat_map(|(seeds, _)| seeds);
            let mut all: Vec<u64> = missing.into_iter().flatten().chain(counted.filter(|s| seeds.contains(s))).collect();
            all.sort_unstable();
            prop_assert_eq!(all, seeds.collect::<Vec<_>>());
        }

        #[test]
        fn merging_what_was_merged_changes_nothing(parts in parts()) {
            let ledger = ledger(&parts);
            let mut again = Ledger::default();
            ledger.records().chain(ledger.records()).for_each(|record| again.add(record));
            prop_assert_eq!(again.summary(&row()), ledger.summary(&row()));
        }
    }

    #[test]
    fn seeds_to_a_find_are_counted_over_those_that_were_run() {
        // 0, 1, 2 found; 3, 4 | 10, 11 found; 12, 13, 14 found.
        assert_eq!(ledger(&[0..5, 10..15]).seeds_to_find(&row()), [3, 4, 3]);
        assert!(ledger(&[0..1, 1..2]).seeds_to_find(&row()).is_empty());
    }
}
