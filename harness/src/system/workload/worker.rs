//! One handler at work: a boxed future that owns it for one incarnation, polled by the consumer node whenever an answer
//! arrives.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll, Waker};

use broker::Record;
use tokio::task::unconstrained;

use super::context::{Answer, Call, Context, Redeliver};
use super::foreign::{Foreign, What};
use super::handler::Handler;
use super::panics::caught;
use super::undriven;
use super::wakes::Wakes;

/// A handler that has woken itself so often within one instant will not stop.
const MOST_WAKES: u32 = 100_000;

/// One that waits for nobody is polled so often before it is given up: within an engine's runtime `yield_now` wakes it only after
/// this instant, and each of several in a row takes a poll.
const MOST_IDLE_POLLS: u32 = 1_000;

/// A handler and where it stands.
pub struct Worker {
    future: Pin<Box<dyn Future<Output = ()>>>,
    context: Context,
    wakes: Arc<Wakes>,
    waker: Waker,
}

/// What polling a handler came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It waits for answers.
    Waiting,
    /// It is done with its record.
    Done(Result<(), Redeliver>),
    /// It awaits something that its context did not give it.
    Foreign(Foreign),
    /// It panicked, with this message and at this place.
    Panicked(String),
}

impl Worker {
    /// Gives a handler its life of one incarnation.
    pub fn new(mut handler: impl Handler) -> Self {
        let context = Context::default();
        let own = context.clone();
        // Within an engine's runtime tokio's own channels would be ready only so often, and without one always.
        let future = Box::pin(unconstrained(async move {
            loop {
                let record = own.next_record().await;
                let outcome = handler.handle(&record, &own).await;
                own.put_outcome(outcome);
            }
        }));
        let (wakes, waker) = Wakes::new();
        Worker { future, context, wakes, waker }
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

    /// The next of what it asked for.
    pub fn next_call(&mut self) -> Option<Call> {
        self.context.next_call()
    }

    /// Polls it until it has nothing more to do at this instant.
    fn poll(&mut self) -> Progress {
        let (mut wakes, mut idle) = (0, 0);
        while wakes < MOST_WAKES && idle < MOST_IDLE_POLLS {
            if let Some(progress) = self.poll_once() {
                return progress;
            }
            match self.wakes.take() {
                true => wakes += 1,
                false if self.context.awaits_answer() => return Progress::Waiting,
                false => idle += 1,
            }
        }
        Progress::Foreign(What::Nothing.into())
    }

    fn poll_once(&mut self) -> Option<Progress> {
        let mut task = task::Context::from_waker(&self.waker);
        let (polled, spawned) = undriven::within(|| caught(|| self.future.as_mut().poll(&mut task)));
        match polled {
            Err(panic) => Some(match Foreign::of_panic(&panic) {
                Some(foreign) => Progress::Foreign(foreign),
                None => Progress::Panicked(panic.to_string()),
            }),
            Ok(_) if spawned => Some(Progress::Foreign(What::Task.into())),
            Ok(_) if self.wakes.came_from_abroad() => Some(Progress::Foreign(What::Thread.into())),
            Ok(Poll::Ready(()) | Poll::Pending) => self.context.take_outcome().map(Progress::Done),
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("context", &self.context).finish_non_exhaustive()
    }
}
