//! How far a fault reached: what a checker needs to know of it that its name and its target in words do not say.

use serde::{Deserialize, Serialize};

use super::Name;

/// What a fault struck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The processes whose host, disk, clock or load it changed; none for a fault of the network.
    pub nodes: Vec<Name>,
    /// The directed links it cut or disturbed, from one process to another.
    pub links: Vec<(Name, Name)>,
    /// What it does after it struck.
    pub course: Course,
}

/// What a fault does between its strike and its healing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Course {
    /// Nothing: it was over when it had struck, and no healing is told.
    Once,
    /// It stays as it struck until it heals.
    Steady,
    /// It changes again and again until it heals: a flapping link, a rolling restart.
    Changing,
}

impl Reach {
    /// Every process that it touched: those it struck, and the ends of links.
    pub fn touched(&self) -> impl Iterator<Item = Name> {
        let ends = self.links.iter().flat_map(|&(from, to)| [from, to]);
        self.nodes.iter().copied().chain(ends)
    }
}
