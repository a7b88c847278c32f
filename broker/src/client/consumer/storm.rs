//! A consumer whose connections are cut, whose requests are refused or answered late, and whose handlers take their time.
//! Whatever happens, what its policy promises of its commits is kept, and after the storm every record is handled.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::tests::config;
use super::*;
use crate::client::WorkPolicy;
use crate::client::script::{Received, Script, TP, record};
use crate::log::Batch;
use crate::wire::client::{FetchError, Fetched, GroupError, Joined, Request};
use crate::{Generation, Offset};

const RECORDS: u32 = 12;
const KEYS: [&str; 3] = ["a", "b", "c"];

/// A coordinator and a leader in one, and the handlers.
struct Storm {
    consumer: Consumer,
    script: Script,
    generation: Generation,
    committed: Offset,
    held: Vec<Ticket>,
    done: BTreeSet<Offset>,
}

impl Storm {
    fn new(commit: CommitPolicy, work: WorkPolicy) -> Self {
        let mut consumer = Consumer::new(config(commit, work), 5);
        let mut script = Script::new();
        consumer.tick(script.now, &mut script.out);
        script.run(&mut consumer);
        Storm { consumer, script, generation: 0, committed: 0, held: Vec::new(), done: BTreeSet::new() }
    }

    fn step(&mut self, kind: u8, choice: u8) {
        match kind {
            0..=3 => self.answer_one(usize::from(choice), false),
            4 => self.answer_one(usize::from(choice), true),
            5..=7 => self.report(usize::from(choice)),
            8 if choice < 64 => self.script.cut(&mut self.consumer, 1),
            9 if choice < 64 => self.generation += 1,
            _ => self.script.pass(&mut self.consumer, Micros::from(choice) * 500),
        }
        self.receive();
    }

    /// Any of the requests is answered: they may overtake each other.
    fn answer_one(&mut self, choice: usize, refuse: bool) {
        if !self.script.requests.is_empty() {
            let at = choice % self.script.requests.len();
            let asked = self.script.requests.remove(at).unwrap();
            let response = if refuse { refusal(&asked.request, choice) } else { self.serve(&asked) };
            self.script.answer(&mut self.consumer, &asked, response);
        }
    }

    fn serve(&mut self, asked: &Received) -> Response {
        let stale = |generation: &Generation| {
            (*generation != self.generation).then_some(GroupError::StaleGeneration).map_or(Ok(()), Err)
        };
        match &asked.request {
            Request::JoinGroup { .. } => {
                self.generation += 1;
                let generation = self.generation;
                Response::Joined(Ok(Joined { member: 1, generation }))
            }
            Request::SyncGroup { generation, .. } => Response::Synced(stale(generation).map(|()| vec![TP])),
            Request::FetchOffsets { .. } => Response::Offsets(Ok(vec![Some(self.committed)])),
            Request::Heartbeat { generation, .. } => Response::Group(stale(generation)),
            Request::LeaveGroup { .. } => Response::Group(Ok(())),
            Request::Commit { generation, offsets, .. } => {
                let answer = stale(generation);
                if answer.is_ok() {
                    self.check_commit(offsets[0].1);
                }
                Response::Group(answer)
            }
            Request::Fetch { offset, .. } => Response::Fetched(Ok(self.read(*offset))),
            other => panic!("not expected here: {other:?}"),
        }
    }

    fn check_commit(&mut self, upto: Offset) {
        assert!(upto > self.committed, "a commit that moves nothing, or back");
        self.committed = upto;
        let runs_ahead = (0..upto).any(|offset| !self.done.contains(&offset));
        let may_run_ahead = self.consumer.config.commit.holds_records();
        assert!(may_run_ahead || !runs_ahead, "{upto} committed, {:?} done", self.done);
    }

