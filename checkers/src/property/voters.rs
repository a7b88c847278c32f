//! Claim: whoever a majority may elect holds all that was called safe, at every moment of the run. `incomplete`, broker: of the voters on
//! the leader of a log so many did not hold everything below the high watermark that they are a majority by themselves. Told once for each
//! log.
//!
//! It is judged when a leader moves the watermark, when it tells who votes, and when a replica comes up under the name that its disk had.
//! One that comes up under another name is none of the voters until they are told without it, and then with it.
//!
//! Source: Raft's leader completeness (Ongaro, Ousterhout 2014); KIP-853 for voters that are disks.
//!
//! Does not see how much of a replica's log is synced, nor what a leader holds that has been replaced, before it says so. What is missing
//! here is a loss that waits for an election, and most runs end before.

use crate::{
    Case, Checker, Entry, Event, EventKind, Evidence, Findings, Kind, Name, Offset, Path, Time,
    TopicPartition, Wanted,
};

#[derive(Default)]
pub(super) struct Voters {
    /// Whether replicas elect at all: each says that it votes before it does anything else.
    elects: bool,
    logs: Vec<Log>,
    replicas: Vec<Replica>,
    lacking: Vec<Lacking>,
}

/// Who votes, and how much was called safe.
struct Log {
    id: TopicPartition,
    safe: Offset,
    voters: Vec<Name>,
}

/// What a replica holds, as far as it said so.
struct Replica {
    name: Name,
    log: TopicPartition,
    /// Nothing while it leads, and after that until it says so again.
    end: Option<Offset>,
    directory: Option<u64>,
    vote: Vote,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Vote {
    Has,
    /// It came up as somebody else.
    Renamed,
    /// The one that it was is no voter any more.
    Removed,
}

/// A log whose voters could elect somebody who lacks what is safe.
#[derive(Clone, Copy)]
struct Lacking {
    time: Time,
    log: TopicPartition,
    voters: usize,
    /// So many of them lack it.
    short: usize,
    /// One of these, and what it holds.
    one: (Name, Offset),
    safe: Offset,
}

impl Checker for Voters {
    fn name(&self) -> &'static str {
        "voters"
    }

    fn wants(&self) -> Wanted {
        Wanted::only(&[
            EventKind::Voter,
            EventKind::Voters,
            EventKind::Watermark,
            EventKind::Replicated,
            EventKind::Truncate,
            EventKind::Recover,
            EventKind::Lead,
        ])
    }

    fn see(&mut self, entry: &Entry) {
        let (time, process) = (entry.time, entry.process);
        self.elects |= matches!(entry.event, Event::Voter { .. } | Event::Voters { .. });
        match entry.event {
            // Where a controller decides who leads, there is nothing to keep account of.
            _ if !self.elects => {}
            Event::Voter { log, directory } => {
                self.came_up(process, log, directory);
                self.judge(time, log);
            }
            Event::Voters { log, ref voters } => {
                self.told(log, voters);
                self.judge(time, log);
            }
            Event::Watermark { log, offset } => {
                let log_of = self.log(log);
                log_of.safe = log_of.safe.max(offset);
                self.judge(time, log);
            }
            Event::Replicated { log, end } | Event::Recover { log, end, .. } => {
                self.replica(process, log).end = Some(end);
            }
            Event::Truncate { log, to, .. } => {
                let replica = self.replica(process, log);
                replica.end = replica.end.map(|end| end.min(to));
            }
            Event::Lead { log, .. } => self.replica(process, log).end = None,
            _ => {}
        }
    }

    fn finish(&mut self, case: &Case<'_>) -> Findings {
        let mut findings = Findings::default();
        for lacking in &self.lacking {
            findings.report(case, Kind::Incomplete, Path::Broker, || Evidence {
                messages: Vec::new(),
                sentence: lacking.told(case),
                fault: case.faults.until(lacking.time),
                moment: Some(lacking.time),
            });
        }
        findings
    }

    fn reset(&mut self) {
        self.elects = false;
        self.logs.clear();
        self.replicas.clear();
        self.lacking.clear();
    }
}

impl Voters {
    fn log(&mut self, id: TopicPartition) -> &mut Log {
        let at = self.logs.iter().position(|log| log.id == id).unwrap_or_else(|| {
            self.logs.push(Log { id, safe: 0, voters: Vec::new() });
            self.logs.len() - 1
        });
        &mut self.logs[at]
    }

    fn replica(&mut self, name: Name, log: TopicPartition) -> &mut Replica {
        let known = self.replicas.iter().position(|its| (its.name, its.log) == (name, log));
        let at = known.unwrap_or_else(|| {
            self.replicas.push(Replica { name, log, end: None, directory: None, vote: Vote::Has });
            self.replicas.len() - 1
        });
        &mut self.replicas[at]
    }

