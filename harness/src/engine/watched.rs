//! A node whose steps go into the trace, and whose panics end its incarnation and not the run.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use broker::{Input, Node, Now, Outputs};

use super::BoxedNode;

/// Who watches a node.
pub trait Watch<F> {
    /// The node is about to take a step.
    fn step(&self, now: Now, input: &Input<F>);

    /// The node observed something in a step that the world outside asked for.
    fn heeded(&self);

    /// The node panicked; it will be stopped.
    fn panicked(&self, message: String);
}

/// A watched node.
pub struct Watched<F, W> {
    node: BoxedNode<F>,
    watch: W,
}

impl<F, W: Watch<F>> Watched<F, W> {
    pub fn new(node: BoxedNode<F>, watch: W) -> Self {
        Watched { node, watch }
    }
}

impl<F, W: Watch<F>> Node for Watched<F, W> {
    type Frame = F;

    fn step(&mut self, now: Now, input: Input<F>, out: &mut Outputs<F>) {
        self.watch.step(now, &input);
        let asked = matches!(input, Input::Load(_));
        // A node that panicked is never stepped again, so nobody sees the state it was left in.
        let stepped = catch_unwind(AssertUnwindSafe(|| self.node.step(now, input, out)));
        if let Err(panic) = stepped {
            let message = panic_message(panic.as_ref());
            out.clear();
            out.halt(format!("panic: {message}"));
            self.watch.panicked(message);
        }
        if asked && !out.observations.is_empty() {
            self.watch.heeded();
        }
    }
}

/// The text a panic carried.
#[must_use]
pub fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
