//! `partition`: the network is cut around one node, between two, or in halves; for good until it heals, or flapping. What becomes
//! of open connections is said by `streams`.

use broker::{Micros, NodeId};
use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::link::Link;
use crate::chaos::world::{Streams, WorldAction};

/// Which links are cut, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Partition {
    /// Cut this node, or these, off from everybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolate: Option<Target>,
    /// Cut between two nodes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Between>,
    /// Cut between these nodes and everybody else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub halves: Vec<Target>,
    /// Nodes that an isolated one still reaches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Target>,
    /// Cut only what goes from one broker to another: clients and the controller are reached as before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub brokers_only: bool,
    /// Which directions are cut, seen from the isolated node, or from `from`.
    #[serde(default)]
    pub direction: Direction,
    /// What becomes of open connections.
    #[serde(default)]
    pub streams: Streams,
    /// Mended after so many milliseconds, cut again after as many more, and so on until it heals; at least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flapping_ms: Option<u64>,
}

/// How often a flapping link changes at most.
const FLAPS: u64 = 64;

/// Two nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Between {
    /// One.
    pub from: Target,
    /// The other.
    pub to: Target,
}

/// Which directions of a link are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Both.
    #[default]
    Both,
    /// What the node sends.
    Outbound,
    /// What is sent to it.
    Inbound,
}

impl Partition {
    pub(crate) fn whole(direction: Direction, streams: Streams) -> Self {
        Partition {
            isolate: None,
            link: None,
            halves: Vec::new(),
            except: Vec::new(),
            brokers_only: false,
            direction,
            streams,
            flapping_ms: None,
        }
    }

    /// Cuts a node off from everybody else, in both directions.
    #[must_use]
    pub fn isolate(target: Target, streams: Streams) -> Self {
        Partition { isolate: Some(target), ..Self::whole(Direction::Both, streams) }
    }

    /// Cuts between two nodes, in both directions.
    #[must_use]
    pub fn between(from: Target, to: Target, streams: Streams) -> Self {
        Partition { link: Some(Between { from, to }), ..Self::whole(Direction::Both, streams) }
    }

    /// Cuts between these nodes and everybody else, in both directions.
    #[must_use]
    pub fn halves(side: Vec<Target>, streams: Streams) -> Self {
        Partition { halves: side, ..Self::whole(Direction::Both, streams) }
    }

    /// Lets an isolated node still reach these.
    #[must_use]
    pub fn except(mut self, except: Vec<Target>) -> Self {
        self.except = except;
        self
    }

    /// Cuts links among brokers and leaves all others.
    #[must_use]
    pub fn brokers_only(mut self) -> Self {
        self.brokers_only = true;
        self
    }

    /// Mends it after so many milliseconds, cuts it again after as many more, and so on.
    #[must_use]
    pub fn flapping(mut self, ms: u64) -> Self {
        self.flapping_ms = Some(ms);
        self
    }

    /// The nodes on either side, and what that is in words.
    fn sides(&self, scene: &Scene<'_>) -> Option<(Vec<NodeId>, Vec<NodeId>, String)> {
        if let Some(between) = &self.link {
            let (from, to) = (scene.resolve(&between.from)?, scene.resolve(&between.to)?);
            let target = format!("{} and {}", scene.name(from), scene.name(to));
            return (from != to).then(|| (vec![from], vec![to], target));
        }
        let mut one: Vec<NodeId> = Vec::new();
        for target in self.isolate.iter().chain(&self.halves) {
            one.extend(scene.resolve_all(target)?);
        }
        one.sort_unstable();
        one.dedup();
        let spared: Vec<NodeId> =
            self.except.iter().filter_map(|target| scene.resolve_all(target)).flatten().collect();
        let mut others: Vec<NodeId> =
            scene.roles.everybody().filter(|other| !one.contains(other) && !spared.contains(other)).collect();
        if self.brokers_only {
            let brokers: Vec<NodeId> = scene.roles.brokers().collect();
            one.retain(|node| brokers.contains(node));
            others.retain(|node| brokers.contains(node));
        }
        let names = scene.names(&one);
        (!one.is_empty() && !others.is_empty()).then_some((one, others, names))
    }

    /// What a flapping network does after it was cut for the first time.
    fn flaps(&self, links: &[Link]) -> Vec<(Micros, WorldAction)> {
        let Some(ms) = self.flapping_ms else { return Vec::new() };
        let turns = (1..=FLAPS).flat_map(|turn| links.iter().map(move |&link| (turn, link)));
        let actions = turns.map(|(turn, link)| {
            let action =
                if turn % 2 == 1 { WorldAction::Mend(link) } else { WorldAction::Cut(link, self.streams) };
            (turn * ms.max(1) * 1_000, action)
        });
        actions.collect()
    }
}

impl Inject for Partition {
    const HARMS: &'static [Harm] = &[Harm::Held, Harm::Lost, Harm::Refused, Harm::Reset];

    fn targets(&self) -> Vec<&Target> {
        let ends = self.link.iter().flat_map(|link| [&link.from, &link.to]);
        self.isolate.iter().chain(ends).chain(&self.halves).chain(&self.except).collect()
    }

    fn at_once(&self) -> Vec<&Target> {
        self.isolate.iter().chain(&self.halves).chain(&self.except).collect()
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let (one, others, target) = self.sides(scene)?;
        let pairs = one.iter().flat_map(|&node| others.iter().map(move |&other| (node, other)));
        let links: Vec<Link> = pairs.flat_map(|(node, other)| self.direction.links(node, other)).collect();
        for &link in &links {
            scene.world.act(WorldAction::Cut(link, self.streams));
        }
        let later = self.flaps(&links);
        let healing = links.iter().copied().map(WorldAction::Mend).collect();
        Some(Struck { target, nodes: Vec::new(), links, later, healing })
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        let (target, streams) = (dice.target()?, dice.streams()?);
        let direction = dice.one_of(&[Direction::Both, Direction::Outbound, Direction::Inbound])?;
        let among_brokers = dice.brokers().filter(|_| dice.broker_count() > 1);
        let partition = match (dice.shape(8), among_brokers) {
            (5, Some((from, to))) => Partition::between(from, to, streams),
            (6, Some((from, _))) => Partition::isolate(from, streams).brokers_only(),
            (7, Some(_)) => Partition::halves(vec![Target::Minority], streams).brokers_only(),
            (0 | 1 | 5, _) => Partition::isolate(dice.target_at_once()?, streams),
            (2 | 3 | 6, _) => Partition::between(target, dice.other()?, streams),
            _ => Partition::halves(vec![Target::Minority], streams),
        };
        let flapping_ms = dice.one_in(8).then(|| dice.amount(10, 200));
        Some(Partition { direction, flapping_ms, ..partition })
    }

    fn simpler(&self) -> Vec<Self> {
        let steady = self.flapping_ms.map(|_| Partition { flapping_ms: None, ..self.clone() });
        let without = (0..self.except.len()).map(|at| {
            let mut fewer = self.clone();
            fewer.except.remove(at);
            fewer
        });
        steady.into_iter().chain(without).collect()
    }
}

impl Direction {
    fn links(self, node: NodeId, other: NodeId) -> Vec<Link> {
        let outbound = Link { from: node, to: other };
        let inbound = Link { from: other, to: node };
        match self {
            Direction::Both => vec![outbound, inbound],
            Direction::Outbound => vec![outbound],
            Direction::Inbound => vec![inbound],
        }
    }
}
