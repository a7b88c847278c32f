//! Every kind of line there is: one table, which readers, writers and the manual all go by.

use super::shape::{self, FieldRow, Shape};
use crate::{EventKind, Phase};

/// A row of the table of lines.
#[derive(Debug)]
pub(super) struct LineRow {
    /// What stands under `f`.
    pub(super) f: &'static str,
    /// What may stand under `type`.
    pub(super) types: &'static [Phase],
    /// What its value holds.
    pub(super) fields: &'static [FieldRow],
    /// What it says, for people.
    pub(super) about: &'static str,
    /// Lines of it in which every field stands, and those that must stand before them.
    pub(super) example: &'static str,
}

impl LineRow {
    /// Whether what it says about fields is true of a value.
    pub(super) fn tells<V: Shape>(&self, _value: &V) -> bool {
        let names = |rows: &[FieldRow]| rows.iter().map(FieldRow::name).collect::<Vec<_>>();
        names(self.fields) == names(V::FIELDS)
    }
}

/// The row of what stands under `f`.
pub(super) fn named(f: &str) -> Option<&'static LineRow> {
    ROWS.iter().find(|row| row.f == f)
}

/// An operation of a client: it begins, and ends or not.
const OPERATION: &[Phase] = &[Phase::Invoke, Phase::Ok, Phase::Fail, Phase::Info];
/// A delivery has happened when it is told.
const DELIVERY: &[Phase] = &[Phase::Ok];
/// What somebody saw.
const SEEN: &[Phase] = &[Phase::Info];

/// Makes the table, the list of what stands under `f`, and the way from an event to its row, which does not compile while an event
/// has none.
macro_rules! lines {
    ($($event:ident $f:literal $types:ident $shape:ident $about:literal $example:literal)*) => {
        /// Every row.
        pub(super) const ROWS: &[LineRow] = &[$(LineRow {
            f: $f,
            types: $types,
            fields: shape::$shape::FIELDS,
            about: $about,
            example: $example,
        },)*];

        /// What stands under `f` in a line.
        pub const OPERATIONS: &[&str] = &[$($f,)*];

        /// The row of an event.
        pub(super) fn of(kind: EventKind) -> &'static LineRow {
            // The places of the rows are counted by an enumeration of the same names.
            enum Place { $($event,)* }
            match kind { $(EventKind::$event => &ROWS[Place::$event as usize],)* }
        }
    };
}

