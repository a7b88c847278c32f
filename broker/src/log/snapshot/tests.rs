//! Two files in turn, on a disk whose power may go at any moment: what was ever vouched for is found again.

mod disk;
mod laws;

use std::collections::VecDeque;

use disk::{Disk, FILES, LOSSES, Loss};

use super::*;
use crate::{Epoch, MessageId, Record};

fn batch(base: Offset, epoch: Epoch, text: &str) -> Batch {
    let payload = Bytes::from(format!("{text} {base}"));
    if base.is_multiple_of(5) {
        return Batch::control(base, epoch, payload);
    }
    Batch::new(base, epoch, None, [Record { id: MessageId::INTERNAL, key: Bytes::new(), payload }].into())
}

/// What a leader has: five records in an epoch, of which the first is its own.
fn decided() -> Vec<Batch> {
    (0..60).map(|base| batch(base, base as Epoch / 5 + 1, "decided")).collect()
}

/// A log on such a disk, beside what a leader has.
struct Host {
    log: Log,
    disk: Disk,
    decided: Vec<Batch>,
    /// The leader's log in one piece, for its checksums.
    whole: Log,
    /// It said that it holds so much of what the leader has.
    vouched: Offset,
    /// It remembers that it synced so much.
    remembered: Offset,
}

impl Host {
    fn new() -> Self {
        let decided = decided();
        let bytes = decided.iter().flat_map(|batch| batch.encoded().to_vec()).collect();
        let whole = Log::recover(FILES[0], Flush::BeforeAck, bytes).0;
        let (log, _) = Disk::default().read();
        Host { log, disk: Disk::default(), decided, whole, vouched: 0, remembered: 0 }
    }

    /// One that holds so many of the leader's records, all of them synced.
    fn holding(records: usize) -> Self {
        let mut host = Host::new();
        (0..records).for_each(|_| host.append());
        while host.sync() {}
        host
    }

    fn act(&mut self, act: impl FnOnce(&mut Log, &mut Outputs<String>)) {
        let mut out = Outputs::new();
        act(&mut self.log, &mut out);
        out.actions.iter().for_each(|action| self.disk.perform(action));
        self.vouched = self.vouched.max(self.log.held().min(self.agreed()));
        self.remembered = self.remembered.max(self.log.synced_end());
    }

    /// Up to where it is the beginning of what the leader has.
    fn agreed(&self) -> Offset {
        let other =
            |batch: &&Batch| batch.stands_for().is_none() && self.decided[batch.base() as usize] != **batch;
        self.log.batches().find(other).map_or(self.log.end(), Batch::base)
    }

    fn append(&mut self) {
        if let Some(next) = self.decided.get(self.log.end() as usize).cloned() {
            self.append_batch(next);
        }
    }

    fn append_batch(&mut self, batch: Batch) {
        self.remember_its_end();
        self.act(|log, out| log.append(0, batch, out));
    }

    /// Where its end was cut, that is written down before anything is fetched or its beginning is cut off.
    fn remember_its_end(&mut self) {
        self.remembered = self.remembered.min(self.log.end());
    }

    /// Appends what the leader will never have: it goes on in an older epoch.
    fn diverge(&mut self) {
        let (end, epoch) = (self.log.end(), self.log.last_epoch());
        if self.decided.get(end as usize).is_some_and(|decided| decided.epoch() > epoch && epoch > 0) {
            self.append_batch(batch(end, epoch, "not decided"));
        }
    }

    /// A fetch says that it holds all that it has, so it does not fetch before it does.
    fn fetches(&self) -> bool {
        self.log.held() == self.log.end()
    }

    /// Cuts what the leader does not have, as it was told.
    fn truncate(&mut self) {
        if self.fetches() {
            let to = self.agreed();
            self.act(|log, out| log.truncate(to, out));
        }
    }

    fn sync(&mut self) -> bool {
        let token = self.disk.write();
        if let Some(token) = token {
            self.act(|log, out| log.synced(0, token, out));
        }
        token.is_some()
    }

