//! Who wakes a handler. It is polled when an answer arrives; what its branches do to each other, as a channel does between two
//! of them, wakes it too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};
use std::thread::{self, ThreadId};

/// What has woken a handler since somebody looked.
#[derive(Debug)]
pub(super) struct Wakes {
    woken: AtomicBool,
    /// By another thread than the one that polls it.
    abroad: AtomicBool,
    home: ThreadId,
}

impl Wakes {
    /// For a handler that this thread polls.
    pub(super) fn new() -> (Arc<Wakes>, Waker) {
        let wakes = Arc::new(Wakes {
            woken: AtomicBool::new(false),
            abroad: AtomicBool::new(false),
            home: thread::current().id(),
        });
        let waker = Waker::from(Arc::clone(&wakes));
        (wakes, waker)
    }

    /// Whether it was woken, which is forgotten then.
    pub(super) fn take(&self) -> bool {
        self.woken.swap(false, Ordering::AcqRel)
    }

    /// Whether another thread has ever woken it.
    pub(super) fn came_from_abroad(&self) -> bool {
        self.abroad.load(Ordering::Acquire)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if thread::current().id() != self.home {
            self.abroad.store(true, Ordering::Release);
        }
        self.woken.store(true, Ordering::Release);
    }
}
