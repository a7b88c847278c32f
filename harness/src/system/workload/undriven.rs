//! The runtime of tokio's that a handler finds around it: one that nobody drives. Engines with sockets run nodes within a runtime
//! of their own and the others within none, so without this one the same handler would get a timer on `turmoil` and a panic
//! on `direct`.

use std::cell::RefCell;
use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

thread_local! {
    static HERE: RefCell<Option<Undriven>> = const { RefCell::new(None) };
}

/// No system has room for the stack of such a thread, so `spawn_blocking` panics, instead of working at a speed of its own.
const STACK_OF_NO_THREAD: usize = 1 << 60;

/// A runtime without timers, sockets and threads, and without anybody who runs its tasks.
struct Undriven {
    /// Taken only when it is dropped.
    runtime: Option<Runtime>,
    local: LocalSet,
}

impl Undriven {
    fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().thread_stack_size(STACK_OF_NO_THREAD).build()?;
        Ok(Undriven { runtime: Some(runtime), local: LocalSet::new() })
    }
}

impl Drop for Undriven {
    fn drop(&mut self) {
        // It may happen within an engine's runtime, where waiting for threads is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Calls something within the runtime of this thread; says also whether a task waits there that nobody will run.
pub(super) fn within<T>(call: impl FnOnce() -> T) -> (T, bool) {
    HERE.with_borrow_mut(|here| {
        if here.is_none() {
            *here = Undriven::new().ok();
        }
        // Without timers and sockets there is nothing that could fail to be built; the panic of an engine without a runtime
        // would be the same for every use but a spawned task.
        let Some(Undriven { runtime: Some(runtime), local }) = here else { return (call(), false) };
        let called = {
            let _runtime = runtime.enter();
            let _local = local.enter();
            call()
        };
        let spawned = runtime.metrics().num_alive_tasks() > 0;
        if spawned {
            *here = None;
        }
        (called, spawned)
    })
}
