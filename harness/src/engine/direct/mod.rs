//! The direct engine: nodes driven by a heap of events. No runtime, no sockets, no bytes; simultaneous events come in an order
//! that the seed draws. Thousands of runs per second.

mod event;
mod host;
mod network;
mod sim;
mod step;
mod traffic;
mod verbs;

use std::fmt::Debug;

use broker::{FrameInfo, Micros, Observation, earliest};

use sim::Sim;

use super::{Ended, Flow, Outcome, Plan, Referee};
use crate::trace::Trace;

/// Runs a plan to its end.
pub fn run<F: FrameInfo + Debug + 'static>(
    plan: Plan<F>,
    referee: &mut dyn Referee,
    trace: Trace,
) -> Outcome {
    let (horizon, budget, busiest) = (plan.horizon, plan.step_budget, plan.busiest_second);
    let mut sim = Sim::new(plan, trace);
    sim.listen(referee.listens());
    let mut moment = Span::<1>::default();
    let mut second = Span::<SECOND>::default();
    let ended = loop {
        let wake = referee.next_wake();
        let Some(at) = earliest([sim.next_event_at(), wake]).filter(|&at| at <= horizon) else {
            break Ended::Horizon;
        };
        if sim.steps() >= budget {
            break Ended::OutOfSteps;
        }
        if let Some(node) = sim.last().filter(|_| moment.steps(at, sim.steps()) >= STANDSTILL) {
            break Ended::Standstill(node);
        }
        if let Some(node) =
            sim.last().filter(|_| busiest.is_some_and(|most| second.steps(at, sim.steps()) > most))
        {
            break Ended::Runaway(node);
        }
        // At one and the same time the referee comes first: a fault due now strikes before anything else happens.
        let flow = if wake == Some(at) {
            sim.advance_to(at);
            referee.wake(&mut sim)
        } else {
            take_event(&mut sim, referee)
        };
        if flow == Flow::Stop {
            break Ended::Stopped;
        }
    };
    sim.outcome(ended)
}

/// So many steps within one microsecond are taken by nobody whose timers lie ahead: a frame takes time, and so does a sync.
const STANDSTILL: u64 = 50_000;

const SECOND: Micros = 1_000_000;

/// The present one of equal spans of time, all so many microseconds long, and how many steps had been taken when it began.
#[derive(Default)]
struct Span<const LENGTH: Micros> {
    number: u64,
    steps_before: u64,
}

impl<const LENGTH: Micros> Span<LENGTH> {
    /// How many steps were taken in the span that goes on at this time, of so many in all.
    fn steps(&mut self, at: Micros, steps: u64) -> u64 {
        if at / LENGTH > self.number {
            (self.number, self.steps_before) = (at / LENGTH, steps);
        }
        steps - self.steps_before
    }
}

/// Lets one event happen: a node's step, then what the referee makes of it, then what the node wanted done.
fn take_event<F: FrameInfo + Debug + 'static>(sim: &mut Sim<F>, referee: &mut dyn Referee) -> Flow {
    let Some(stepped) = sim.take_event() else {
        return Flow::Continue;
    };
    let observations = sim.take_observations();
    let flow = if observations.is_empty() {
        Flow::Continue
    } else {
        referee.observed(stepped.node, &observations, sim)
    };
    sim.give_back(observations);
    match sim.perform(stepped) {
        Some(reason) if flow == Flow::Continue => {
            let halted = [Observation::Halted { reason }];
            referee.observed(stepped.node, &halted, sim)
        }
        _ => flow,
    }
}
