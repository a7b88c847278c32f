//! **Order.** Of one producer and key, the log has the first copies in the order of the intents, and the first effects at a
//! sink happen in the order of the log. (DOMAIN.md S6, S7.)
//!
//! Attribution: an inversion in the log is the broker's when both records carry a stamp, since then it promised to keep their
//! sequence; otherwise the producer's. An inversion of effects is the consumer's; it is measured against the log, so what
//! the log had wrong is not counted again.

use crate::history::{Entry, MessageId, Name, Time};
use crate::judge::{Blame, Checker, Found};
use crate::ledger::{Account, Ledger, Logged};
use crate::verdict::{Kind, Path};

/// See the module.
pub struct Order;

/// One message in a lane: what must stay in order among each other.
struct Member<'a> {
    id: MessageId,
    account: &'a Account,
    copy: Logged,
}

impl Checker for Order {
    fn see(&mut self, _: &Entry) {}

    fn finish(&mut self, ledger: &Ledger, found: &mut Found<'_>) {
        let mut members: Vec<Member<'_>> = ledger
            .iter()
            .filter_map(|(id, account)| member(id, account))
            .collect();
        // By lane, and within it in the order of the intents.
        members.sort_by_key(|m| (m.id.producer, m.account.key, m.copy.log, m.id.number));
        for lane in members.chunk_by_mut(|a, b| lane(a) == lane(b)) {
            log_order(lane, found);
            lane.sort_by_key(|member| member.copy.offset);
            effect_order(lane, found);
        }
    }
}

fn member(id: MessageId, account: &Account) -> Option<Member<'_>> {
    let copy = *account.logged.first().filter(|_| account.key.is_some())?;
    Some(Member { id, account, copy })
}

fn lane<'a>(member: &'a Member<'_>) -> (u32, Option<u64>, &'a crate::history::TopicPartition) {
    (member.id.producer, member.account.key, &member.copy.log)
}

fn log_order(lane: &[Member<'_>], found: &mut Found<'_>) {
    let mut furthest: Option<&Member<'_>> = None;
    for member in lane {
        match furthest {
            Some(ahead) if ahead.copy.offset > member.copy.offset => {
                let stamped = ahead.copy.stamp.is_some() && member.copy.stamp.is_some();
                let path = if stamped { Path::Broker } else { Path::Producer };
                let (early, late) = (found.names.message(ahead.id), found.names.message(member.id));
                let log = found.names.log(member.copy.log);
                let sentence = format!(
                    "{late} was intended after {early} and stands before it in {log}: offset {} before {}",
                    member.copy.offset, ahead.copy.offset
                );
                let when = Blame::LastBefore(ahead.account.appended.map_or(0, |(first, _)| first));
                found.anomaly(Kind::ReorderLog, path, when, vec![late, early], sentence);
            }
            _ => furthest = Some(member),
        }
    }
}

fn effect_order(lane: &[Member<'_>], found: &mut Found<'_>) {
    let mut latest: Vec<(Name, Time, MessageId)> = Vec::new();
    for member in lane {
        for (sink, time) in first_applies(member.account) {
            match latest.iter_mut().find(|(known, ..)| *known == sink) {
                Some(&mut (_, before, ahead)) if before > time => {
                    let (early, late) = (found.names.message(ahead), found.names.message(member.id));
                    let sentence = format!(
                        "the effect of {late} happened {} us before that of {early}, which stands before it in the log",
                        before - time
                    );
                    found.anomaly(
                        Kind::ReorderEffect,
                        Path::Consumer,
                        Blame::LastBefore(time),
                        vec![late, early],
                        sentence,
                    );
                }
                Some(known) => *known = (sink, time, member.id),
                None => latest.push((sink, time, member.id)),
            }
        }
    }
}

/// When the effect first happened, at each sink.
fn first_applies(account: &Account) -> impl Iterator<Item = (Name, Time)> {
    let earlier = |at: usize, sink: Name| account.applied[..at].iter().any(|&(known, _)| known == sink);
    account
        .applied
        .iter()
        .enumerate()
        .filter(move |&(at, &(sink, _))| !earlier(at, sink))
        .map(|(_, &applied)| applied)
}
