//! The one list of defects, from which their sites, the benchmark, its documents and the tests read.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{Promise, Source, Standing};

/// The one that is on, counted from 1; 0 while none is.
static ON: AtomicUsize = AtomicUsize::new(0);

/// Whether the site of the one that is on was reached since that was asked last.
static REACHED: AtomicBool = AtomicBool::new(false);

macro_rules! defects {
    ($(
        $(#[doc = $about:literal])+
        $name:ident = $text:literal in $site:literal, $source:ident($from:literal), breaks $($promise:ident)+
        $(, $standing:expr)?;
    )+) => {
        /// A bug of one line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Defect {
            $($(#[doc = $about])+ $name,)+
        }

        impl Defect {
            /// Every defect.
            pub const ALL: &[Defect] = &[$(Defect::$name,)+];

            /// Its name in tables and on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Defect::$name => $text,)+
                }
            }

            /// What it does, in a sentence.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $(Defect::$name => concat!($($about),+).trim_ascii_start(),)+
                }
            }

            /// The file of its site, within `broker/src`.
            #[must_use]
            pub fn site(self) -> &'static str {
                match self {
                    $(Defect::$name => $site,)+
                }
            }

            /// Where it comes from.
            #[must_use]
            pub fn source(self) -> Source {
                match self {
                    $(Defect::$name => Source::$source($from),)+
                }
            }

            /// The promises that it can break.
            #[must_use]
            pub fn breaks(self) -> &'static [Promise] {
                match self {
                    $(Defect::$name => &[$(Promise::$promise,)+],)+
                }
            }

            /// Whether it is expected to be found.
            #[must_use]
            pub fn standing(self) -> Standing {
                match self {
                    $(Defect::$name => among(&[$($standing)?]),)+
                }
            }
        }
    };
}

impl Defect {
    /// Turns this one on in the whole process, and every other off; `None` turns all off.
    pub fn turn_on(one: Option<Defect>) {
        ON.store(one.map_or(0, |defect| defect as usize + 1), Ordering::Relaxed);
    }

    /// Whether it is on.
    #[must_use]
    pub fn is_on(self) -> bool {
        let on = ON.load(Ordering::Relaxed) == self as usize + 1;
        if on {
            REACHED.store(true, Ordering::Relaxed);
        }
        on
    }

    /// Whether the site of the one that is on was reached since this was asked last.
    #[must_use]
    pub fn take_reached() -> bool {
        REACHED.swap(false, Ordering::Relaxed)
    }
}

/// What the list says of a defect, or that it can be found.
fn among(said: &[Standing]) -> Standing {
    said.first().copied().unwrap_or(Standing::Findable)
}