    fn came_up(&mut self, name: Name, log: TopicPartition, directory: u64) {
        let replica = self.replica(name, log);
        if replica.directory.replace(directory).is_some_and(|before| before != directory) {
            replica.vote = Vote::Renamed;
        }
    }

    fn told(&mut self, id: TopicPartition, voters: &[Name]) {
        voters.clone_into(&mut self.log(id).voters);
        for replica in self.replicas.iter_mut().filter(|replica| replica.log == id) {
            replica.vote = match (replica.vote, voters.contains(&replica.name)) {
                (Vote::Renamed, false) => Vote::Removed,
                (Vote::Removed, true) => Vote::Has,
                (vote, _) => vote,
            };
        }
    }

    fn judge(&mut self, time: Time, id: TopicPartition) {
        if self.lacking.iter().any(|lacking| lacking.log == id) {
            return;
        }
        let Some(Log { safe, voters, .. }) = self.logs.iter().find(|log| log.id == id) else { return };
        let short = self.replicas.iter().filter(|its| {
            let votes = its.log == id && its.vote == Vote::Has && voters.contains(&its.name);
            votes && its.end.is_some_and(|end| end < *safe)
        });
        let short: Vec<(Name, Offset)> = short.map(|its| (its.name, its.end.unwrap_or(0))).collect();
        if let (Some(&one), true) = (short.first(), short.len() > voters.len() / 2) {
            let (voters, short, safe) = (voters.len(), short.len(), *safe);
            self.lacking.push(Lacking { time, log: id, voters, short, one, safe });
        }
    }
}

impl Lacking {
    fn told(&self, case: &Case<'_>) -> String {
        let Lacking { voters, short, one: (replica, end), safe, .. } = self;
        let (replica, log) = (case.names.text(*replica), case.names.log(self.log));
        format!(
            "{short} of {voters} voters may elect a leader of {log} that lacks what is below offset {safe}, which was called safe; {replica} held what is below {end}"
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::story::Story;
    use crate::{Event, Kind, Name, Path};

    const ALL: [&str; 3] = ["broker-1", "broker-2", "broker-3"];

    fn up(story: Story, broker: &str, end: u64, directory: u64) -> Story {
        let (story, log) = story.log_named();
        let story = story.tell(broker, Event::Recover { log, end, dropped_bytes: 0 });
        story.tell(broker, Event::Voter { log, directory })
    }

    fn voters(story: Story, voters: &[&str]) -> Story {
        let (mut story, log) = story.log_named();
        let voters: Vec<Name> = voters.iter().map(|voter| story.name(voter)).collect();
        story.tell("broker-1", Event::Voters { log, voters })
    }

    /// Broker 1 leads, and two records are safe, which broker 2 holds and broker 3 does not.
    fn two_safe() -> Story {
        let story = ALL
            .iter()
            .zip(1..)
            .fold(Story::new().intent("p1-0"), |story, (broker, directory)| up(story, broker, 0, directory));
        voters(story.led("broker-1", 1), &ALL).replicated("broker-2", 2).visible(2)
    }

    #[test]
    fn a_voter_that_forgot_and_one_that_was_behind_are_a_majority_that_lacks_what_is_safe() {
        two_safe().valid();
        let verdict = up(two_safe(), "broker-2", 0, 2).verdict();
        assert_eq!(verdict.classes(), [(Kind::Incomplete, Path::Broker)].into());
        insta::assert_snapshot!(verdict.anomalies[0].sentence, @"2 of 3 voters may elect a leader of payments/0 that lacks what is below offset 2, which was called safe; broker-2 held what is below 0");
    }

    #[test]
    fn who_comes_up_as_somebody_else_has_no_vote_before_it_is_removed_and_let_in() {
        let renamed = up(two_safe(), "broker-2", 0, 77);
        renamed.clone().valid();
        voters(renamed.clone(), &ALL).valid();
        let removed = voters(renamed, &["broker-1", "broker-3"]);
        removed.clone().valid();
        voters(removed.clone(), &ALL).invalid(Kind::Incomplete, Path::Broker);
        voters(removed.replicated("broker-2", 2), &ALL).valid();
    }

    #[test]
    fn what_only_a_minority_lacks_is_safe_and_what_a_majority_lacks_is_not() {
        two_safe().replicated("broker-2", 3).visible(3).valid();
        two_safe().visible(3).invalid(Kind::Incomplete, Path::Broker);
    }
}
