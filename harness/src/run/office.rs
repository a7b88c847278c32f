//! What controllers tell that were deposed and do not know it. One that stood still finds a follower's answer from its own reign when it goes on,
//! and says what came to count then; that is true, and no longer so. The history would have the sets of one reign follow those of the next.

use std::borrow::Cow;

use broker::{Epoch, Observation};

/// The newest term in which any controller has decided.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Office {
    newest: Epoch,
}

impl Office {
    /// These observations, without what was decided in an older term than has been heard of.
    pub(super) fn current<'a>(&mut self, observations: &'a [Observation]) -> Cow<'a, [Observation]> {
        let mut any_old = false;
        for observation in observations {
            if let Observation::Members { term, .. } = observation {
                any_old |= *term < self.newest;
                self.newest = self.newest.max(*term);
            }
        }
        if !any_old {
            return Cow::Borrowed(observations);
        }
        let old = |observation: &&Observation| matches!(observation, Observation::Members { term, .. } if *term < self.newest);
        Cow::Owned(observations.iter().filter(|observation| !old(observation)).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use broker::{TopicId, TopicPartition};

    use super::*;

    fn decided(term: Epoch) -> Observation {
        let topic_partition = TopicPartition { topic: TopicId(0), partition: 0 };
        Observation::Members { topic_partition, term, in_sync: Vec::new(), eligible: Vec::new() }
    }

    #[test]
    fn what_a_deposed_controller_tells_of_its_own_reign_is_no_news() {
        let mut office = Office::default();
        assert_eq!(office.current(&[decided(1)]).len(), 1);
        assert_eq!(office.current(&[decided(2), Observation::Audited]).len(), 2);
        assert_eq!(office.current(&[decided(1), Observation::Audited]).as_ref(), [Observation::Audited]);
        assert_eq!(office.current(&[decided(2)]).len(), 1);
    }
}
