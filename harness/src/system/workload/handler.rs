//! What a user writes: a consumer's handler, as ordinary `async` code.
//!
//! A handler is made anew by its factory after every crash, so what it keeps in memory is lost exactly as in life. It awaits
//! what its [`Context`] gives it, combinators over that, and channels between its own branches. A timer, a socket, a task or a
//! thread ends the run: nobody drives them here, and what then happens says nothing of the system.

use std::future::Future;
use std::time::Duration;

use broker::Record;

use super::context::{Context, Redeliver};

/// User code that deals with records, one at a time.
///
/// ```
/// use harness::{Context, Handler, Record, Redeliver};
///
/// /// Charges the customer for every record.
/// struct Billing;
///
/// impl Handler for Billing {
///     async fn handle(&mut self, record: &Record, context: &Context) -> Result<(), Redeliver> {
///         context.apply_once(record).await?;
///         Ok(())
///     }
/// }
/// ```
pub trait Handler: 'static {
    /// Deals with one record. `Ok` lets the consumer settle it; `Err` has it delivered again, before anything behind it.
    fn handle(&mut self, record: &Record, context: &Context) -> impl Future<Output = Result<(), Redeliver>>;
}

/// The lab's own handler: works for a while, then makes the effect happen.
#[derive(Clone, Copy, Debug)]
pub struct Effect {
    /// How the sink applies it.
    pub way: super::Way,
    /// The longest work before the effect; how long it is depends on the record alone.
    pub work: Duration,
}

impl Handler for Effect {
    async fn handle(&mut self, record: &Record, context: &Context) -> Result<(), Redeliver> {
        if !self.work.is_zero() {
            context.sleep(self.work_on(record)).await;
        }
        match self.way {
            super::Way::Plain => context.apply(record).await?,
            super::Way::Inbox => context.apply_once(record).await?,
        }
        Ok(())
    }
}

impl Effect {
    fn work_on(&self, record: &Record) -> Duration {
        // Any fixed mixing of the id will do; neighbours must differ widely, or parallel workers would never overtake.
        let mixed = (u64::from(record.id.producer) << 32 | u64::from(record.id.number))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let longest = u64::try_from(self.work.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros((mixed >> 32) % longest.max(1))
    }
}