    fn cut(&mut self) {
        if self.agreed() == self.log.end() && self.log.can_be_cut() {
            self.remember_its_end();
            self.act(|log, out| log.cut_beginning(Bytes::from("voters"), out));
        }
    }

    /// The leader begins at this record, and has nothing below.
    fn snapshot(&self, at: Offset) -> [Batch; 2] {
        let before = &self.decided[at as usize - 1];
        let prefix = u32::try_from(self.whole.digest(at)).unwrap();
        let summary = Batch::snapshot(before.base(), before.epoch(), prefix, Bytes::from("voters"));
        [summary, self.decided[at as usize].clone()]
    }

    /// It fetched, and was told to begin there.
    fn start_over(&mut self, at: Offset) {
        let [summary, state] = self.snapshot(at);
        let lacks = self.log.end() < at || self.agreed() < self.log.end();
        if self.fetches() && lacks && !state.is_control() && self.log.may_start_over(&summary) {
            self.remember_its_end();
            self.act(|log, out| log.start_over([summary, state], out));
        }
    }

    /// What is found after this loss: whether it has all that was vouched for, and does not look damaged.
    fn is_whole_after(&self, losses: [Loss; 2]) -> bool {
        let (found, dropped) = self.disk.after(losses).read();
        self.holds_all(&found) && (dropped == 0 || found.end() >= self.remembered)
    }

    fn holds_all(&self, found: &Log) -> bool {
        let known = found.start().max(self.vouched);
        known <= found.end() && found.digest(known) == self.whole.digest(known)
    }

    fn restart(&mut self, losses: Option<[Loss; 2]>) {
        let found = losses.map(|losses| self.disk.after(losses));
        self.disk = found.unwrap_or_else(|| Disk { syncs: VecDeque::new(), ..self.disk.clone() });
        let (log, dropped) = self.disk.read();
        self.log = log;
        self.act(|log, out| log.cut_damage(dropped, out));
    }
}

fn place(log: &Log) -> (Offset, Offset) {
    (log.start(), log.end())
}

/// Where a log is found again after each loss, from one in which nothing is kept to one that undoes what was cut off.
fn found(disk: &Disk) -> Vec<(Offset, Offset)> {
    LOSSES.iter().map(|&loss| place(&disk.after([loss; 2]).read().0)).collect()
}

#[test]
fn a_cut_that_is_interrupted_between_any_two_steps_leaves_one_whole_log() {
    let mut host = Host::holding(7);
    let mut out = Outputs::new();
    host.log.cut_beginning(Bytes::from("voters"), &mut out);
    let (whole, cut) = ((0, 7), (6, 7));
    // Of each step what is found after it.
    let steps = [
        ("the other file is emptied", [whole; 4]),
        ("the snapshot is written there", [whole, whole, cut, whole]),
        ("its sync begins", [whole, whole, cut, whole]),
    ];
    assert_eq!((found(&host.disk), out.actions.len()), ([whole; 4].to_vec(), steps.len()));
    for (action, (step, expected)) in out.actions.iter().zip(steps) {
        host.disk.perform(action);
        assert_eq!(found(&host.disk), expected, "{step}");
    }
    let token = host.disk.write().unwrap();
    assert_eq!(found(&host.disk), [cut; 4], "it is synced");
    host.act(|log, out| log.synced(0, token, out));
    assert_eq!((found(&host.disk), host.disk.files[&FILES[0]].now.len()), ([cut; 4].to_vec(), 0));
    (0..2).for_each(|_| host.append());
    assert_eq!(found(&host.disk), [cut, (6, 8), (6, 9), cut], "what is appended meanwhile");
}

#[test]
fn the_next_cut_goes_back_to_the_first_file_and_what_it_held_before_is_never_taken_for_newer() {
    let mut host = Host::holding(7);
    host.cut();
    while host.sync() {}
    (0..5).for_each(|_| host.append());
    while host.sync() {}
    let (first, second) = ((6, 12), (11, 12));
    host.cut();
    assert_eq!((host.log.file(), found(&host.disk)), (FILES[0], vec![first, first, second, first]));
    while host.sync() {}
    assert_eq!(found(&host.disk), [second; 4]);
}

