//! One handler at work: a boxed future that owns it for one incarnation, polled by the consumer node whenever an answer
//! arrives.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{self, Poll, Waker};

use broker::Record;

use super::context::{Answer, Call, Context};
use super::handler::{Handler, Redeliver};

/// A handler and where it stands.
pub struct Worker {
    future: Pin<Box<dyn Future<Output = ()>>>,
    context: Context,
}

/// What polling a handler came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It waits for answers.
    Waiting,
    /// It is done with its record.
    Done(Result<(), Redeliver>),
    /// It awaits something that its context did not give it, and that will never come.
    ForeignAwait,
    /// It panicked, with this message.
    Panicked(String),
}

impl Worker {
    /// Gives a handler its life of one incarnation.
    pub fn new(mut handler: impl Handler) -> Self {
        let context = Context::default();
        let own = context.clone();
        let future = Box::pin(async move {
            loop {
                let record = own.next_record().await;
                let outcome = handler.handle(&record, &own).await;
                own.put_outcome(outcome);
            }
        });
        Worker { future, context }
    }

    /// Hands it a record; it must not have one.
    pub fn give(&mut self, record: Record, attempt: u32) -> Progress {
        self.context.put_record(record, attempt);
        self.poll()
    }

    /// Answers one of its calls.
    pub fn answer(&mut self, slot: u32, answer: Answer) -> Progress {
        self.context.put_answer(slot, answer);
        self.poll()
    }

    /// What it asked for since the last time.
    pub fn calls(&mut self) -> Vec<Call> {
        self.context.take_calls()
    }

    fn poll(&mut self) -> Progress {
        let mut task = task::Context::from_waker(Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| self.future.as_mut().poll(&mut task)));
        match polled {
            Err(panic) => Progress::Panicked(panic_message(&*panic)),
            Ok(Poll::Ready(())) => Progress::Waiting,
            Ok(Poll::Pending) => match self.context.take_outcome() {
                Some(outcome) => Progress::Done(outcome),
                None if self.context.awaits_answer() => Progress::Waiting,
                None => Progress::ForeignAwait,
            },
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("context", &self.context).finish_non_exhaustive()
    }
}

/// The text a panic carried.
#[must_use]
pub fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
