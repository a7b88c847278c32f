//! Which policies go together. What makes no sense is refused with the reason: a value that nobody would ask for its decision says that
//! somebody expects what he does not get.

use super::{Policies, Truncation};
use crate::Authority;

/// Where replicas elect (`true`) or a controller decides: what is senseless there, and why.
type Rule = (bool, fn(&Policies) -> bool, &'static str);

const RULES: &[Rule] = &[
    (
        false,
        |policies| policies.commit.counts_votes(),
        "its commit counts a majority, but a controller decides who counts: it is `in-sync`, or the authority is `consensus`",
    ),
    (
        false,
        |policies| policies.election.is_by_votes(),
        "its election is by votes, but a controller chooses: it is `clean` or `unclean`, or the authority is `consensus`",
    ),
    (
        false,
        |policies| (policies.ballots, policies.rejoin, policies.refill) != voting(&Policies::IN_SYNC),
        "its ballots, rejoin and refill are for voters, and nobody votes where a controller decides",
    ),
    (
        true,
        |policies| !policies.commit.counts_votes(),
        "its commit asks who is in sync, but nobody keeps that set where replicas elect: it is `current-term` (or `any-term`, which loses)",
    ),
    (
        true,
        |policies| !policies.election.is_by_votes(),
        "its election is a controller's, and there is none where replicas elect: it is `newest-entry`",
    ),
    (
        true,
        |policies| {
            (policies.eligibility, policies.catch_up, policies.unclean_stop) != keeping(&Policies::VOTERS)
        },
        "its eligibility, catch-up and unclean stop are about an in-sync set, and where replicas elect there is none",
    ),
    (
        true,
        |policies| policies.truncation != Truncation::ByEpoch,
        "its truncation does not compare epochs, and an elected leader counts on it that its followers' logs match: it is `by-epoch`",
    ),
    (
        false,
        |policies| policies.min_isr == 0,
        "its min ISR is 0, and the leader itself is always in sync: at least 1",
    ),
];

fn voting(policies: &Policies) -> (super::Ballots, super::Rejoin, super::Refill) {
    (policies.ballots, policies.rejoin, policies.refill)
}

fn keeping(policies: &Policies) -> (super::Eligibility, super::CatchUp, super::UncleanStop) {
    (policies.eligibility, policies.catch_up, policies.unclean_stop)
}

impl Policies {
    /// Why these do not go together under this authority; `None` where they do.
    #[must_use]
    pub fn misfit(&self, authority: Authority) -> Option<&'static str> {
        let elects = authority == Authority::Consensus;
        let rule =
            RULES.iter().find(|(where_elects, senseless, _)| *where_elects == elects && senseless(self));
        rule.map(|(_, _, reason)| *reason)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Ballots, CatchUp, Commit, Election, Eligibility, Flush, Refill, Rejoin, UncleanStop, Visibility,
    };
    use super::*;

    const CONTROLLER: Authority = Authority::Controller;

    #[test]
    fn what_the_two_authorities_begin_with_fits_and_each_only_one() {
        assert_eq!(Policies::IN_SYNC.misfit(CONTROLLER), None);
        assert_eq!(Policies::VOTERS.misfit(Authority::Consensus), None);
        assert!(Policies::IN_SYNC.misfit(Authority::Consensus).is_some());
        assert!(Policies::VOTERS.misfit(CONTROLLER).is_some());
    }

    #[test]
    fn every_value_that_nobody_would_ask_is_refused_with_its_own_reason() {
        let (in_sync, voters) = (Policies::IN_SYNC, Policies::VOTERS);
        let refused = [
            (CONTROLLER, Policies { commit: Commit::AnyTerm, ..in_sync }),
            (CONTROLLER, Policies { election: Election::NewestEntry, ..in_sync }),
            (CONTROLLER, Policies { ballots: Ballots::Volatile, ..in_sync }),
            (CONTROLLER, Policies { rejoin: Rejoin::AsItself, ..in_sync }),
            (CONTROLLER, Policies { refill: Refill::Never, ..in_sync }),
            (CONTROLLER, Policies { min_isr: 0, ..in_sync }),
            (Authority::Consensus, Policies { commit: Commit::InSync, ..voters }),
            (Authority::Consensus, Policies { election: Election::Clean, ..voters }),
            (Authority::Consensus, Policies { eligibility: Eligibility::InSyncOnly, ..voters }),
            (Authority::Consensus, Policies { catch_up: CatchUp::Watermark, ..voters }),
            (Authority::Consensus, Policies { unclean_stop: UncleanStop::Ignored, ..voters }),
            (Authority::Consensus, Policies { truncation: Truncation::ToOwnHighWatermark, ..voters }),
        ];
        let reasons: Vec<_> =
            refused.iter().map(|(authority, policies)| policies.misfit(*authority)).collect();
        assert!(reasons.iter().all(Option::is_some), "{reasons:?}");
        let mut known: Vec<_> = reasons.into_iter().flatten().collect();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), RULES.len(), "every rule refuses something");
    }

    #[test]
    fn what_only_makes_a_log_unsafe_is_nobodys_mistake() {
        let (in_sync, voters) = (Policies::IN_SYNC, Policies::VOTERS);
        let unsafe_ones = [
            (CONTROLLER, Policies { min_isr: 1, election: Election::Unclean, ..in_sync }),
            (CONTROLLER, Policies { truncation: Truncation::ToOwnHighWatermark, ..in_sync }),
            (CONTROLLER, Policies { visibility: Visibility::LogEnd, flush: Flush::BeforeAck, ..in_sync }),
            (
                Authority::Consensus,
                Policies { commit: Commit::AnyTerm, ballots: Ballots::Volatile, ..voters },
            ),
            (
                Authority::Consensus,
                Policies { flush: Flush::Interval(500_000), rejoin: Rejoin::AsItself, ..voters },
            ),
        ];
        for (authority, policies) in unsafe_ones {
            assert_eq!(policies.misfit(authority), None, "{policies:?}");
        }
    }
}