    /// Up to two records, one batch.
    fn read(&self, offset: Offset) -> Fetched {
        let end = (offset + 2).min(Offset::from(RECORDS));
        let records = (offset..end).map(|o| record(o as u32, KEYS[o as usize % KEYS.len()]));
        let batch = |records| vec![Batch::new(offset, 1, None, records)];
        let records: Vec<_> = records.collect();
        Fetched {
            batches: if records.is_empty() { Vec::new() } else { batch(records.into()) },
            watermark: Offset::from(RECORDS),
        }
    }

    fn receive(&mut self) {
        while let Some(ConsumerEvent::Deliver { ticket, .. }) = self.consumer.poll_event() {
            let policy = self.consumer.config.commit;
            assert!(!policy.holds_records() || ticket.offset < self.committed);
            assert!(self.held.iter().all(|other| other.lane != ticket.lane), "two in a lane");
            self.held.push(ticket);
        }
    }

    /// A handler reports: done, or once more.
    fn report(&mut self, choice: usize) {
        if !self.held.is_empty() {
            let ticket = self.held.remove(choice % self.held.len());
            if choice.is_multiple_of(5) {
                self.consumer.retry(self.script.now, ticket, 10_000, &mut self.script.out);
            } else {
                self.done.insert(ticket.offset);
                self.consumer.done(self.script.now, ticket, &mut self.script.out);
            }
            self.script.run(&mut self.consumer);
        }
    }

    fn heal(&mut self) {
        for _ in 0..400 {
            self.step(0, 0);
            self.step(5, 1);
            self.script.pass(&mut self.consumer, 5_000);
            self.receive();
        }
    }

    fn ownership_alternates(&self) -> bool {
        let mut owned = false;
        self.script.observations.iter().all(|o| {
            let (before, after) = match o {
                Observation::Grant { .. } => (false, true),
                Observation::Revoke { .. } => (true, false),
                _ => return true,
            };
            std::mem::replace(&mut owned, after) == before
        })
    }
}

fn refusal(request: &Request, choice: usize) -> Response {
    let errors = [
        GroupError::NotCoordinator,
        GroupError::UnknownMember,
        GroupError::StaleGeneration,
        GroupError::Rebalancing,
        GroupError::NotEnoughReplicas,
        GroupError::Unknown,
    ];
    let error = errors[choice % errors.len()];
    match request {
        Request::JoinGroup { .. } => Response::Joined(Err(error)),
        Request::SyncGroup { .. } => Response::Synced(Err(error)),
        Request::FetchOffsets { .. } => Response::Offsets(Err(error)),
        Request::Fetch { .. } => Response::Fetched(Err(FetchError::NotLeader)),
        _ => Response::Group(Err(error)),
    }
}

fn policies() -> impl Strategy<Value = (CommitPolicy, WorkPolicy)> {
    let commits = prop::sample::select(vec![
        CommitPolicy::BeforeProcessing,
        CommitPolicy::AfterEffect,
        CommitPolicy::Interval(30_000),
    ]);
    let works = prop::sample::select(vec![
        WorkPolicy::PollingOrder,
        WorkPolicy::ParallelWorkers(3),
        WorkPolicy::LanesPerKey(2),
    ]);
    (commits, works)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_consumer_keeps_the_promise_of_its_commits_and_handles_everything_after_the_storm(
        (commit, work) in policies(),
        steps in prop::collection::vec((0u8..12, any::<u8>()), 20..200),
    ) {
        let mut storm = Storm::new(commit, work);
        for (kind, choice) in steps {
            storm.step(kind, choice);
        }
        storm.heal();
        prop_assert!(storm.ownership_alternates());
        prop_assert!(storm.consumer.idle());
        prop_assert_eq!(storm.committed, Offset::from(RECORDS));
        if !commit.holds_records() {
            prop_assert_eq!(storm.done.len(), RECORDS as usize);
        }
        let settled = |phase| storm.script.observations.iter()
            .filter(|o| matches!(o, Observation::Settle { phase: p, .. } if *p == phase)).count();
        prop_assert_eq!(
            settled(Phase::Invoke),
            settled(Phase::Ok) + settled(Phase::Fail) + settled(Phase::Info),
            "every commit ends once"
        );
    }
}
