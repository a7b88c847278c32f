//! What senders wait: how long after its begin each send was acknowledged, and for how long at most a log acknowledged nothing though
//! somebody waited.

use std::collections::{BTreeMap, VecDeque};

use broker::{MessageId, Micros, NodeId, TopicPartition};

/// The sends that are under way, and what others waited.
#[derive(Clone, Debug, Default)]
pub(super) struct Sends {
    logs: BTreeMap<TopicPartition, Log>,
    waited: SendersWaited,
}

/// What senders waited in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendersWaited {
    /// For each send that was acknowledged, in the order of acknowledgements: the simulated microseconds from its begin, over all
    /// its retries.
    pub latencies: Vec<Micros>,
    /// The longest time in which some log had sends open and acknowledged none, in simulated microseconds. A sender whose process
    /// was ended waits for nothing; one that stands still or is cut off does.
    pub longest: Micros,
}

/// One log's sends.
#[derive(Clone, Debug, Default)]
struct Log {
    /// The oldest first.
    open: VecDeque<Open>,
    /// When one was acknowledged last.
    acknowledged: Micros,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    id: MessageId,
    by: NodeId,
    begun: Micros,
}

impl Log {
    /// For how long somebody has waited and nothing was acknowledged.
    fn silent(&self, now: Micros) -> Micros {
        let since = self.open.front().map_or(now, |oldest| oldest.begun.max(self.acknowledged));
        now.saturating_sub(since)
    }
}

impl Sends {
    /// A send begins.
    pub(super) fn began(&mut self, begun: Micros, by: NodeId, log: TopicPartition, id: MessageId) {
        self.logs.entry(log).or_default().open.push_back(Open { id, by, begun });
    }

    /// A send ends, acknowledged or not.
    pub(super) fn ended(&mut self, now: Micros, log: TopicPartition, id: MessageId, acknowledged: bool) {
        let Some(log) = self.logs.get_mut(&log) else { return };
        // A log acknowledges in the order of begins for the most part.
        let Some(at) = log.open.iter().position(|open| open.id == id) else { return };
        self.waited.longest = self.waited.longest.max(log.silent(now));
        if let (Some(open), true) = (log.open.remove(at), acknowledged) {
            self.waited.latencies.push(now.saturating_sub(open.begun));
            log.acknowledged = now;
        }
    }

    /// A sender's process is gone, and nobody waits for what it had begun.
    pub(super) fn gone(&mut self, now: Micros, sender: NodeId) {
        for log in self.logs.values_mut().filter(|log| log.open.iter().any(|open| open.by == sender)) {
            self.waited.longest = self.waited.longest.max(log.silent(now));
            log.open.retain(|open| open.by != sender);
        }
    }

    /// What was waited, in a run that ends now.
    pub(super) fn waited(&self, now: Micros) -> SendersWaited {
        let open = self.logs.values().map(|log| log.silent(now)).max();
        SendersWaited { longest: self.waited.longest.max(open.unwrap_or_default()), ..self.waited.clone() }
    }
}

#[cfg(test)]
mod tests {
    use broker::TopicId;

    use super::*;

    const LOG: TopicPartition = TopicPartition { topic: TopicId(0), partition: 0 };
    const OTHER: TopicPartition = TopicPartition { topic: TopicId(0), partition: 1 };
    const ONE: NodeId = NodeId(1);
    const TWO: NodeId = NodeId(2);

    fn id(number: u32) -> MessageId {
        MessageId { producer: 1, number }
    }

    #[test]
    fn a_log_is_silent_from_the_oldest_open_send_or_the_last_acknowledgement_on_whichever_was_later() {
        let mut sends = Sends::default();
        sends.began(100, ONE, LOG, id(0));
        sends.began(150, ONE, LOG, id(1));
        sends.ended(160, LOG, id(0), true);
        sends.began(165, ONE, LOG, id(2));
        sends.ended(400, LOG, id(1), true);
        let waited = sends.waited(401);
        assert_eq!(waited, SendersWaited { latencies: vec![60, 250], longest: 240 });
        assert_eq!(sends.waited(700).longest, 300, "the third is still open when the run ends");
    }

    #[test]
    fn nobody_waits_while_no_send_is_open_and_one_log_does_not_answer_for_another() {
        let mut sends = Sends::default();
        sends.began(0, ONE, OTHER, id(0));
        sends.began(10, ONE, LOG, id(1));
        sends.ended(20, LOG, id(1), true);
        sends.began(90, ONE, LOG, id(2));
        sends.ended(95, LOG, id(2), true);
        sends.ended(97, OTHER, id(0), true);
        assert_eq!(sends.waited(1_000), SendersWaited { latencies: vec![10, 5, 97], longest: 97 });
    }

    #[test]
    fn a_send_that_failed_waited_too_and_has_no_latency() {
        let mut sends = Sends::default();
        sends.began(0, ONE, LOG, id(0));
        sends.ended(500, LOG, id(0), false);
        sends.began(600, ONE, LOG, id(1));
        sends.ended(610, LOG, id(1), true);
        assert_eq!(sends.waited(610), SendersWaited { latencies: vec![10], longest: 500 });
    }

    #[test]
    fn a_sender_whose_process_was_ended_waits_until_then_and_no_longer() {
        let mut sends = Sends::default();
        sends.began(0, ONE, LOG, id(0));
        sends.gone(30, ONE);
        sends.began(500, TWO, LOG, id(1));
        sends.ended(510, LOG, id(1), true);
        assert_eq!(sends.waited(1_000), SendersWaited { latencies: vec![10], longest: 30 });
    }
}
