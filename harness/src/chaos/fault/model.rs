//! What may strike a system at all.

use super::FaultKind;
use crate::chaos::harm::Harm;
use crate::chaos::world::Streams;

/// What may strike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultModel {
    /// The kinds; a seed draws which of them are possible in its run.
    pub kinds: Vec<FaultKind>,
    /// How many faults strike at most; at least 2.
    pub most: u64,
    /// What may become of streams in a partition.
    pub streams: Vec<Streams>,
}

impl Default for FaultModel {
    /// Every fault but those that destroy stored data.
    fn default() -> Self {
        let kinds = FaultKind::ALL.iter().copied().filter(|kind| !FaultModel::STORAGE.contains(kind));
        FaultModel {
            kinds: kinds.collect(),
            most: 6,
            streams: vec![Streams::Hold, Streams::Hang, Streams::Reset],
        }
    }
}

impl FaultModel {
    /// Faults that destroy stored data: no configuration survives all of it at once, so who promises to survive some says so. On
    /// replicated logs a budget leaves them one sound copy.
    pub const STORAGE: &[FaultKind] = &[
        FaultKind::PowerLoss,
        FaultKind::DiskLoss,
        FaultKind::SyncFailure,
        FaultKind::LyingSync,
        FaultKind::TornWrite,
        FaultKind::BitRot,
    ];

    /// What a fault of this kind does; a partition only what its streams allow.
    pub fn harms(&self, kind: FaultKind) -> impl Iterator<Item = Harm> + use<'_> {
        let allowed = move |harm: &Harm| match harm {
            Harm::Held => self.streams.contains(&Streams::Hold),
            Harm::Lost => self.streams.contains(&Streams::Hang),
            Harm::Refused | Harm::Reset => {
                kind != FaultKind::Partition || self.streams.contains(&Streams::Reset)
            }
            _ => true,
        };
        kind.harms().iter().copied().filter(allowed)
    }

    /// The default, and these.
    #[must_use]
    pub fn with(kinds: &[FaultKind]) -> Self {
        let mut model = FaultModel::default();
        model.kinds.extend(kinds);
        model
    }
}