#[test]
fn nothing_new_counts_before_the_file_that_it_stands_in_is_synced() {
    let mut host = Host::holding(7);
    host.cut();
    host.append();
    assert_eq!((host.log.end(), host.log.held()), (8, 7), "the file from before still holds what it held");
    host.sync();
    assert_eq!(host.log.held(), 7, "this sync began before the record was there");
    host.sync();
    assert_eq!(host.log.held(), 7, "this one emptied the file from before");
    host.sync();
    assert_eq!(host.log.held(), 8);

    let mut behind = Host::holding(3);
    behind.start_over(11);
    assert_eq!((place(&behind.log), behind.log.held()), ((11, 12), 0));
    assert_eq!(found(&behind.disk), [(0, 3), (0, 3), (11, 12), (0, 3)]);
    behind.sync();
    assert_eq!((behind.log.held(), found(&behind.disk)), (12, vec![(11, 12); 4]));
}

#[test]
fn what_only_the_page_cache_holds_after_a_crash_is_synced_before_the_file_from_before_is_emptied() {
    let mut host = Host::holding(7);
    host.cut();
    host.restart(None);
    assert_eq!((place(&host.log), host.log.held()), ((6, 7), 0));
    assert_eq!(found(&host.disk), [(0, 7), (0, 7), (6, 7), (0, 7)]);
    host.sync();
    assert_eq!((host.log.held(), host.disk.files[&FILES[0]].now.len()), (7, 0));
}

#[test]
fn a_log_that_is_cut_answers_as_before_of_all_that_it_still_has() {
    let mut host = Host::holding(13);
    let (before, digest) = (host.log.lineage(2), host.log.digest(13));
    host.cut();
    assert_eq!((host.log.start(), host.log.end(), host.log.last_epoch()), (12, 13, 3));
    assert_eq!((host.log.digest(13), host.log.digest(12)), (digest, host.whole.digest(12)));
    assert_eq!((host.log.lineage(3).end, host.log.lineage(2).end, before.end), (13, 0, 10));
    assert_eq!(host.log.snapshot(), host.snapshot(12));
    assert_eq!(host.log.read(12, 13, 9), [host.decided[12].clone()]);
}

#[test]
fn only_what_is_synced_and_worth_it_is_cut_and_a_state_is_what_remains() {
    for (records, can) in [(0, false), (4, false), (5, true), (6, false), (7, true)] {
        assert_eq!(Host::holding(records).log.can_be_cut(), can, "{records} records");
    }
    let mut host = Host::holding(7);
    host.append();
    assert!(!host.log.can_be_cut());
}

#[test]
fn a_snapshot_that_comes_late_is_not_begun_anew_with() {
    let (ahead, old) = (Host::holding(13), Host::holding(3));
    for (at, behind) in [(4, true), (3, false), (11, true)] {
        assert_eq!(old.log.may_start_over(&old.snapshot(at)[0]), behind, "at {at}");
    }
    assert!(!ahead.log.may_start_over(&ahead.snapshot(11)[0]));
    // Ten records of an older epoch say less than the eleventh of a newer one.
    let mut parted = Host::holding(5);
    (0..10).for_each(|_| parted.diverge());
    assert!(parted.log.may_start_over(&parted.snapshot(11)[0]));
}

#[test]
fn a_log_that_was_just_cut_does_not_begin_anew_before_its_file_is_synced() {
    let mut host = Host::holding(5);
    host.cut();
    assert_eq!((host.log.held(), host.log.end()), (5, 5), "so it fetches");
    host.start_over(11);
    assert_eq!((place(&host.log), host.disk.files[&FILES[0]].now.is_empty()), ((4, 5), false));
    host.sync();
    host.start_over(11);
    assert_eq!(place(&host.log), (11, 12));
}
