//! Violations planted in random clean histories: each is found, and nothing else is. Clean histories are full of what is legal:
//! retries, unknown outcomes, declared drops, crashes and redelivery.

use proptest::prelude::*;

use crate::story::Story;
use crate::{DropReason, Event, Kind, Path, Phase};

/// What is planted, what must be found, and on which path. One line each.
const PLANTS: &[(Plant, Kind, Path)] = &[
    (Plant::LosesAcknowledged, Kind::LostAcked, Path::Broker),
    (Plant::ForgetsASettlement, Kind::LostSettlement, Path::Broker),
    (Plant::StoresWhatItRefused, Kind::FalseFailure, Path::Broker),
    (Plant::AppliesWhatItRefused, Kind::FalseFailure, Path::Consumer),
    (Plant::AnswersTooEarly, Kind::LostIntent, Path::Producer),
    (Plant::SettlesWithoutEffect, Kind::LostUnprocessed, Path::Consumer),
    (Plant::StoresTwice, Kind::DuplicateLog, Path::Producer),
    (Plant::StoresTwiceUnderOneStamp, Kind::DuplicateLog, Path::Broker),
    (Plant::AppliesTwice, Kind::DuplicateEffect, Path::Consumer),
    (Plant::StoresOutOfOrder, Kind::ReorderLog, Path::Producer),
    (Plant::DeliversOutOfOrder, Kind::ReorderDelivery, Path::Consumer),
    (Plant::AppliesOutOfOrder, Kind::ReorderEffect, Path::Consumer),
    (Plant::NamesAnothersPlace, Kind::MisplacedAck, Path::Broker),
    (Plant::HangsUp, Kind::NeedlessDoubt, Path::Broker),
    (Plant::LetsGoWhoKeepsUp, Kind::NeedlessShrink, Path::Broker),
    (Plant::LetsInWhoLacksSomething, Kind::Incomplete, Path::Broker),
    (Plant::MakesUpARecord, Kind::Phantom, Path::Broker),
    (Plant::MakesUpAnEffect, Kind::Phantom, Path::Consumer),
    (Plant::ShowsWhatIsNotStored, Kind::DirtyRead, Path::Broker),
    (Plant::ReplicasDiffer, Kind::Diverged, Path::Broker),
    (Plant::HoldsTwoAtOneOffset, Kind::Diverged, Path::Broker),
    (Plant::TwoOwners, Kind::SplitBrain, Path::Broker),
    (Plant::TwoLeaders, Kind::SplitBrain, Path::Broker),
    (Plant::WatermarkFalls, Kind::WatermarkRegress, Path::Broker),
    (Plant::FollowersWatermarkFalls, Kind::WatermarkRegress, Path::Broker),
    (Plant::CallsDifferentRecordsSafe, Kind::Diverged, Path::Broker),
    (Plant::EpochGoesBack, Kind::EpochRegress, Path::Broker),
    (Plant::NeverSettles, Kind::Stuck, Path::Consumer),
    (Plant::NeverAnswers, Kind::Stuck, Path::Producer),
    (Plant::Panics, Kind::Panicked, Path::Broker),
];

/// A kind of anomaly, and where.
type Class = (Kind, Path);

