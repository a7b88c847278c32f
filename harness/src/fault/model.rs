//! What may strike a system at all.

use super::FaultKind;
use crate::world::Streams;

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
    /// Processes crash and pause, networks are cut in every way, frames are lost.
    fn default() -> Self {
        let kinds = [
            FaultKind::Crash,
            FaultKind::Restart,
            FaultKind::Pause,
            FaultKind::Partition,
            FaultKind::LoseFrame,
        ];
        FaultModel {
            kinds: kinds.to_vec(),
            most: 5,
            streams: vec![Streams::Hold, Streams::Hang, Streams::Reset],
        }
    }
}

impl FaultModel {
    /// The default, and power losses.
    #[must_use]
    pub fn with_power_loss() -> Self {
        let mut model = FaultModel::default();
        model.kinds.push(FaultKind::PowerLoss);
        model
    }
}
