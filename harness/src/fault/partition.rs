//! `partition`: the network is cut around one node, or between two. What becomes of open connections is said by `streams`.

use broker::NodeId;
use serde::{Deserialize, Serialize};

use super::{Healing, Scene, Struck};
use crate::cast::Target;
use crate::world::{Link, Streams};

/// Which links are cut, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Partition {
    /// Cut this node off from everybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolate: Option<Target>,
    /// Cut between two nodes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Between>,
    /// Nodes that an isolated one still reaches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Target>,
    /// Which directions are cut, seen from the isolated node, or from `from`.
    #[serde(default)]
    pub direction: Direction,
    /// What becomes of open connections.
    #[serde(default)]
    pub streams: Streams,
}

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
    /// All that it is aimed at, what it spares among it.
    #[must_use]
    pub fn targets(&self) -> Vec<&Target> {
        let ends = self.link.iter().flat_map(|link| [&link.from, &link.to]);
        self.isolate.iter().chain(ends).chain(&self.except).collect()
    }

    /// Cuts a node off from everybody else, in both directions.
    #[must_use]
    pub fn isolate(target: Target, streams: Streams) -> Self {
        Partition {
            isolate: Some(target),
            link: None,
            except: Vec::new(),
            direction: Direction::Both,
            streams,
        }
    }

    /// Cuts between two nodes, in both directions.
    #[must_use]
    pub fn between(from: Target, to: Target, streams: Streams) -> Self {
        let link = Some(Between { from, to });
        Partition { isolate: None, link, except: Vec::new(), direction: Direction::Both, streams }
    }

    /// Lets an isolated node still reach these.
    #[must_use]
    pub fn except(mut self, except: Vec<Target>) -> Self {
        self.except = except;
        self
    }

    pub(super) fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let (node, others, target) = self.sides(scene)?;
        let links: Vec<Link> =
            others.into_iter().flat_map(|other| self.direction.links(node, other)).collect();
        for &link in &links {
            scene.world.cut(link, self.streams);
        }
        Some(Struck { target, healing: links.into_iter().map(Healing::Mend).collect() })
    }

    fn sides(&self, scene: &Scene<'_>) -> Option<(NodeId, Vec<NodeId>, String)> {
        if let Some(between) = &self.link {
            let (from, to) = (scene.resolve(&between.from)?, scene.resolve(&between.to)?);
            let target = format!("{} and {}", scene.name(from), scene.name(to));
            return (from != to).then(|| (from, vec![to], target));
        }
        let node = scene.resolve(self.isolate.as_ref()?)?;
        let spared: Vec<NodeId> = self.except.iter().filter_map(|target| scene.resolve(target)).collect();
        let others = scene.roles.everybody().filter(|other| *other != node && !spared.contains(other));
        Some((node, others.collect(), scene.name(node)))
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
