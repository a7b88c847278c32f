//! Defects: bugs of one line each, at their sites, by which it is measured whether the lab would notice (`lab bench --defects`).
//!
//! They exist only with the feature `defects`. Without it [`defect!`] leaves the sound code alone: neither a flag nor a name is
//! compiled in. With it at most one of them is on in a process, and none unless somebody turns it on.

#[cfg(all(test, feature = "defects"))]
mod sample;
#[cfg(feature = "defects")]
mod table;
#[cfg(all(test, feature = "defects"))]
mod tests;

#[cfg(feature = "defects")]
pub use table::Defect;

/// Stands at the site of a defect. `defect!(Name)` is whether it is on; `defect!(Name: broken, sound)` is one of two expressions.
#[cfg(feature = "defects")]
macro_rules! defect {
    ($name:ident) => {
        $crate::Defect::$name.is_on()
    };
    ($name:ident: $broken:expr, $sound:expr) => {
        if $crate::Defect::$name.is_on() { $broken } else { $sound }
    };
}

/// Stands at the site of a defect. In this build there are none.
#[cfg(not(feature = "defects"))]
macro_rules! defect {
    ($name:ident) => {
        false
    };
    ($name:ident: $broken:expr, $sound:expr) => {
        $sound
    };
}

/// Where a defect comes from.
#[cfg(feature = "defects")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Of the mutants that `cargo mutants --list` names: one that the rule in `sample.rs` drew, by the name it had there.
    Mutation(&'static str),
    /// A published report of a bug in another broker, by its usual name.
    Report(&'static str),
    /// A rule of the literature on consensus that is left out here: by where it stands.
    Rule(&'static str),
}

/// What a defect breaks.
#[cfg(feature = "defects")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// What was acknowledged is in the log, and what is read stays there.
    Durable,
    /// Once in the log, once in effect.
    Once,
    /// The log keeps the order of sends, consumers that of the log.
    Ordered,
    /// Replicas agree, and nothing that was called safe is taken back.
    Agreed,
    /// One owner at a time, and only its settlements count.
    Owned,
    /// What is settled was processed, and stays settled.
    Settled,
    /// A client is told what is so.
    Truthful,
    /// Clients that no fault touches get on with their work.
    Available,
}

/// Whether the lab is expected to find a defect.
#[cfg(feature = "defects")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is, within its budget.
    Findable,
    /// It is, but takes a schedule that comes seldom, so that a small budget may miss it: which one.
    Seldom(&'static str),
    /// Nobody can: the promise is kept all the same.
    Equivalent {
        /// The promise that it seems to break.
        promise: Promise,
        /// Why it does not.
        argument: &'static str,
    },
}

#[cfg(feature = "defects")]
impl Promise {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Promise::Durable => "durable",
            Promise::Once => "once",
            Promise::Ordered => "ordered",
            Promise::Agreed => "agreed",
            Promise::Owned => "owned",
            Promise::Settled => "settled",
            Promise::Truthful => "truthful",
            Promise::Available => "available",
        }
    }
}

#[cfg(feature = "defects")]
impl Source {
    /// The name of the mutant or of the report, or where the rule stands.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Source::Mutation(text) | Source::Report(text) | Source::Rule(text) => text,
        }
    }
}
