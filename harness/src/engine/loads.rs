//! What the world outside asks of a node whose shell sleeps: it is woken for it.

use std::cell::RefCell;
use std::collections::VecDeque;

use ::tokio::sync::Notify;
use broker::Load;

/// What was asked and not yet heard.
#[derive(Debug, Default)]
pub struct Loads {
    waiting: RefCell<VecDeque<Load>>,
    asked: Notify,
}

impl Loads {
    /// Asks.
    pub fn push(&self, load: Load) {
        self.waiting.borrow_mut().push_back(load);
        self.asked.notify_one();
    }

    /// Forgets what was not heard: the incarnation is over.
    pub fn clear(&self) {
        self.waiting.borrow_mut().clear();
    }

    /// The next.
    pub async fn next(&self) -> Load {
        loop {
            let next = self.waiting.borrow_mut().pop_front();
            match next {
                Some(load) => return load,
                None => self.asked.notified().await,
            }
        }
    }
}
