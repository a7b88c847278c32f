//! The verbs of [`World`] on simulated sockets. What a verb means to the program of a host and to the streams holds at once;
//! what the engine's own primitives do follows at its next quantum. A host's link to itself cannot be cut.

use broker::{Load, Micros, NodeId};

use super::place::{Place, Power};
use super::stage::{Command, Stage};
use crate::chaos::harm::{Harm, Place as Where, Toll};
use crate::chaos::link::Link;
use crate::chaos::world::{ClockChange, DiskChange, Streams, World, WorldAction};
use crate::engine::stopping::After;
use crate::seed::Purpose;

/// A referee's hold on a stage.
pub struct Control<'a, F>(&'a Stage<F>);

impl<'a, F> Control<'a, F> {
    pub fn new(stage: &'a Stage<F>) -> Self {
        Control(stage)
    }
}

impl<F> World for Control<'_, F> {
    fn now(&self) -> Micros {
        self.0.now()
    }

    fn toll(&self, place: Where) -> Toll {
        self.0.toll(place)
    }

    fn durable_as_told(&self, node: NodeId) -> bool {
        self.0.place(node).is_none_or(|place| place.disk.borrow().durable_as_told())
    }

    fn act(&mut self, action: WorldAction) {
        match action {
            WorldAction::Crash(node) => self.crash(node),
            WorldAction::PowerLoss(node, key) => self.power_loss(node, key),
            WorldAction::Stop(node) => self.stop(node),
            WorldAction::Restart(node) => self.restart(node),
            WorldAction::Pause(node) => self.pause(node),
            WorldAction::Resume(node) => self.resume(node),
            WorldAction::Cut(link, streams) => self.cut(link, streams),
            WorldAction::Mend(link) => self.mend(link),
            WorldAction::LoseFrame(link) => self.lose_frame(link),
            WorldAction::HalfOpen(link) => self.half_open(link),
            WorldAction::Stall(link, stalled) => self.stall(link, stalled),
            WorldAction::Delay(link, longer) => self.delay(link, longer),
            WorldAction::Slow(node, longer) => self.slow(node, longer),
            WorldAction::Clock(node, change) => self.clock(node, change),
            WorldAction::Disk(node, change) => self.disk(node, change),
            WorldAction::Load(node, load) => self.load(node, load),
        }
    }
}

impl<F> Control<'_, F> {
    fn crash(&mut self, node: NodeId) {
        if self.0.crash(node) {
            self.0.links.tolls.count(Where::Host(node), Harm::Killed);
        }
    }

    fn power_loss(&mut self, node: NodeId, key: u64) {
        let Some(place) = self.0.place(node) else { return };
        if place.power() == Power::Dark {
            return;
        }
        // Neither engine can cut the power: both tell the peers of a program's end. The streams keep it from them.
        self.0.links.peer_power_lost(node);
        if place.end(Power::Dark) {
            self.0.links.tolls.count(Where::Host(node), Harm::Killed);
            self.0.command(Command::Stop(node));
        }
        let (seed, id) = (self.0.seed, u64::from(node.0));
        place.disk.borrow_mut().power_loss(|file| seed.draw(Purpose::Torn, [id, u64::from(file.0), key]));
    }

    fn stop(&mut self, node: NodeId) {
        if let Some(place) = self.0.place(node).filter(|place| place.power() == Power::Up) {
            place.stopping.ask(self.0.now());
            self.0.look_again();
        }
    }

    fn restart(&mut self, node: NodeId) {
        let Some(place) = self.0.place(node) else { return };
        if place.stopping.start_again() {
            return;
        }
        match place.begin() {
            Power::Up => return,
            Power::Down => {}
            Power::Dark => self.0.links.peer_power_restored(node),
        }
        self.0.command(Command::Start(node));
    }

    fn pause(&mut self, node: NodeId) {
        if self.0.place(node).is_some_and(|place| place.set_paused(true)) {
            self.0.links.tolls.close(Where::Host(node), Harm::Postponed, self.0.now());
            self.0.command(Command::Pause(node));
        }
    }

    fn resume(&mut self, node: NodeId) {
        if self.0.place(node).is_some_and(|place| place.set_paused(false)) {
            self.0.links.tolls.open(Where::Host(node));
            self.0.links.wake_all();
            self.0.command(Command::Resume(node));
        }
    }

    fn cut(&mut self, link: Link, streams: Streams) {
        if link.from != link.to {
            self.0.links.cut(link, streams, self.0.now());
            self.0.command(Command::Relink(link.from, link.to));
        }
    }

    fn mend(&mut self, link: Link) {
        if link.from != link.to {
            self.0.links.mend(link);
            self.0.command(Command::Relink(link.from, link.to));
        }
    }

    fn lose_frame(&mut self, link: Link) {
        self.0.links.lose(link);
    }

    fn half_open(&mut self, link: Link) {
        self.0.links.forget(link);
    }

    fn stall(&mut self, link: Link, stalled: bool) {
        self.0.links.stall(link, stalled);
    }

    fn delay(&mut self, link: Link, longer: Micros) {
        self.0.links.delay(link, longer);
    }

    fn slow(&mut self, node: NodeId, longer: Micros) {
        if let Some(place) = self.0.place(node) {
            place.slow.set(longer);
        }
    }

    fn clock(&mut self, node: NodeId, change: ClockChange) {
        if let Some(place) = self.0.place(node) {
            place.change_clock(self.0.now(), change);
        }
    }

    fn disk(&mut self, node: NodeId, change: DiskChange) {
        if let Some(place) = self.0.place(node) {
            place.disk.borrow_mut().change(change);
        }
    }

    fn load(&mut self, node: NodeId, load: Load) {
        if let Some(place) = self.0.place(node) {
            place.loads.push(load);
        }
    }
}

impl<F> Stage<F> {
    fn toll(&self, at: Where) -> Toll {
        let toll = self.links.tolls.of(at);
        match at {
            Where::Host(node) => self.place(node).map_or(toll, |place| toll.with(place.disk.borrow().toll())),
            Where::Link(_) => toll,
        }
    }

    /// Ends a process that ends itself, or whose grace is over; it begins anew where somebody has asked for that.
    pub fn end_process(&self, place: &Place<F>) {
        if place.stopping.due().is_some() {
            self.links.tolls.count(Where::Host(place.node()), Harm::Stopped);
        }
        let after = place.stopping.end();
        self.crash(place.node());
        if after == After::StartAgain {
            Control::new(self).act(WorldAction::Restart(place.node()));
        }
    }

    /// Ends a process; says whether there was one.
    pub fn crash(&self, node: NodeId) -> bool {
        let up = self.place(node).filter(|place| place.power() == Power::Up);
        let ended = up.is_some_and(|place| place.end(Power::Down));
        if ended {
            self.links.note_gone(node);
            self.command(Command::Stop(node));
        }
        ended
    }
}
