//! What is said about the run itself: faults, halts, and moments that hold nothing but their name.

use std::borrow::Cow;

use super::shapes;
use crate::Course;

shapes! {
    /// A value without content: `{}`.
    Nothing {
    }

    /// A fault or its healing.
    Fault<'a> {
        /// The fault's name.
        #[serde(borrow)]
        fault: Cow<'a, str>,
        /// What it struck: a process, or words.
        #[serde(borrow)]
        target: Cow<'a, str>,
        /// Whether it healed, or struck.
        healed: bool,
        /// How far it reached, of one that struck; whoever does not know leaves it out.
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        reach: Option<Reach<'a>>,
    }

    /// How far a fault reached. A history recorded before this was told has none.
    Reach<'a> {
        /// The processes whose host, disk, clock or load it changed.
        #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
        nodes: Vec<Cow<'a, str>>,
        /// The links that it cut or disturbed, each from one process to another.
        #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
        links: Vec<(Cow<'a, str>, Cow<'a, str>)>,
        /// What it does until it heals: nothing more, the same, or something else again and again.
        course: Course,
    }

    /// A halt.
    Halted<'a> {
        /// What it said.
        #[serde(borrow)]
        reason: Cow<'a, str>,
    }
}
