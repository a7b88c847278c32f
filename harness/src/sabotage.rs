//! Sabotages of the harness itself, of one line each, at their sites: each must turn `lab ci` red, for a harness that is broken
//! leaves every promise kept.
//!
//! They exist only with the feature `defects`. Without it [`sabotage!`] leaves the sound code alone: neither a flag nor a name is
//! compiled in. With it none is on unless `LAB_SABOTAGE` names it.

/// Stands at the site of a sabotage: whether it is on.
#[cfg(feature = "defects")]
macro_rules! sabotage {
    ($name:ident) => {
        $crate::sabotage::Sabotage::$name.is_on()
    };
}

/// Stands at the site of a sabotage. In this build there are none.
#[cfg(not(feature = "defects"))]
macro_rules! sabotage {
    ($name:ident) => {
        false
    };
}

pub(crate) use sabotage;

#[cfg(feature = "defects")]
pub use table::{Sabotage, checker_left_out};

#[cfg(feature = "defects")]
mod table {
    use std::env;
    use std::sync::LazyLock;

    /// What `LAB_SABOTAGE` names.
    static ON: LazyLock<String> = LazyLock::new(|| env::var("LAB_SABOTAGE").unwrap_or_default());

    macro_rules! sabotages {
        ($($(#[doc = $about:literal])+ $name:ident = $text:literal,)+) => {
            /// A sabotage of one line.
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum Sabotage {
                $($(#[doc = $about])+ $name,)+
            }

            impl Sabotage {
                /// Every sabotage.
                pub const ALL: &[Sabotage] = &[$(Sabotage::$name,)+];

                /// What `LAB_SABOTAGE` calls it.
                #[must_use]
                pub fn name(self) -> &'static str {
                    match self {
                        $(Sabotage::$name => $text,)+
                    }
                }
            }
        };
    }

    sabotages! {
        /// A link that is cut carries all the same.
        PartitionCutsNothing = "partition-cuts-nothing",
        /// A frame that is to be lost arrives, and its connection stands.
        LostFramesArrive = "lost-frames-arrive",
        /// A process dies, and the connections of its peers stay open.
        CrashTellsNobody = "crash-tells-nobody",
        /// A process that is to stand still goes on.
        PausePausesNothing = "pause-pauses-nothing",
        /// A power loss leaves what was not synced.
        PowerLossKeepsUnsynced = "power-loss-keeps-unsynced",
        /// No seed draws half-open, stall or reset.
        SomeKindsNeverDrawn = "some-kinds-never-drawn",
        /// Whoever was struck once is never sound again, so nothing may be taken any more.
        SoundnessNeverClears = "soundness-never-clears",
        /// Everybody may wait ten times as long as is promised.
        BoundTimesTen = "bound-times-ten",
    }

    impl Sabotage {
        /// Whether it is on in this process.
        #[must_use]
        pub fn is_on(self) -> bool {
            *ON == self.name()
        }
    }

    /// Whether the judge is to do without this checker: `LAB_SABOTAGE=without-NAME`.
    #[must_use]
    pub fn checker_left_out(checker: &str) -> bool {
        ON.strip_prefix("without-") == Some(checker)
    }
}
