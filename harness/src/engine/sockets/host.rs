//! What runs on a host: the shell around a node that is watched.

use std::fmt::Debug;
use std::future::pending;
use std::marker::PhantomData;
use std::rc::Rc;

use broker::server::{Stopped, Wire, run};
use broker::{FrameInfo, Input, Now};

use super::env::SocketEnv;
use super::network::Network;
use super::place::{Place, Power};
use super::stage::Stage;
use crate::engine::watched::{Watch, Watched};
use crate::seed::Purpose;

/// The program of one incarnation. It never ends by itself: a host whose program is over is stopped by the engine.
pub async fn program<N: Network, F: Wire + FrameInfo + Debug + 'static>(
    stage: Rc<Stage<F>>,
    place: Rc<Place<F>>,
) {
    if place.power() == Power::Up {
        let env = SocketEnv::<N, F>::new(Rc::clone(&stage), Rc::clone(&place));
        let watcher =
            Watcher::<N, F> { stage: Rc::clone(&stage), place: Rc::clone(&place), network: PhantomData };
        let node = Watched::new(place.program(), watcher);
        let seed =
            stage.seed.draw(Purpose::Incarnation, [u64::from(place.node().0), place.incarnation() + 1]);
        match run(env, node, seed).await {
            Ok(Stopped::Halted { .. } | Stopped::Exited) => stage.end_process(&place),
            Ok(Stopped::Ended) => {}
            Err(error) => panic!("the simulated host {} cannot start: {error}", place.name()),
        }
    }
    pending().await
}

/// A host watches its own node.
struct Watcher<N, F> {
    stage: Rc<Stage<F>>,
    place: Rc<Place<F>>,
    network: PhantomData<N>,
}

impl<N: Network, F: FrameInfo + Debug> Watch<F> for Watcher<N, F> {
    /// At the time of the run, whatever the node's own clock shows.
    fn step(&self, _: Now, input: &Input<F>) {
        self.stage.step(&self.place, N::now(), input);
    }

    fn heeded(&self) {
        self.stage.heeded(&self.place);
    }

    fn panicked(&self, message: String) {
        self.stage.panicked(self.place.node(), message);
    }
}
