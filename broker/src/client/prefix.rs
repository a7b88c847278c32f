//! Which of the records of one topic partition are completed, and how far without a gap.

use std::collections::VecDeque;

use crate::Offset;

/// The contiguous completed prefix: every offset below [`Prefix::end`] is completed, whatever order the completions came in.
#[derive(Clone, Debug, Hash)]
pub(super) struct Prefix {
    end: Offset,
    /// Whether each offset from `end` on is completed; the first one never is.
    beyond: VecDeque<bool>,
}

impl Prefix {
    /// Everything below `start` counts as completed.
    pub(super) fn new(start: Offset) -> Self {
        Prefix { end: start, beyond: VecDeque::new() }
    }

    /// The first offset that is not completed.
    pub(super) fn end(&self) -> Offset {
        self.end
    }

    /// Expects a record at `offset`, which must be above all expected so far. Offsets left out hold nothing to be completed.
    pub(super) fn expect(&mut self, offset: Offset) {
        let next = self.end + self.beyond.len() as Offset;
        self.beyond.extend((next..offset).map(|_| true));
        self.beyond.push_back(false);
        self.advance();
    }

    /// The record at `offset` is completed; `false` when it was not expected, or was before.
    pub(super) fn complete(&mut self, offset: Offset) -> bool {
        let at = offset.checked_sub(self.end).and_then(|at| usize::try_from(at).ok());
        let Some(completed) = at.and_then(|at| self.beyond.get_mut(at)) else {
            return false;
        };
        let news = !std::mem::replace(completed, true);
        self.advance();
        news
    }

    fn advance(&mut self) {
        while self.beyond.front() == Some(&true) {
            self.beyond.pop_front();
            self.end += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn offsets_that_hold_nothing_do_not_hold_the_prefix_back() {
        let mut prefix = Prefix::new(3);
        prefix.expect(5);
        assert_eq!(prefix.end(), 5);
        assert!(prefix.complete(5));
        assert_eq!(prefix.end(), 6);
        assert!(!prefix.complete(5), "completed twice");
        assert!(!prefix.complete(6), "never expected");
    }

    proptest! {
        #[test]
        fn the_prefix_ends_at_the_first_record_that_is_not_completed(
            start in 0u64..5,
            order in Just((0u64..20).collect::<Vec<_>>()).prop_shuffle(),
            completions in 0usize..=20,
        ) {
            let mut prefix = Prefix::new(start);
            for offset in 0..20 {
                prefix.expect(start + offset);
            }
            for (done, &offset) in order[..completions].iter().enumerate() {
                prop_assert!(prefix.complete(start + offset));
                let first_open = (0..20).find(|o| !order[..=done].contains(o)).unwrap_or(20);
                prop_assert_eq!(prefix.end(), start + first_open);
            }
        }
    }
}
