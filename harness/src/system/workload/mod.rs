//! What the lab's world is loaded with: intents for its producers, handlers for its consumers.

mod context;
mod foreign;
mod handler;
mod intents;
mod life;
mod panics;
mod undriven;
mod wakes;
mod worker;

pub use context::{Call, CallKind, Context, EffectError, Redeliver};
pub use foreign::Foreign;
pub use handler::{Effect, Handler};
pub use intents::{Intent, Intents};
pub(crate) use life::Kept;
pub use life::Life;
pub use worker::{Progress, Worker};

pub use crate::system::frame::Way;