/// What is planted and stands beyond the verdict, and what the verdict says besides.
const BEYOND: &[(Plant, Kind, Path, Option<Class>)] = &[
    (Plant::AcknowledgesBeforeItStores, Kind::Unaccounted, Path::Broker, None),
    (Plant::SettlesTooFar, Kind::CommittedTooFar, Path::Consumer, None),
    (Plant::SettlesBack, Kind::CommitRegress, Path::Consumer, None),
    (Plant::SettlesPastTheEnd, Kind::CommitPastEnd, Path::Broker, None),
    (Plant::Skips, Kind::Skipped, Path::Consumer, None),
    (Plant::AppliesAnOldOneLast, Kind::Stale, Path::Consumer, Some((Kind::DuplicateEffect, Path::Consumer))),
    (Plant::AppliesInPart, Kind::Partial, Path::Consumer, None),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plant {
    AcknowledgesBeforeItStores,
    SettlesTooFar,
    SettlesBack,
    SettlesPastTheEnd,
    Skips,
    AppliesAnOldOneLast,
    AppliesInPart,
    LosesAcknowledged,
    ForgetsASettlement,
    StoresWhatItRefused,
    AppliesWhatItRefused,
    AnswersTooEarly,
    SettlesWithoutEffect,
    StoresTwice,
    StoresTwiceUnderOneStamp,
    AppliesTwice,
    StoresOutOfOrder,
    DeliversOutOfOrder,
    AppliesOutOfOrder,
    NamesAnothersPlace,
    HangsUp,
    LetsGoWhoKeepsUp,
    LetsInWhoLacksSomething,
    MakesUpARecord,
    MakesUpAnEffect,
    ShowsWhatIsNotStored,
    ReplicasDiffer,
    HoldsTwoAtOneOffset,
    TwoOwners,
    TwoLeaders,
    WatermarkFalls,
    FollowersWatermarkFalls,
    CallsDifferentRecordsSafe,
    EpochGoesBack,
    NeverSettles,
    NeverAnswers,
    Panics,
}

/// What becomes of a message that is stored.
#[derive(Clone, Copy, Debug)]
struct Fate {
    /// The producer tried before and does not know what came of it.
    retried: bool,
    /// It never learns that the last try succeeded.
    unknown: bool,
    answered: bool,
    /// The consumer crashes after the effect, and is handed the message again.
    redelivered: bool,
    /// The effect's outcome is unknown to the consumer; it asks again, and the sink knows.
    asked_again: bool,
    settled_at_once: bool,
    /// Offsets are left out before it, as the marks of transactions leave them out.
    gap: bool,
}

fn fate() -> impl Strategy<Value = Fate> {
    any::<[bool; 7]>().prop_map(
        |[retried, unknown, answered, redelivered, asked_again, settled_at_once, gap]| Fate {
            retried,
            unknown,
            answered: answered && !unknown,
            redelivered,
            asked_again,
            settled_at_once,
            gap,
        },
    )
}

/// A history in the making: messages `p1-0`, `p1-1`, .. of one key, all in one log.
struct Making {
    story: Story,
    plant: Option<Plant>,
    /// The message at which it is planted.
    at: usize,
    offsets: Vec<u64>,
}

fn id(number: usize) -> String {
    format!("p1-{number}")
}

impl Making {
    fn plants(&self, plant: Plant, number: usize) -> bool {
        self.plant == Some(plant) && self.at == number
    }

    fn tell(&mut self, told: impl FnOnce(Story) -> Story) {
        self.story = told(std::mem::replace(&mut self.story, Story::new()));
    }

    fn send(&mut self, number: usize, fate: Fate) {
        let offset = self.offsets[number];
        let id = id(number);
        self.tell(|story| story.intent(&id).send(&id, Phase::Invoke));
        if fate.retried && !self.plants(Plant::StoresWhatItRefused, number) {
            self.tell(|story| story.send(&id, Phase::Info).send(&id, Phase::Invoke));
        }
        if self.plants(Plant::HangsUp, number) {
            self.tell(|story| story.hung_up("broker-1", &id));
        }
        let late = self.plants(Plant::AcknowledgesBeforeItStores, number);
        if !late {
            self.tell(|story| story.appended(&id, offset));
        }
        let refused = self.plants(Plant::StoresWhatItRefused, number);
        let misplaced = self.plants(Plant::NamesAnothersPlace, number);
        if self.plants(Plant::LetsGoWhoKeepsUp, number) {
            self.tell(|story| story.led("broker-1", 1).appended(&id, offset).visible(offset + 1));
            self.tell(|story| story.lagging("broker-1", "broker-2", 400));
        }
        if self.plants(Plant::LetsInWhoLacksSomething, number) {
            self.tell(|story| story.members(&["broker-1", "broker-2"], &[]).visible(offset + 1));
            self.tell(|story| story.replicated("broker-3", offset).members(&["broker-1", "broker-3"], &[]));
        }
        let acknowledged =
            !fate.unknown || late || misplaced || self.plants(Plant::LosesAcknowledged, number);
        let named = if misplaced { self.offsets[number + 1] } else { offset };
        self.tell(|story| match acknowledged {
            _ if refused => story.send(&id, Phase::Fail),
            true => story.acknowledged(&id, named),
            false => story.send(&id, Phase::Info),
        });
        if late {
            self.tell(|story| story.appended(&id, offset));
        }
        if fate.answered {
            self.tell(|story| story.answered(&id));
        }
    }

    fn consume(&mut self, number: usize, fate: Fate) {
        if self.plants(Plant::LosesAcknowledged, number) {
            return;
        }
        let (id, offset) = (id(number), self.offsets[number]);
        if !self.plants(Plant::Skips, number) {
            self.tell(|story| story.polled(&id, offset));
        }
        if self.plants(Plant::SettlesTooFar, number) {
            self.tell(|story| story.settled(offset + 1));
        }
        if !self.plants(Plant::SettlesWithoutEffect, number) {
            self.apply(number, fate);
        }
        if fate.settled_at_once && self.plant != Some(Plant::NeverSettles) {
            self.tell(|story| story.settled(offset + 1));
        }
    }

    fn apply(&mut self, number: usize, fate: Fate) {
        let (id, offset) = (id(number), self.offsets[number]);
        let end = if self.plants(Plant::AppliesWhatItRefused, number) { Phase::Fail } else { Phase::Ok };
        self.tell(|story| story.effect(&id, Phase::Invoke).applied(&id).effect(&id, end));
        if self.plant == Some(Plant::AppliesInPart) && self.at != number {
            self.tell(|story| story.sink("parcels").charged(&id).sink("ledger"));
        }
        if self.plants(Plant::AppliesTwice, number) {
            self.tell(|story| story.charged(&id));
        }
        if fate.asked_again {
            self.tell(|story| story.called(&id));
        }
        // Who skips is not handed it later either.
        if fate.redelivered && !self.plants(Plant::Skips, number) {
            let crash =
                |story: Story| story.fault("crash", "consumer-1").tell("consumer-1", Event::Began).granted();
            self.tell(|story| crash(story).polled(&id, offset).called(&id));
        }
    }

    /// Two messages with their deliveries, or their effects, in the wrong order.
    fn swapped(&mut self, first: usize) {
        let [one, two] = [first, first + 1].map(id);
        let [early, late] = [self.offsets[first], self.offsets[first + 1]];
        if self.plant == Some(Plant::DeliversOutOfOrder) {
            self.tell(|story| story.polled(&two, late).polled(&one, early).charged(&one).charged(&two));
        } else {
            self.tell(|story| story.polled(&one, early).polled(&two, late).charged(&two).charged(&one));
        }
    }
}

/// A history of some messages, with what is planted at one of the first but the last.
fn history(fates: &[Fate], at: usize, plant: Option<Plant>) -> Story {
    let mut offsets: Vec<u64> = Vec::new();
    for fate in fates {
        let next = offsets.last().map_or(0, |last| last + 1);
        offsets.push(next + u64::from(fate.gap));
    }
    if plant == Some(Plant::StoresOutOfOrder) {
        offsets.swap(at, at + 1);
    }
    let mut making = Making { story: Story::new(), plant, at, offsets };
    fates.iter().enumerate().for_each(|(number, fate)| making.send(number, *fate));
    making.tell(|story| never_stored(story, plant));
    making.tell(Story::granted);
    let mut order: Vec<usize> = (0..fates.len()).collect();
    order.sort_by_key(|&number| making.offsets[number]);
    let swaps = matches!(plant, Some(Plant::DeliversOutOfOrder | Plant::AppliesOutOfOrder));
    for number in order {
        if swaps && number == at {
            making.swapped(at);
        } else if !(swaps && number == at + 1) {
            making.consume(number, fates[number]);
        }
    }
    end(making)
}

/// Messages that no log holds: legal, each in its own way. The planted one is not.
fn never_stored(story: Story, plant: Option<Plant>) -> Story {
    let story = story.intent("p1-90").send("p1-90", Phase::Invoke).send("p1-90", Phase::Info);
    let story = story.intent("p1-91").send("p1-91", Phase::Invoke).send("p1-91", Phase::Fail);
    let story = story.intent("p1-92").answered("p1-92").given_up("p1-92", DropReason::DeliveryTimeout);
    let story = story.intent("p1-93").send("p1-93", Phase::Invoke);
    match plant {
        Some(Plant::AnswersTooEarly) => story.answered("p1-90").send("p1-93", Phase::Info),
        Some(Plant::NeverAnswers) => story,
        _ => story.fault("crash", "producer-1"),
    }
}

fn end(mut making: Making) -> Story {
    let end = making.offsets.iter().max().map_or(0, |last| last + 1);
    let plant = making.plant;
    let (at, offsets) = (making.at, making.offsets.clone());
    if plant == Some(Plant::ShowsWhatIsNotStored) {
        making.tell(|story| story.polled("p1-90", end));
    }
    let stored_behind = [Plant::StoresTwice, Plant::StoresTwiceUnderOneStamp, Plant::MakesUpARecord];
    let upto = end + u64::from(plant.is_some_and(|plant| stored_behind.contains(&plant)));
    making.tell(|story| match plant {
        Some(Plant::NeverSettles) => story,
        Some(Plant::SettlesPastTheEnd) => story.settled(upto + 4),
        Some(Plant::ForgetsASettlement) => story.settled(upto).granted().told(0).settled(upto),
        Some(Plant::SettlesBack) => story.settled(upto).settled(0).settled(upto),
        Some(Plant::AppliesAnOldOneLast) => story.charged(&id(at)).settled(upto),
        _ => story.settled(upto),
    });
    making.tell(Story::healed);
    for (number, &offset) in offsets.iter().enumerate() {
        let id = id(number);
        let stamped = making.plants(Plant::StoresTwiceUnderOneStamp, number);
        if making.plants(Plant::LosesAcknowledged, number) {
            continue;
        }
        making.tell(|story| if stamped { story.stamped(&id, offset, 7) } else { story.logged(&id, offset) });
    }
    let twice = id(at);
    making.tell(|story| match plant {
        Some(Plant::StoresTwice) => story.logged(&twice, end),
        Some(Plant::StoresTwiceUnderOneStamp) => story.stamped(&twice, end, 7),
        Some(Plant::MakesUpARecord) => story.logged("p9-9", end),
        Some(Plant::MakesUpAnEffect) => story.applied("p9-9"),
        Some(Plant::HoldsTwoAtOneOffset) => {
            story.intent_of("p1-94", 99).logged("p1-94", offsets[at]).applied("p1-94")
        }
        Some(Plant::TwoOwners) => story.by("consumer-1").granted().by("consumer-2").granted_again(),
        Some(Plant::TwoLeaders) => led_twice(story),
        Some(Plant::WatermarkFalls) => fallen(story),
        Some(Plant::FollowersWatermarkFalls) => story.committed("broker-2", 9, 1).committed("broker-2", 8, 2),
        Some(Plant::CallsDifferentRecordsSafe) => {
            story.committed("broker-1", 9, 1).committed("broker-2", 9, 2)
        }
        Some(Plant::EpochGoesBack) => {
            story.committed_in("broker-2", 4, 9, 1).committed_in("broker-2", 3, 9, 1)
        }
        Some(Plant::Panics) => story.halted("broker-1", "panic: overflow"),
        _ => story.halted("broker-1", "closed"),
    });
    let hash = if plant == Some(Plant::ReplicasDiffer) { 2 } else { 1 };
    making.tell(|story| story.digest("broker-1", end, 1).digest("broker-2", end, hash).audited());
    making.story
}

fn led_twice(story: Story) -> Story {
    let (story, log) = story.log_named();
    story.tell("broker-1", Event::Lead { log, epoch: 9 }).tell("broker-2", Event::Lead { log, epoch: 9 })
}

fn fallen(story: Story) -> Story {
    let (story, log) = story.log_named();
    let high = Event::Watermark { log, offset: 9 };
    story.tell("broker-1", high).tell("broker-1", Event::Watermark { log, offset: 8 })
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    prop::collection::vec(fate(), 2..8)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_clean_history_is_valid_whatever_legal_trouble_it_saw(fates in fates()) {
        let story = history(&fates, 0, None);
        prop_assert_eq!(story.beyond(), "");
        story.valid();
    }

    #[test]
    fn what_is_planted_beyond_the_verdict_is_found_there_and_nothing_else_is(
        fates in fates(),
        at in any::<prop::sample::Index>(),
        plant in prop::sample::select(BEYOND),
    ) {
        let (plant, kind, path, root) = plant;
        let story = history(&fates, at.index(fates.len() - 1), Some(plant));
        prop_assert_eq!(story.verdict().classes(), root.into_iter().collect());
        let beyond = story.beyond();
        prop_assert!(beyond.starts_with(&format!("{kind}/{path} ")), "{}", beyond);
        prop_assert_eq!(beyond.lines().count(), 1, "{}", beyond);
    }

    #[test]
    fn a_planted_violation_is_found_and_nothing_else_is(
        fates in fates(),
        at in any::<prop::sample::Index>(),
        plant in prop::sample::select(PLANTS),
    ) {
        let (plant, kind, path) = plant;
        let at = at.index(fates.len() - 1);
        history(&fates, at, Some(plant)).invalid(kind, path);
    }
}

#[test]
fn every_kind_has_a_planted_case() {
    // Limits are planted beside their checkers: only there anybody knows them.
    let limits = [Kind::Overrun, Kind::Unavailable, Kind::Unresolved, Kind::EagerRetry];
    for kind in Kind::ALL {
        let planted = PLANTS.iter().any(|(_, planted, _)| planted == kind);
        let beyond = BEYOND.iter().any(|(_, planted, ..)| planted == kind);
        assert!(planted || beyond || limits.contains(kind), "{kind} is never planted");
    }
}
