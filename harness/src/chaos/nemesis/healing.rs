//! How faults end: each when its time is over, all at the end of the chaos, or first those of a core.

use broker::{Micros, NodeId};

use super::lasting::Lasting;
use super::{Core, FaultReport, Nemesis, News};
use crate::chaos::world::{World, WorldAction};

impl Nemesis {
    /// Ends the chaos: nothing strikes any more, everything is healed, the oldest fault first.
    pub fn heal_all(&mut self, world: &mut dyn World) {
        for over in std::mem::take(&mut self.lasting) {
            self.heal(over, world);
        }
        self.revive(world);
    }

    /// Who could serve alone from now on, if anybody could.
    #[must_use]
    pub fn core(&self, min_in_sync: usize, now: Micros) -> Option<Core> {
        let sound = |log, node| self.budget.as_ref().is_none_or(|budget| budget.trusts(log, node));
        let at_risk = |node| self.budget.as_ref().is_some_and(|budget| budget.puts_at_risk(node, now));
        self.members.core(&self.roles, min_in_sync, self.seed, &sound, &at_risk)
    }

    /// Ends the chaos for a core alone: nothing strikes any more, and of what struck only that heals which lies within the core.
    /// What flaps elsewhere stays cut, and whoever a fault still touches outside of the core goes down: a broker that reaches the
    /// controller and not its followers is elected and serves nobody, and a consumer that reaches its coordinator and not
    /// a leader keeps what it was granted. No log with one controller promises anything about those.
    pub fn heal_core(&mut self, core: &Core, world: &mut dyn World) {
        for mut lasting in std::mem::take(&mut self.lasting) {
            lasting.freeze(core, world);
            let within = |action: &WorldAction| action.is_within(|node| core.has(node));
            if lasting.struck.healing.iter().all(within) {
                self.heal(lasting, world);
                continue;
            }
            lasting
                .struck
                .healing
                .iter()
                .filter(|action| within(action))
                .for_each(|action| world.act(*action));
            lasting.struck.healing.retain(|action| !within(action));
            self.lasting.push(lasting);
        }
        let touched = |node: &NodeId| self.lasting.iter().any(|lasting| lasting.touches(*node));
        self.roles
            .fault_targets()
            .filter(|node| !core.has(*node) && touched(node))
            .for_each(|node| world.act(WorldAction::Crash(node)));
        self.revive_core(core, world);
        self.due = None;
    }

    /// Starts whoever is down in a core.
    pub fn revive_core(&self, core: &Core, world: &mut dyn World) {
        self.roles
            .fault_targets()
            .filter(|&node| core.has(node))
            .for_each(|node| world.act(WorldAction::Restart(node)));
    }

    /// Starts whoever is down. A node may have stopped itself, and nobody planned its return; a slow one also hears of a failed
    /// write when that is long healed.
    pub fn revive(&self, world: &mut dyn World) {
        self.roles.fault_targets().for_each(|node| world.act(WorldAction::Restart(node)));
    }

    pub(super) fn heal(&mut self, over: Lasting, world: &mut dyn World) {
        self.settle(over.step, world);
        let actions = over.struck.healing.iter().filter(|action| !self.is_wanted(**action, None));
        actions.for_each(|action| world.act(*action));
        self.tell_over(over, world.now());
    }

    pub(super) fn tell_over(&mut self, over: Lasting, time: Micros) {
        let (step, target) = (over.step, over.struck.target);
        self.budget.iter_mut().for_each(|budget| budget.over(step, time));
        if let Some(hit) = &mut self.steps[step].hit {
            hit.undone = Some(time);
        }
        let fault = self.steps[step].step.inject.kind();
        self.reports.push(FaultReport { time, step, fault, news: News::Healed { target } });
    }

    /// Whether some other fault still wants the state that this action would end: what another fault cuts stays cut.
    pub(super) fn is_wanted(&self, action: WorldAction, by_others_than: Option<usize>) -> bool {
        let others = self.lasting.iter().enumerate().filter(|(at, _)| Some(*at) != by_others_than);
        action.ends_a_state() && others.map(|(_, lasting)| lasting).any(|lasting| lasting.heals_by(action))
    }
}
