//! What became of every message: one account for each, in dense tables, fed by one pass over the history. The properties read
//! it at the end.

use crate::history::{Entry, Event, MessageId, Name, Offset, Phase, Stamp, Time, TopicPartition};

/// What is known of one message.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The key of its intent, once there was one.
    pub key: Option<u64>,
    /// The user was told "done".
    pub answered: Option<Time>,
    /// A send was begun by this process, in the entry of this number, and has not ended.
    pub sending: Option<(Name, u64)>,
    /// A broker acknowledged it, at this time.
    pub acknowledged: Option<Time>,
    /// It was given up on purpose, and the user was told.
    pub dropped: bool,
    /// It was put aside for people.
    pub dead_lettered: bool,
    /// When a leader appended it: the first and the last time.
    pub appended: Option<(Time, Time)>,
    /// Where it stands in the final log, first copy first.
    pub logged: Vec<Logged>,
    /// When its effect happened, at which sink.
    pub applied: Vec<(Name, Time)>,
}

/// One copy in a final log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The log.
    pub log: TopicPartition,
    /// The offset.
    pub offset: Offset,
    /// The producer's stamp.
    pub stamp: Option<Stamp>,
}

/// A group's progress through one log.
#[derive(Clone, Debug)]
pub struct Position {
    /// The group.
    pub group: Name,
    /// The log.
    pub log: TopicPartition,
    /// Everything below is settled.
    pub settled: Offset,
    /// Each accepted settlement that moved it: its time, and how far.
    pub settlements: Vec<(Time, Offset)>,
}

/// Every account.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    accounts: Vec<Vec<Account>>,
    foreign: Vec<Account>,
    /// What each group settled of each log.
    pub positions: Vec<Position>,
    /// Business facts.
    pub intents: u64,
    /// The processes that began an incarnation, and the number of the entry.
    pub began: Vec<(Name, u64)>,
    seen: u64,
    /// When all faults were healed.
    pub healed: Option<Time>,
    /// The final logs were read to their ends.
    pub audited: bool,
    /// Some group or sink takes part, so effects are to be expected.
    pub effects_expected: bool,
}

impl Ledger {
    /// Books one entry.
    pub fn see(&mut self, entry: &Entry) {
        let time = entry.time;
        self.seen += 1;
        let now = self.seen;
        match entry.event {
            Event::Intent { id, key } => {
                self.intents += 1;
                self.account(id).key = Some(key);
            }
            Event::Answered { id } => self.account(id).answered = Some(time),
            Event::Send {
                phase: Phase::Invoke,
                id,
                ..
            } => self.account(id).sending = Some((entry.process, now)),
            Event::Send {
                phase, id, offset, ..
            } => {
                let account = self.account(id);
                account.sending = None;
                if phase == Phase::Ok && offset.is_some() {
                    account.acknowledged = Some(time);
                }
            }
            Event::Append { id, .. } => {
                let appended = &mut self.account(id).appended;
                *appended = Some((appended.map_or(time, |(first, _)| first), time));
            }
            Event::Logged {
                log,
                offset,
                id,
                stamp,
            } => self.account(id).logged.push(Logged { log, offset, stamp }),
            Event::Apply { id } => self.account(id).applied.push((entry.process, time)),
            Event::Drop { id, .. } => self.account(id).dropped = true,
            Event::DeadLetter { id, .. } => self.account(id).dead_lettered = true,
            Event::Grant { group, log, .. } => {
                self.effects_expected = true;
                self.position(group, log);
            }
            Event::Settle {
                phase: Phase::Ok,
                group,
                log,
                upto,
                ..
            } => self.settle(time, group, log, upto),
            Event::Position { group, log, settled } => self.settle(time, group, log, settled),
            Event::Began => self.began.push((entry.process, now)),
            Event::Healed => self.healed = Some(time),
            Event::Audited => self.audited = true,
            _ => {}
        }
    }

    fn settle(&mut self, time: Time, group: Name, log: TopicPartition, upto: Offset) {
        let position = self.position(group, log);
        if upto > position.settled {
            position.settled = upto;
            position.settlements.push((time, upto));
        }
    }

    /// Every message that was ever spoken of.
    pub fn iter(&self) -> impl Iterator<Item = (MessageId, &Account)> {
        let own = self.accounts.iter().enumerate().flat_map(|(producer, accounts)| {
            let id = move |number: usize| MessageId {
                producer: producer as u32,
                number: number as u32,
            };
            accounts
                .iter()
                .enumerate()
                .map(move |(number, account)| (id(number), account))
        });
        let foreign = self.foreign.iter().enumerate().map(|(number, account)| {
            (
                MessageId {
                    producer: MessageId::FOREIGN,
                    number: number as u32,
                },
                account,
            )
        });
        own.chain(foreign)
    }

    /// The account of one message, if it was ever spoken of.
    #[must_use]
    pub fn get(&self, id: MessageId) -> Option<&Account> {
        let accounts = if id.producer == MessageId::FOREIGN {
            &self.foreign
        } else {
            self.accounts.get(id.producer as usize)?
        };
        accounts.get(id.number as usize)
    }

    fn account(&mut self, id: MessageId) -> &mut Account {
        let (producer, number) = (id.producer as usize, id.number as usize);
        let accounts = if id.producer == MessageId::FOREIGN {
            &mut self.foreign
        } else {
            if self.accounts.len() <= producer {
                self.accounts.resize_with(producer + 1, Vec::new);
            }
            &mut self.accounts[producer]
        };
        if accounts.len() <= number {
            accounts.resize_with(number + 1, Account::default);
        }
        &mut accounts[number]
    }

    fn position(&mut self, group: Name, log: TopicPartition) -> &mut Position {
        let known = self
            .positions
            .iter()
            .position(|position| position.group == group && position.log == log);
        let at = known.unwrap_or_else(|| {
            self.positions.push(Position {
                group,
                log,
                settled: 0,
                settlements: Vec::new(),
            });
            self.positions.len() - 1
        });
        &mut self.positions[at]
    }
}
