//! What the lab's world is loaded with: intents for its producers, handlers for its consumers.

mod context;
mod handler;
mod intents;
mod worker;

pub use context::{Call, CallKind, Context, EffectError};
pub use handler::{Effect, Handler, Redeliver};
pub use intents::{Intent, Intents};
pub use worker::{Progress, Worker, panic_message};

pub use crate::frame::Way;