lines! {
    Send "send" OPERATION Send
        "A producer sends a message, over all its retries. A send that ends `ok` was acknowledged, with an offset or without one."
        r#"{"index":0,"time":1000,"process":"producer-1","type":"invoke","f":"send","value":{"topic":"payments","partition":0,"id":"p1-17","acks":0}}
{"index":1,"time":2000,"process":"producer-1","type":"invoke","f":"send","value":{"topic":"payments","partition":0,"id":"p1-18"}}
{"index":2,"op":1,"time":3000,"process":"producer-1","type":"ok","f":"send","value":{"topic":"payments","partition":0,"offset":41,"id":"p1-18"}}"#
    Poll "poll" DELIVERY Poll
        "A record was handed to the application."
        r#"{"index":0,"time":1000,"process":"consumer-1","type":"ok","f":"poll","value":{"group":"billing","topic":"payments","partition":0,"offset":41,"id":"p1-17"}}"#
    Settle "settle" OPERATION Settle
        "A consumer settles all offsets below one."
        r#"{"index":0,"time":1000,"process":"consumer-1","type":"invoke","f":"settle","value":{"group":"billing","topic":"payments","partition":0,"upto":42,"generation":1}}
{"index":1,"op":0,"time":2000,"process":"consumer-1","type":"ok","f":"settle","value":{"group":"billing","topic":"payments","partition":0,"upto":42,"generation":1}}"#
    Effect "effect" OPERATION Effect
        "A consumer calls a sink."
        r#"{"index":0,"time":1000,"process":"consumer-1","type":"invoke","f":"effect","value":{"sink":"ledger","id":"p1-17"}}
{"index":1,"op":0,"time":2000,"process":"consumer-1","type":"ok","f":"effect","value":{"sink":"ledger","id":"p1-17"}}"#
    Intent "intent" SEEN Intent
        "A business fact that should become a message, before anything is sent."
        r#"{"index":0,"time":1000,"process":"producer-1","type":"info","f":"intent","value":{"id":"p1-17","key":7}}"#
    Answered "answered" SEEN Id
        "The user was told that it is done."
        r#"{"index":0,"time":1000,"process":"producer-1","type":"info","f":"answered","value":{"id":"p1-17"}}"#
    HungUp "hung-up" SEEN HungUp
        "A broker closed the connection on which a producer awaited its answer about a message. The process is the producer's."
        r#"{"index":0,"time":1000,"process":"producer-1","type":"info","f":"hung-up","value":{"topic":"payments","partition":0,"id":"p1-17","by":"broker-1"}}"#
    Append "append" SEEN Append
        "A leader appended a message."
        r#"{"index":0,"time":1000,"process":"broker-1","type":"info","f":"append","value":{"topic":"payments","partition":0,"offset":41,"epoch":1,"id":"p1-17"}}"#
    Watermark "watermark" SEEN Watermark
        "A leader moved the high watermark."
        r#"{"index":0,"time":1000,"process":"broker-1","type":"info","f":"watermark","value":{"topic":"payments","partition":0,"offset":42}}"#
    Committed "committed" SEEN Committed
        "A replica says that everything below an offset is safe, and what it holds there."
        r#"{"index":0,"time":1000,"process":"broker-1","type":"info","f":"committed","value":{"topic":"payments","partition":0,"epoch":1,"watermark":42,"hash":99}}"#
    Lead "lead" SEEN Lead
        "A broker began to lead."
        r#"{"index":0,"time":1000,"process":"broker-1","type":"info","f":"lead","value":{"topic":"payments","partition":0,"epoch":1}}"#
    Truncate "truncate" SEEN Truncate
        "A replica cut its log."
        r#"{"index":0,"time":1000,"process":"broker-2","type":"info","f":"truncate","value":{"topic":"payments","partition":0,"from":43,"to":41}}"#
    Recover "recover" SEEN Recover
        "A replica came up and read its log."
        r#"{"index":0,"time":1000,"process":"broker-2","type":"info","f":"recover","value":{"topic":"payments","partition":0,"end":41,"dropped-bytes":120}}"#
    Laggard "laggard" SEEN Laggard
        "A leader asks for a follower to leave the in-sync set, because it has lagged for too long."
        r#"{"index":0,"time":1000,"process":"broker-1","type":"info","f":"laggard","value":{"topic":"payments","partition":0,"follower":"broker-2","lag":500000}}"#
    Replicated "replicated" SEEN Replicated
        "A follower took over what its leader had."
        r#"{"index":0,"time":1000,"process":"broker-2","type":"info","f":"replicated","value":{"topic":"payments","partition":0,"end":42}}"#
    Members "members" SEEN Members
        "It was decided which replicas may be elected to lead a log. The process is the controller."
        r#"{"index":0,"time":1000,"process":"controller","type":"info","f":"members","value":{"topic":"payments","partition":0,"in-sync":["broker-1"],"eligible":["broker-2"]}}"#
    Registered "registered" SEEN Registered
        "A broker was told that it is registered anew. The process is the controller."
        r#"{"index":0,"time":1000,"process":"controller","type":"info","f":"registered","value":{"broker":"broker-2"}}"#
    Apply "apply" SEEN Id
        "The ground truth of an effect: a sink changed its state because of this message. The process is the sink."
        r#"{"index":0,"time":1000,"process":"ledger","type":"info","f":"apply","value":{"id":"p1-17"}}"#
    Grant "grant" SEEN Hold
        "A consumer was given a partition."
        r#"{"index":0,"time":1000,"process":"consumer-1","type":"info","f":"grant","value":{"group":"billing","topic":"payments","partition":0,"generation":1}}"#
    Position "position" SEEN Position
        "A consumer was told where its group stands: everything below is settled."
        r#"{"index":0,"time":1000,"process":"consumer-1","type":"info","f":"position","value":{"group":"billing","topic":"payments","partition":0,"settled":42}}"#
    Revoke "revoke" SEEN Hold
        "A consumer gave a partition up."
        r#"{"index":0,"time":1000,"process":"consumer-1","type":"info","f":"revoke","value":{"group":"billing","topic":"payments","partition":0,"generation":1}}"#
    Drop "drop" SEEN Drop
        "A message was given up on purpose."
        r#"{"index":0,"time":1000,"process":"producer-1","type":"info","f":"drop","value":{"id":"p1-17","reason":"expired"}}"#
    DeadLetter "dead-letter" SEEN DeadLetter
        "A message was put aside for people."
        r#"{"index":0,"time":1000,"process":"consumer-1","type":"info","f":"dead-letter","value":{"group":"billing","id":"p1-17"}}"#
    Logged "logged" SEEN Logged
        "A message of a log as it stands at the end. The final read of all logs ends with `audited`."
        r#"{"index":0,"time":1000,"process":"auditor","type":"info","f":"logged","value":{"topic":"payments","partition":0,"offset":41,"id":"p1-17","stamp":{"producer":7,"epoch":0,"sequence":17}}}"#
    Digest "digest" SEEN Digest
        "What a replica holds at the end. The process is the replica's broker."
        r#"{"index":0,"time":1000,"process":"broker-1","type":"info","f":"digest","value":{"topic":"payments","partition":0,"watermark":42,"hash":99}}"#
    Audited "audited" SEEN Nothing
        "Every log was read to its end: what is not `logged` is in no log."
        r#"{"index":0,"time":1000,"process":"auditor","type":"info","f":"audited","value":{}}"#
    Fault "fault" SEEN Fault
        "A fault struck or healed."
        r#"{"index":0,"time":1000,"process":"nemesis","type":"info","f":"fault","value":{"fault":"partition","target":"broker-1 and broker-2","healed":false,"reach":{"nodes":["broker-1"],"links":[["broker-1","broker-2"]],"course":"steady"}}}"#
    Began "began" SEEN Nothing
        "An incarnation of a client begins: what the one before left open has no known outcome."
        r#"{"index":0,"time":1000,"process":"producer-1","type":"info","f":"began","value":{}}"#
    Healed "healed" SEEN Nothing
        "All faults are healed and all nodes are up: from here on things must come to rest."
        r#"{"index":0,"time":1000,"process":"nemesis","type":"info","f":"healed","value":{}}"#
    Halted "halted" SEEN Halted
        "A node stopped itself, or user code panicked: its incarnation ends."
        r#"{"index":0,"time":1000,"process":"broker-1","type":"info","f":"halted","value":{"reason":"panic: index out of range"}}"#
}
