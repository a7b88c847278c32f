//! What leaders and controllers tell that were deposed and do not know it. One that stood still finds a follower's answer from its own reign
//! when it goes on, and says what came to count then; that is true, and no longer so. The history would have the sets of one reign follow
//! those of the next.

use std::borrow::Cow;
use std::collections::BTreeMap;

use broker::{Epoch, Observation, TopicPartition};

/// The newest term in which anybody has told who counts: the controllers for all logs that they decide on, elected leaders each for a log.
#[derive(Clone, Debug, Default)]
pub(super) struct Reigns {
    newest: BTreeMap<Option<TopicPartition>, Epoch>,
}

impl Reigns {
    /// These observations, without what was told in an older term than has been heard of.
    pub(super) fn current<'a>(&mut self, observations: &'a [Observation]) -> Cow<'a, [Observation]> {
        let mut any_old = false;
        for (reign, term) in observations.iter().filter_map(told_in) {
            let newest = self.newest.entry(reign).or_default();
            any_old |= term < *newest;
            *newest = term.max(*newest);
        }
        if !any_old {
            return Cow::Borrowed(observations);
        }
        let is_old = |(reign, term)| self.newest.get(&reign).is_some_and(|newest| term < *newest);
        let current = |observation: &&Observation| !told_in(observation).is_some_and(is_old);
        Cow::Owned(observations.iter().filter(current).cloned().collect())
    }
}

/// Whose reign it is told in, by the log that it is over, and in which term; `None` where that makes no difference.
fn told_in(observation: &Observation) -> Option<(Option<TopicPartition>, Epoch)> {
    match observation {
        Observation::Members { term, .. } => Some((None, *term)),
        Observation::Voters { topic_partition, term, .. } => Some((Some(*topic_partition), *term)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use broker::TopicId;

    use super::*;

    const LOGS: [TopicPartition; 2] = [log(0), log(1)];

    const fn log(partition: u16) -> TopicPartition {
        TopicPartition { topic: TopicId(0), partition }
    }

    fn decided(term: Epoch) -> Observation {
        Observation::Members { topic_partition: LOGS[0], term, in_sync: Vec::new(), eligible: Vec::new() }
    }

    fn elected(topic_partition: TopicPartition, term: Epoch) -> Observation {
        Observation::Voters { topic_partition, term, voters: Vec::new() }
    }

    #[test]
    fn what_a_deposed_controller_tells_of_its_own_reign_is_no_news() {
        let mut reigns = Reigns::default();
        assert_eq!(reigns.current(&[decided(1)]).len(), 1);
        assert_eq!(reigns.current(&[decided(2), Observation::Audited]).len(), 2);
        assert_eq!(reigns.current(&[decided(1), Observation::Audited]).as_ref(), [Observation::Audited]);
        assert_eq!(reigns.current(&[decided(2)]).len(), 1);
    }

    #[test]
    fn nor_is_what_a_deposed_leader_tells_of_the_log_that_it_led() {
        let mut reigns = Reigns::default();
        assert_eq!(reigns.current(&[elected(LOGS[0], 2)]).len(), 1);
        assert!(reigns.current(&[elected(LOGS[0], 1)]).is_empty());
        assert_eq!(
            reigns.current(&[elected(LOGS[1], 1), decided(1)]).len(),
            2,
            "of other logs there was no newer term"
        );
    }
}
