//! What travels in the lab's own world: the broker's frames, and those of the sinks where effects happen.

use broker::server::{Wire, WireError};
use broker::{FrameInfo, MessageId};
use serde::{Deserialize, Serialize};

/// A frame of the lab's world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabFrame {
    /// To and from brokers and the controller.
    Broker(broker::Frame),
    /// To and from sinks.
    Sink(SinkFrame),
}

/// What a consumer and a sink say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SinkFrame {
    /// Make the effect of this record happen.
    Apply {
        /// Comes back with the answer.
        call: u32,
        /// The record.
        id: MessageId,
        /// How.
        way: Way,
    },
    /// It happened, now or before.
    Applied {
        /// The call that is answered.
        call: u32,
    },
    /// It did not happen, and this call will not make it happen.
    Refused {
        /// The call that is answered.
        call: u32,
    },
}

/// How an effect is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// As often as it is asked for: an increment, a mail, a charge.
    Plain,
    /// Once for every record: the record's id is kept in the same transaction as the effect (an inbox table).
    Inbox,
}

impl From<broker::Frame> for LabFrame {
    fn from(frame: broker::Frame) -> Self {
        LabFrame::Broker(frame)
    }
}

impl From<SinkFrame> for LabFrame {
    fn from(frame: SinkFrame) -> Self {
        LabFrame::Sink(frame)
    }
}

impl LabFrame {
    /// The broker's part.
    #[must_use]
    pub fn broker(self) -> Option<broker::Frame> {
        match self {
            LabFrame::Broker(frame) => Some(frame),
            LabFrame::Sink(_) => None,
        }
    }
}

impl FrameInfo for LabFrame {
    fn size(&self) -> usize {
        const SINK_FRAME: usize = 32;
        match self {
            LabFrame::Broker(frame) => frame.size(),
            LabFrame::Sink(_) => SINK_FRAME,
        }
    }

    fn digest(&self) -> u64 {
        const SINK: u64 = 1 << 63;
        match self {
            LabFrame::Broker(frame) => frame.digest(),
            LabFrame::Sink(SinkFrame::Apply { call, id, .. }) => {
                SINK | u64::from(*call) << 32 | u64::from(id.number)
            }
            LabFrame::Sink(SinkFrame::Applied { call }) => SINK | u64::from(*call) << 32 | 1 << 31,
            LabFrame::Sink(SinkFrame::Refused { call }) => SINK | u64::from(*call) << 32 | 1 << 30,
        }
    }
}

/// Every sink frame begins with this byte, which begins no frame of a broker: those begin with the number of their kind.
/// So a broker's process understands what the lab's clients send it, and they what it answers.
const SINK: u8 = 0xff;

impl Wire for LabFrame {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            LabFrame::Broker(frame) => frame.encode(out),
            LabFrame::Sink(frame) => {
                let start = out.len();
                out.push(SINK);
                // As with a broker's frames, plain integers into memory always encode; nothing is nonsense to the reader.
                if postcard::to_io(frame, &mut *out).is_err() {
                    out.truncate(start);
                }
            }
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        match bytes.split_first() {
            Some((&SINK, rest)) => match postcard::take_from_bytes(rest) {
                Ok((frame, [])) => Ok(LabFrame::Sink(frame)),
                _ => Err(WireError::Nonsense),
            },
            _ => broker::Frame::decode(bytes).map(LabFrame::Broker),
        }
    }
}
