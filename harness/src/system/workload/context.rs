//! What a handler may await: effects at the group's sink, and time. Every call is a message to the consumer node that polls
//! the handler, and is answered by it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{self, Poll};
use std::time::Duration;

use broker::{MessageId, Micros, Record};

use crate::system::frame::Way;

/// Why an effect is not known to have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectError {
    /// The sink was not reached, or did not answer: it may have happened, or may yet.
    Unknown,
    /// The sink said no: it did not happen.
    Refused,
}

/// The handler could not finish: the record must be delivered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redeliver;

impl From<EffectError> for Redeliver {
    fn from(_: EffectError) -> Self {
        Redeliver
    }
}

/// A handler's door to the world.
#[derive(Clone, Debug, Default)]
pub struct Context {
    mailbox: Rc<RefCell<Mailbox>>,
}

/// What goes between a handler and the node that polls it.
#[derive(Debug, Default)]
struct Mailbox {
    record: Option<(Record, u32)>,
    attempt: u32,
    outcome: Option<Result<(), Redeliver>>,
    calls: VecDeque<Call>,
    /// Calls that were made and not answered.
    open: Vec<u32>,
    answers: Vec<(u32, Answer)>,
    next_slot: u32,
}

/// Something a handler asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Comes back with the answer.
    pub slot: u32,
    /// What is asked for.
    pub kind: CallKind,
}

/// What a handler can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// An effect.
    Apply(MessageId, Way),
    /// Time, in microseconds.
    Sleep(Micros),
}

/// How a call ended.
pub type Answer = Result<(), EffectError>;

impl Context {
    /// Makes the record's effect happen at the group's sink, as often as this is called.
    ///
    /// # Errors
    ///
    /// [`EffectError`] when the sink did not answer or refused.
    pub async fn apply(&self, record: &Record) -> Result<(), EffectError> {
        self.call(CallKind::Apply(record.id, Way::Plain)).await
    }

    /// Makes the record's effect happen once, however often it is delivered: the sink keeps the record's id in the same
    /// transaction as the effect.
    ///
    /// # Errors
    ///
    /// [`EffectError`] when the sink did not answer or refused; asking again is harmless.
    pub async fn apply_once(&self, record: &Record) -> Result<(), EffectError> {
        self.call(CallKind::Apply(record.id, Way::Inbox)).await
    }

    /// Lets simulated time pass.
    pub async fn sleep(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        // A sleep cannot fail: its answer is always `Ok`.
        let _ = self.call(CallKind::Sleep(micros)).await;
    }

    /// How often this record was delivered to this incarnation before.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.mailbox.borrow().attempt
    }

    fn call(&self, kind: CallKind) -> CallFuture {
        CallFuture { mailbox: Rc::clone(&self.mailbox), kind, slot: None }
    }

    /// Hands a record to the handler.
    pub(super) fn put_record(&self, record: Record, attempt: u32) {
        self.mailbox.borrow_mut().record = Some((record, attempt));
    }

    /// The next record to handle.
    pub(super) async fn next_record(&self) -> Record {
        std::future::poll_fn(|_| {
            let mut mailbox = self.mailbox.borrow_mut();
            let Some((record, attempt)) = mailbox.record.take() else {
                return Poll::Pending;
            };
            mailbox.attempt = attempt;
            Poll::Ready(record)
        })
        .await
    }

    /// The handler is done with its record.
    pub(super) fn put_outcome(&self, outcome: Result<(), Redeliver>) {
        self.mailbox.borrow_mut().outcome = Some(outcome);
    }

    pub(super) fn take_outcome(&self) -> Option<Result<(), Redeliver>> {
        self.mailbox.borrow_mut().outcome.take()
    }

    pub(super) fn next_call(&self) -> Option<Call> {
        self.mailbox.borrow_mut().calls.pop_front()
    }

    /// Whether any call is unanswered.
    pub(super) fn awaits_answer(&self) -> bool {
        !self.mailbox.borrow().open.is_empty()
    }

    pub(super) fn put_answer(&self, slot: u32, answer: Answer) {
        let mut mailbox = self.mailbox.borrow_mut();
        if let Some(at) = mailbox.open.iter().position(|&open| open == slot) {
            mailbox.open.swap_remove(at);
            mailbox.answers.push((slot, answer));
        }
    }
}

/// One call on its way. Dropping it gives up on the answer, not on what was asked for.
#[derive(Debug)]
struct CallFuture {
    mailbox: Rc<RefCell<Mailbox>>,
    kind: CallKind,
    slot: Option<u32>,
}

impl Future for CallFuture {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<Answer> {
        let this = &mut *self;
        let mut mailbox = this.mailbox.borrow_mut();
        let Some(slot) = this.slot else {
            let slot = mailbox.next_slot;
            mailbox.next_slot += 1;
            mailbox.calls.push_back(Call { slot, kind: this.kind });
            mailbox.open.push(slot);
            this.slot = Some(slot);
            return Poll::Pending;
        };
        match mailbox.answers.iter().position(|&(answered, _)| answered == slot) {
            Some(at) => Poll::Ready(mailbox.answers.swap_remove(at).1),
            None => Poll::Pending,
        }
    }
}

impl Drop for CallFuture {
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            let mut mailbox = self.mailbox.borrow_mut();
            mailbox.open.retain(|&open| open != slot);
            mailbox.answers.retain(|&(answered, _)| answered != slot);
        }
    }
}
