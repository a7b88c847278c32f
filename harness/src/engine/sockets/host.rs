//! What runs on a host: the shell around a node that is watched.

use std::fmt::Debug;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use broker::server::{Stopped, Wire, run};
use broker::{FrameInfo, Input, Node, Now, Outputs};

use super::env::SocketEnv;
use super::network::Network;
use super::place::{Place, Power};
use super::stage::Stage;
use crate::engine::BoxedNode;
use crate::seed::Purpose;
use crate::workload::panic_message;

/// The program of one incarnation. It never ends by itself: a host whose program is over is stopped by the engine.
pub async fn program<N: Network, F: Wire + FrameInfo + Debug + 'static>(
    stage: Rc<Stage<F>>,
    place: Rc<Place<F>>,
) {
    if place.power() == Power::Up {
        let env = SocketEnv::<N, F>::new(Rc::clone(&stage), Rc::clone(&place));
        let node = Watched { node: place.program(), stage: Rc::clone(&stage), place: Rc::clone(&place) };
        let seed =
            stage.seed.draw(Purpose::Incarnation, [u64::from(place.node().0), place.incarnation() + 1]);
        match run(env, node, seed).await {
            Ok(Stopped::Halted { .. }) => stage.crash(place.node()),
            Ok(Stopped::Ended) => {}
            Err(error) => panic!("the simulated host {} cannot start: {error}", place.name()),
        }
    }
    pending().await
}

/// A node whose steps go into the trace, and whose panics end its incarnation and not the run.
struct Watched<F> {
    node: BoxedNode<F>,
    stage: Rc<Stage<F>>,
    place: Rc<Place<F>>,
}

impl<F: FrameInfo + Debug> Node for Watched<F> {
    type Frame = F;

    fn step(&mut self, now: Now, input: Input<F>, out: &mut Outputs<F>) {
        self.stage.step(&self.place, now.mono, &input);
        // A node that panicked is never stepped again, so nobody sees the state it was left in.
        let stepped = catch_unwind(AssertUnwindSafe(|| self.node.step(now, input, out)));
        if let Err(panic) = stepped {
            let message = panic_message(panic.as_ref());
            out.clear();
            out.halt(format!("panic: {message}"));
            self.stage.panicked(self.place.node(), message);
        }
    }
}
