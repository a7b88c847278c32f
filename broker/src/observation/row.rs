//! What a row of the table of observations says, and what is made of all rows: the enumeration, and the kind of each.

use super::Frequency;

/// What the table says of an observation, beside its fields.
pub(super) struct Row {
    /// What it is.
    pub(super) about: &'static str,
    /// Its kind, or those of its four phases.
    pub(super) kinds: &'static [KindRow],
}

/// What it says of one of its kinds.
pub(super) struct KindRow {
    /// Its name in schedules.
    pub(super) name: &'static str,
    /// How often it comes.
    pub(super) frequency: Frequency,
    /// What it is, where it is one of several.
    pub(super) about: Option<&'static str>,
}

/// Makes the observations of the table. A row: what it says; its name; in brackets its kind, or the kinds of its four phases, with how often each comes; its
/// fields, with `phase` where it is an operation.
macro_rules! observations {
    ($($(#[doc = $doc:literal])+ $event:ident [$($name:literal $frequency:ident $($about:literal)?),+ $(,)?] $({
        $($phase:ident;)?
        $($(#[doc = $told:literal])+ $field:ident: $type:ty,)*
    })?)*) => {
        /// One thing a node saw or did.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Observation {
            $(
                $(#[doc = $doc])+
                $event $({
                    $(
                        /// Begun, or how it ended.
                        $phase: Phase,
                    )?
                    $($(#[doc = $told])+ $field: $type,)*
                })?,
            )*
            /// A coverage mark.
            Mark(Mark),
        }

        pub(super) const ROWS: &[Row] = &[$(Row {
            about: concat!($($doc),+),
            kinds: &[$(KindRow {
                name: $name,
                frequency: Frequency::$frequency,
                about: [$(Some($about),)? None][0],
            },)+],
        },)*];

        /// One of every kind but marks.
        #[cfg(test)]
        pub(super) fn one_of_each() -> Vec<Observation> {
            let mut all = Vec::new();
            $(for _phase in [Phase::Invoke, Phase::Ok, Phase::Fail, Phase::Info].into_iter().take([$($name),+].len()) {
                all.push(Observation::$event { $($($phase: _phase,)? $($field: super::blank::Blank::blank(),)*)? });
            })*
            all
        }

        impl Observation {
            /// What kind of observation this is.
            #[must_use]
            pub fn kind(&self) -> EventKind {
                enum Place {
                    $($event,)*
                }
                const FIRST: [u8; ROWS.len()] = first();
                match self {
                    $(Observation::$event { $($($phase,)? ..)? } => {
                        EventKind::at(FIRST[Place::$event as usize] $($(+ *$phase as u8)?)?)
                    })*
                    Observation::Mark(mark) => EventKind::from(*mark),
                }
            }
        }
    };
}

pub(super) use observations;