defects! {
    /// Whatever min ISR says, an in-sync set of the leader alone is enough for "all": what it acknowledges then is lost
    /// with it.
    AllMayBeOne = "all-may-be-one" in "broker/mod.rs",
        Report("K08-ISR"), breaks Durable Agreed Settled;
    /// A leader serves a follower whose log parts from its own: one offset gets two values.
    LineageUnchecked = "lineage-unchecked" in "replica/fetches.rs",
        Report("K101-DIV"), breaks Durable Agreed Settled;
    /// Asked where an epoch ends that it does not know, a leader answers as if it knew it: the follower cuts at the wrong
    /// place.
    UnknownEpochAffirmed = "unknown-epoch-affirmed" in "log/mod.rs",
        Report("K279"), breaks Durable Agreed,
        Standing::Seldom("three leaders of a log within one fetch: A leads epoch 1 and B has its last record, which C lacks; A crashes at that; B is held up before it fetches from C, which leads epoch 2, appends and goes; B leads epoch 3, and C comes back. Outages take them in that order, and seldom at those moments: 56 core-seconds with a controller, 0.2 where replicas elect and seeds draw turnovers.");
    /// A broker that comes back after an unclean stop keeps its place where nobody else is in sync: it is elected with half of its log.
    LastOneStays = "last-one-stays" in "controller/members.rs",
        Report("K966-LRS"), breaks Durable Agreed Settled;
    /// What is in the page cache alone counts as held where only synced records may.
    HeldUnsynced = "held-unsynced" in "policy/flush.rs",
        Report("N-FSYNC"), breaks Durable Agreed Settled;
    /// Consumers read to the end of the leader's log: a group settles what is lost with the leader, and skips what takes
    /// its place.
    ReadBeyondWatermark = "read-beyond-watermark" in "policy/visibility.rs",
        Report("N-5412"), breaks Durable Agreed Settled;
    /// A restarted controller forgets its catalogue and begins with the first one, in which every replica is in sync.
    CatalogueForgotten = "catalogue-forgotten" in "controller/office.rs",
        Report("N-6888"), breaks Durable Agreed Settled Available;
    /// A batch whose checksum does not match is read back all the same.
    DamageUnnoticed = "damage-unnoticed" in "log/batch.rs",
        Report("N-7549"), breaks Durable Agreed Truthful;
    /// A log with a torn tail is taken for an empty one.
    TornLogIsEmpty = "torn-log-is-empty" in "log/mod.rs",
        Report("RMQ-5433"), breaks Durable Agreed Settled;
    /// A repeated batch is acknowledged at once, though the first is not replicated yet and may be overwritten after an
    /// election.
    RepetitionUnreplicated = "repetition-unreplicated" in "replica/leader.rs",
        Report("RP-3003"), breaks Durable Agreed;
    /// Where no in-sync replica is alive, any other is elected.
    AnyoneElected = "anyone-elected" in "policy/election.rs",
        Report("RMQ-33"), breaks Durable Agreed Settled;
    /// "All" is answered when the leader has it.
    AllIsLeader = "all-is-leader" in "policy/ack.rs",
        Report("ROC-ASYNC"), breaks Durable Agreed;
    /// A settlement is acknowledged when the leader of the offsets log alone has it: an election takes it back.
    SettledByLeaderAlone = "settled-by-leader-alone" in "policy/ack.rs",
        Report("PUL-22709"), breaks Settled Once;
    /// A producer whose request was not answered begins a new epoch and sends it again under a new number.
    DoubtBeginsEpoch = "doubt-begins-epoch" in "client/producer/queue.rs",
        Report("P-14034"), breaks Once Ordered;
    /// A deposed leader says of what it appended that it was not stored.
    DeposedMeansNotStored = "deposed-means-not-stored" in "replica/leader.rs",
        Report("P-AMBIG"), breaks Truthful Once Ordered,
        Standing::Seldom("a producer must give up, with a short delivery timeout, while the only answer it got is that of a leader deposed with the record appended, and the next leader must be gone or refuse when it tries again. 11 core-seconds with a controller, 0.2 where replicas elect.");
    /// A repeated batch is acknowledged with offset 0.
    RepetitionAtZero = "repetition-at-zero" in "replica/leader.rs",
        Report("B-ZERO"), breaks Truthful Agreed;
    /// A commit is accepted from anybody, also from a member that was let go.
    CommitOfAnybody = "commit-of-anybody" in "group/mod.rs",
        Report("T-447"), breaks Owned Settled Once;
    /// A consumer keeps what it owned, with all that it was working on, over a rebalance.
    KeptOverRebalance = "kept-over-rebalance" in "client/consumer/parting.rs",
        Report("C-DOUBLE"), breaks Owned Settled Once Ordered;
    /// A record that its handler wants again goes behind all others of its lane.
    RetryBehindOthers = "retry-behind-others" in "client/work.rs",
        Report("C-KEYSH"), breaks Ordered;
    /// A record that its handler refuses counts as done.
    RefusedIsDone = "refused-is-done" in "client/consumer.rs",
        Report("C-POISON"), breaks Settled;

    /// A rebalance whose time is over does not end at that moment, only after it: its timer is armed for now, again and
    /// again.
    BarrierOpensLate = "barrier-opens-late" in "group/membership.rs",
        Mutation("group/membership.rs:100:26: replace > with >= in Group::complete"), breaks Available;
    /// A batch that was not the oldest when it was sent counts as the oldest, and the oldest does not: a sequence that
    /// still lives is given up, and one that is lost is not.
    HeadMistaken = "head-mistaken" in "client/producer/queue.rs",
        Mutation("client/producer/queue.rs:162:33: replace == with != in Queue::sent"), breaks Once Ordered Available;
    /// A connection to another host is given up while its answer is not due yet, and kept once it is overdue.
    OverdueBackwards = "overdue-backwards" in "peer.rs",
        Mutation("peer.rs:154:58: replace <= with > in Peer::tick"), breaks Available;
    /// A member is let go as soon as it has joined, however often it speaks.
    SpeakersLetGo = "speakers-let-go" in "group/membership.rs",
        Mutation("group/membership.rs:179:56: replace && with || in Group::expire"), breaks Available Owned;
    /// A queue wakes up for batches whose senders were told how they ended, not for those who wait to be told.
    WokenForTheTold = "woken-for-the-told" in "client/producer/queue.rs",
        Mutation("client/producer/queue.rs:249:50: delete ! in Queue::deadline"), breaks Available Truthful;
    /// A follower wants to be woken at once while it need not wait.
    WokenWhileFetching = "woken-while-fetching" in "replica/follower.rs",
        Mutation("replica/follower.rs:48:25: replace && with || in Following::deadline"), breaks Available;
    /// A producer forgets an id that has epochs left, and begins anew with one that has none.
    SpentIdentityKept = "spent-identity-kept" in "client/producer.rs",
        Mutation("client/producer.rs:198:16: delete ! in Producer::settle"), breaks Once Ordered,
        Standing::Equivalent {
            promise: Promise::Once,
            argument: "an id has 65,536 epochs, so no run spends one; and a producer that forgets an id with epochs left asks for another when a queue needs one, which is as unique.",
        };
    /// A follower whose log was cut keeps what it knew of producers, and its watermark.
    TruncationForgotten = "truncation-forgotten" in "replica/mod.rs",
        Mutation("replica/mod.rs:206:15: replace < with == in Replica::truncate"), breaks Durable Once Ordered Agreed,
        Standing::Seldom("a follower whose log was cut must lead before anything else is appended, and be sent again just the batch that was cut. 32 core-seconds.");
    /// Where an epoch ends is sought among the batches of newer epochs.
    LineageBackwards = "lineage-backwards" in "log/mod.rs",
        Mutation("log/mod.rs:164:78: replace <= with > in Log::lineage"), breaks Durable Agreed Available;
    /// A producer waits for a session that it has.
    SessionNeverEnough = "session-never-enough" in "client/producer/queue.rs",
        Mutation("client/producer/queue.rs:102:9: replace Queue::needs_session -> bool with true"), breaks Available;
    /// Settlements are not written to the offsets log.
    CommitsUnwritten = "commits-unwritten" in "broker/mod.rs",
        Mutation("broker/mod.rs:173:25: replace == with != in Broker::write_commits"), breaks Available Settled;
    /// A follower fetches again while a fetch is on its way, or while it does not hold what it claims.
    FetchesPileUp = "fetches-pile-up" in "replica/follower.rs",
        Mutation("replica/follower.rs:68:15: replace && with || in Replica::wants_fetch"), breaks Durable Agreed Available;
    /// All producers get the id 0: one's batch is taken for a repetition of another's.
    ProducersAlike = "producers-alike" in "broker/requests.rs",
        Mutation("broker/requests.rs:73:49: replace | with & in Broker::new_producer"), breaks Durable Once Ordered Truthful Available;
    /// No batch counts as being on its way: a sender is told that nothing was stored while the request is out.
    NeverInFlight = "never-in-flight" in "client/producer/batch.rs",
        Mutation("client/producer/batch.rs:51:9: replace Batch::in_flight -> bool with false"), breaks Truthful Once Ordered Available;
    /// What is not replicated is acknowledged, and what ends at the watermark is not.
    AckedTooSoon = "acked-too-soon" in "replica/leader.rs",
        Mutation("replica/leader.rs:294:26: replace > with == in Replica::acknowledge"), breaks Durable Agreed;
    /// A client rests until a time that is over.
    RestsInThePast = "rests-in-the-past" in "client/cluster.rs",
        Mutation("client/cluster.rs:174:18: replace + with - in Cluster<T>::later"), breaks Available;
    /// A client gives up every connection whenever it is woken.
    AlwaysOverdue = "always-overdue" in "client/cluster.rs",
        Mutation("client/connection.rs:141:9: replace Link<T>::overdue -> bool with true"), breaks Available;
    /// Every batch is remembered at the beginning of its file: whoever cuts the log cuts the file to nothing.
    PositionsStayZero = "positions-stay-zero" in "log/mod.rs",
        Mutation("log/mod.rs:223:21: replace += with *= in Log::push"), breaks Durable Agreed Settled;
    /// Every produce request that wants all replicas is refused.
    AllIsRefused = "all-is-refused" in "policy/ack.rs",
        Mutation("replica/leader.rs:165:35: replace && with || in Replica::admit"), breaks Available;
    /// A consumer sends its next heartbeat at once.
    MemberSpeaksAtOnce = "member-speaks-at-once" in "client/consumer/membership.rs",
        Mutation("client/consumer/membership.rs:282:69: replace + with - in Consumer::next_heartbeat"), breaks Available;
    /// All syncs of a log have the same token.
    SyncsAlike = "syncs-alike" in "log/mod.rs",
        Mutation("log/mod.rs:177:25: replace += with *= in Log::sync"), breaks Durable,
        Standing::Equivalent {
            promise: Promise::Durable,
            argument: "a log has one sync under way at a time, truncation lowers what it vouches for, and no answer crosses a restart: there is nothing that a token would tell apart.",
        };
    /// A consumer that reads below the end of the log is told that it is out of range.
    RangeBackwards = "range-backwards" in "replica/fetches.rs",
        Mutation("replica/leader.rs:243:30: replace > with < in Replica::admit_fetch"), breaks Available Settled;
    /// A broker sends its next heartbeat at once, and never while its clock has not run for one.
    BrokerSpeaksAtOnce = "broker-speaks-at-once" in "broker/cluster.rs",
        Mutation("broker/cluster.rs:109:39: replace + with - in Broker::talk_to_controller"), breaks Available;
    /// A follower begins by cutting its log to the watermark that it remembers, which lags behind what was acknowledged
    /// (K101-HW).
    CutToOwnWatermark = "cut-to-own-watermark" in "policy/truncation.rs",
        Mutation("replica/follower.rs:54:37: replace == with != in Replica::follow"), breaks Durable Agreed Settled;
    /// A leader elected from the in-sync set is the only one left in it.
    ElectedAlone = "elected-alone" in "controller/elections.rs",
        Mutation("controller/elections.rs:38:20: delete ! in Controller::elect_missing"), breaks Available Durable;
    /// A consumer commits what is completed before a commit is due.
    CommitsBeforeDue = "commits-before-due" in "client/consumer/positions.rs",
        Mutation("client/consumer/commits.rs:123:17: replace && with || in Consumer::due_offsets"), breaks Settled,
        Standing::Equivalent {
            promise: Promise::Settled,
            argument: "what is committed is the contiguous completed prefix whenever it is committed; to commit it earlier than the policy asks repeats less after a crash, and claims nothing that is not done.",
        };
    /// A member that leaves is not heard: the others wait for the end of its session.
    GoodbyeUnheard = "goodbye-unheard" in "broker/requests.rs",
        Mutation("broker/requests.rs:94:9: delete match arm Request::LeaveGroup{group, member} in coordinate"), breaks Available;
    /// The watermark never moves.
    WatermarkStands = "watermark-stands" in "policy/mod.rs",
        Mutation("replica/leader.rs:272:23: replace > with == in Replica::advance"), breaks Available;
    /// A producer that wants no answer sends empty requests without end.
    NothingToSend = "nothing-to-send" in "client/producer/queue.rs",
        Mutation("client/producer/queue.rs:131:16: replace > with >= in Queue::pop_unconfirmed"), breaks Available,
        Standing::Equivalent {
            promise: Promise::Available,
            argument: "whoever awaits an answer asks for records only when one waits, so the count is never 0 there; a producer that wants no answer is promised nothing.",
        };
    /// A refused record is handed out again at once, or never where the clock has not run for one rest.
    RetriedInThePast = "retried-in-the-past" in "client/consumer.rs",
        Mutation("client/consumer.rs:139:42: replace + with - in Consumer::retry"), breaks Available Settled;
    /// No fetch is answered with what it waits for.
    FetchesUnanswered = "fetches-unanswered" in "replica/fetches.rs",
        Mutation("replica/leader.rs:328:12: delete ! in Replica::release"), breaks Available;
    /// A follower that falls behind counts as caught up at its last fetch, and one that keeps up does not.
    LaggardCatchesUp = "laggard-catches-up" in "replica/isr.rs",
        Mutation("replica/isr.rs:159:19: replace >= with < in InSync::fetched"), breaks Available;
    /// A leader that refuses a request closes its connection and does not say why.
    RefusalsUnsaid = "refusals-unsaid" in "replica/leader.rs",
        Mutation("replica/leader.rs:194:42: replace match guard acks == Ack::None with true in Replica::refuse"), breaks Available Truthful;
    /// A consumer that hears of a rebalance while it still learns what it owns does not join again.
    AlwaysInPeace = "always-in-peace" in "client/consumer/membership.rs",
        Mutation("client/consumer/membership.rs:261:45: replace match guard self.may_part_in_peace() with true in Consumer::heard"), breaks Available Settled,
        Standing::Equivalent {
            promise: Promise::Available,
            argument: "it joins one heartbeat later, not one session: what a member asks to learn what it owns is refused while a rebalance is under way, and it joins at once; where only the positions are still to come, it owns what it was dealt by its next heartbeat, hears again of the rebalance, and parts. Before the first strike that cannot happen at all, for a heartbeat is due long after these answers. One heartbeat lies within the rebalance that every bound has to allow, and nothing is settled by a member that has not begun. A member that commits before it hands out also commits, and drops, what it held back; but that policy drops at any rebalance what it has settled and not handed out, so no variant that has it promises effects.",
        };
    /// A consumer takes what was asked before its last join for current, and what was asked since for old.
    RoundsMistaken = "rounds-mistaken" in "client/consumer/membership.rs",
        Mutation("client/consumer/membership.rs:66:20: replace == with != in Membership::is_in"), breaks Available Settled Once Owned;
    /// A confirmed commit moves the position of another topic partition.
    CommitsMistaken = "commits-mistaken" in "client/consumer/commits.rs",
        Mutation("client/consumer/commits.rs:99:75: replace == with != in Consumer::commit_ok"), breaks Available Settled Once;
    /// A broker takes the bytes of one log for the remembered watermark of another.
    CheckpointOfAnother = "checkpoint-of-another" in "broker/mod.rs",
        Mutation("broker/mod.rs:113:71: replace * with + in Broker::start"), breaks Durable Agreed Settled;
    /// All members of a group get the id 0.
    MembersAlike = "members-alike" in "group/mod.rs",
        Mutation("group/mod.rs:120:37: replace | with & in Coordinator::new_member"), breaks Owned Settled Once Available;
    /// Every replica takes itself for the leader.
    EverybodyLeads = "everybody-leads" in "replica/mod.rs",
        Mutation("replica/mod.rs:138:29: replace match guard leader == self.node with true in Replica::change_role"), breaks Agreed Durable Available;
    /// A client asks the first broker again and again where any would do.
    TurnsMultiplied = "turns-multiplied" in "client/cluster.rs",
        Mutation("client/cluster.rs:129:71: replace + with * in Cluster<T>::any"), breaks Available;

    /// A voter does not compare logs: it votes for a candidate that lacks what is committed.
    VotesForAnyLog = "votes-for-any-log" in "policy/election.rs",
        Rule("Raft 5.4.1, the comparison of logs"), breaks Durable Agreed Settled;
    /// A voter gives its vote to whoever asks, also twice in a term.
    VotesTwiceInATerm = "votes-twice-in-a-term" in "authority/consensus/mod.rs",
        Rule("Raft 5.2, one vote in a term"), breaks Owned Durable Agreed Settled;
    /// Of an even number of voters half is enough.
    HalfIsAMajority = "half-is-a-majority" in "authority/consensus/voters.rs",
        Rule("Raft 5.2, a majority"), breaks Owned Durable Agreed Settled;
    /// A leader counts what it has appended and not synced yet.
    OwnEndCounts = "own-end-counts" in "replica/leader.rs",
        Rule("Raft thesis 10.2.1, the leader's own disk"), breaks Durable Agreed Settled,
        Standing::Seldom("it takes a leader that goes between its own write and its sync while one follower has synced already. Of five searches from different seeds three took 0.07, 0.58 and 2.3 core-seconds, and two found nothing in twelve.");
    /// A leader does not begin with an entry of its own: what it took over is not committed before somebody sends.
    ReignBeginsSilent = "reign-begins-silent" in "policy/commit.rs",
        Rule("Raft 8, the entry of a new leader"), breaks Available;
    /// The entries that a log writes for itself are handed to its readers.
    ControlShown = "control-shown" in "log/batch.rs",
        Rule("KIP-98, control records"), breaks Truthful Durable Available;
    /// An answer to an older question counts as a vote.
    OldAnswersCount = "old-answers-count" in "replica/election.rs",
        Rule("Raft 5.1, answers of another term"), breaks Owned Durable Agreed Settled,
        Standing::Seldom("it takes an answer that comes after its candidate has asked again, and decides. Five searches from different seeds took between 0.2 and 10 core-seconds.");
    /// A node votes for the disk that it had before.
    VotesAsItsLostDisk = "votes-as-its-lost-disk" in "authority/consensus/mod.rs",
        Rule("KIP-853, the voter that is asked"), breaks Durable Agreed Settled,
        Standing::Seldom("it takes a node that comes back with another disk and is asked for the vote of the one that it lost, by a candidate that lacks what is committed, before the voters are changed. Five searches from different seeds took between 1 and 11 core-seconds.");
    /// A voter keeps its vote over a newer term, and gives none to anybody else.
    VoteKeptOverTerms = "vote-kept-over-terms" in "authority/consensus/mod.rs",
        Rule("Raft figure 2, votedFor of the current term"), breaks Available;
    /// What a follower says that it holds counts although its log parts from the leader's.
    DivergedCounts = "diverged-counts" in "replica/fetches.rs",
        Rule("KIP-595, a diverging fetch"), breaks Durable Agreed Settled;
    /// Who is only asked whether it would vote goes on to the term that it is asked for.
    PreVoteRaisesTerm = "pre-vote-raises-term" in "replica/election.rs",
        Rule("KIP-996, the term of a pre-vote"), breaks Available;

    /// A follower that fell behind is let in at the watermark that a new leader knows, which lags behind what was acknowledged.
    CaughtUpTooSoon = "caught-up-too-soon" in "policy/catch_up.rs",
        Report("K7128"), breaks Durable Agreed Settled;
    /// What one of several controllers decided is told as soon as it stands in its own log.
    ToldByOneAlone = "told-by-one-alone" in "controller/journal.rs",
        Rule("KIP-595, the metadata that is published"), breaks Durable Agreed Settled,
        Standing::Seldom("it takes a controller that is replaced between a decision and the first fetch of it, and a broker that has acted on what it was told. One search found nothing in 15 core-seconds, another took 17.7.");
    /// A controller that was replaced goes on from what it knows.
    OfficeNeverLeft = "office-never-left" in "controller/office.rs",
        Rule("Raft 5.1, a leader of an older term"), breaks Durable Agreed Settled Available;
    /// A broker stays with the controller that it knew.
    OneControllerOnly = "one-controller-only" in "broker/cluster.rs",
        Rule("KIP-590, who is the controller"), breaks Available;
    /// Of the two files of a log a start takes the one that begins earlier.
    EarlierFileTaken = "earlier-file-taken" in "log/snapshot.rs",
        Rule("KIP-630, the newest snapshot"), breaks Durable Agreed Settled;
    /// The beginning of a log is cut off below a record that is not committed.
    CutBeforeCommitted = "cut-before-committed" in "replica/snapshot.rs",
        Rule("Raft 7, committed entries only"), breaks Durable Agreed Settled;
}
