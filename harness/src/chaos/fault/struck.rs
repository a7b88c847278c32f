//! What is known of a fault once it struck, and what it takes.

use broker::{Micros, NodeId};
use checkers::Course;

use super::Scene;
use crate::chaos::link::Link;
use crate::chaos::world::WorldAction;

/// What a fault takes, or may take, of what a disk had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// Nothing that was written; but the process ends without a word, and nobody can tell afterwards what it lost.
    Place,
    /// What was not synced.
    Unsynced,
    /// What syncs should make durable from now on: it is there as long as the power stays.
    WhatSyncsPromise {
        /// Whether they say that they did it.
        lied: bool,
    },
    /// Anything.
    Anything,
}

/// A fault that struck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struck {
    /// What it struck, in words.
    pub target: String,
    /// The hosts whose process, disk, clock or load it changed.
    pub nodes: Vec<NodeId>,
    /// The links it cut or disturbed.
    pub links: Vec<Link>,
    /// What else it does until it is healed, and when, in microseconds from now; in ascending order.
    pub later: Vec<(Micros, WorldAction)>,
    /// How it is undone, in this order.
    pub healing: Vec<WorldAction>,
}

impl Struck {
    /// A fault that struck one host, and how it is undone.
    #[must_use]
    pub fn node(scene: &Scene<'_>, node: NodeId, healing: Vec<WorldAction>) -> Self {
        Self::nodes(scene, vec![node], healing)
    }

    /// A fault that struck these hosts at once, and how it is undone.
    #[must_use]
    pub fn nodes(scene: &Scene<'_>, nodes: Vec<NodeId>, healing: Vec<WorldAction>) -> Self {
        Struck { target: scene.names(&nodes), nodes, links: Vec::new(), later: Vec::new(), healing }
    }

    /// A fault that struck one link, of which `target` tells in words, and how it is undone.
    #[must_use]
    pub fn link(link: Link, target: String, healing: Vec<WorldAction>) -> Self {
        Struck { target, nodes: Vec::new(), links: vec![link], later: Vec::new(), healing }
    }

    /// What it does between its strike and its healing.
    #[must_use]
    pub fn course(&self) -> Course {
        match (self.later.is_empty(), self.healing.is_empty()) {
            (false, _) => Course::Changing,
            (true, true) => Course::Once,
            (true, false) => Course::Steady,
        }
    }
}
