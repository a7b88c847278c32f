//! Frames on a stream of bytes: a little-endian `u32` length of what follows, then the frame.

use bytes::{Buf, BytesMut};
use thiserror::Error;

use crate::log::MAX_BATCH;

/// The longest frame on the wire in bytes, without its length prefix: the longest batch, and room for what surrounds it.
pub const MAX_FRAME: usize = MAX_BATCH + (1 << 20);

const PREFIX: usize = 4;

/// What can travel on a connection.
pub trait Wire: Sized {
    /// Appends the encoded value to `out`.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads a value that fills `bytes` exactly.
    ///
    /// # Errors
    ///
    /// [`WireError::Nonsense`] when the bytes are not such a value, or more than one.
    fn decode(bytes: &[u8]) -> Result<Self, WireError>;
}

/// Why bytes are not frames. Each closes the connection it arose on, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WireError {
    /// The frame is longer than [`MAX_FRAME`].
    #[error("a frame of {length} bytes is longer than the {MAX_FRAME} that are allowed")]
    TooLong {
        /// Its length in bytes, as its prefix tells it.
        length: usize,
    },
    /// The connection ended in the middle of a frame.
    #[error("the connection ended in the middle of a frame")]
    CutShort,
    /// The bytes of a frame mean nothing.
    #[error("a frame holds bytes that mean nothing")]
    Nonsense,
}

/// Appends a frame with its length prefix to `out`.
///
/// # Errors
///
/// [`WireError::TooLong`]; `out` is then as it was before.
pub fn write_frame<F: Wire>(frame: &F, out: &mut Vec<u8>) -> Result<(), WireError> {
    let start = out.len();
    out.extend_from_slice(&[0; PREFIX]);
    frame.encode(out);
    let length = out.len() - start - PREFIX;
    match u32::try_from(length) {
        Ok(prefix) if length <= MAX_FRAME => {
            out[start..start + PREFIX].copy_from_slice(&prefix.to_le_bytes());
            Ok(())
        }
        _ => {
            out.truncate(start);
            Err(WireError::TooLong { length })
        }
    }
}

/// Takes bytes as they come, in pieces of any size, and gives the frames in them.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: BytesMut,
}

impl Decoder {
    /// A decoder at the beginning of a connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the connection.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Where a reader may put the next bytes itself.
    pub(super) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// The next whole frame; `None` when more bytes are needed.
    ///
    /// # Errors
    ///
    /// [`WireError::TooLong`] as soon as the prefix is known, [`WireError::Nonsense`]. Nothing sensible follows either.
    pub fn pop<F: Wire>(&mut self) -> Result<Option<F>, WireError> {
        let Some(prefix) = self.buffer.first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*prefix) as usize;
        if length > MAX_FRAME {
            return Err(WireError::TooLong { length });
        }
        let Some(payload) = self.buffer.get(PREFIX..PREFIX + length) else {
            return Ok(None);
        };
        let frame = F::decode(payload);
        self.buffer.advance(PREFIX + length);
        frame.map(Some)
    }

    /// Says whether the connection may end here.
    ///
    /// # Errors
    ///
    /// [`WireError::CutShort`] when a frame was begun.
    pub fn finish(&self) -> Result<(), WireError> {
        if self.buffer.is_empty() { Ok(()) } else { Err(WireError::CutShort) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::log::Batch;
    use crate::policy::Ack;
    use crate::wire::client::{Fetched, Request, Response};
    use crate::{Frame, MessageId, ProducerStamp, Record, TopicId, TopicPartition};

    fn records() -> impl Strategy<Value = Vec<Record>> {
        let record = (any::<(u32, u32)>(), vec(any::<u8>(), 0..8), vec(any::<u8>(), 0..200));
        vec(
            record.prop_map(|((producer, number), key, payload)| Record {
                id: MessageId { producer, number },
                key: Bytes::from(key),
                payload: Bytes::from(payload),
            }),
            1..5,
        )
    }

    fn topic_partition() -> impl Strategy<Value = TopicPartition> {
        any::<(u16, u16)>().prop_map(|(topic, partition)| TopicPartition { topic: TopicId(topic), partition })
    }

    fn stamp() -> impl Strategy<Value = Option<ProducerStamp>> {
        proptest::option::of(any::<(u64, u16, u32)>().prop_map(|(producer, epoch, sequence)| ProducerStamp {
            producer,
            epoch,
            sequence,
        }))
    }

    fn fetched() -> impl Strategy<Value = Fetched> {
        let batch = (any::<u32>(), any::<u32>(), stamp(), records())
            .prop_map(|(base, epoch, stamp, records)| Batch::new(base.into(), epoch, stamp, records.into()));
        (vec(batch, 0..3), any::<u64>()).prop_map(|(batches, watermark)| Fetched { batches, watermark })
    }

    fn frame() -> impl Strategy<Value = Frame> {
        prop_oneof![
            any::<u32>().prop_map(|id| Request::Metadata.frame(id)),
            (any::<u32>(), topic_partition(), stamp(), records()).prop_map(
                |(id, topic_partition, stamp, records)| {
                    let records = Arc::from(records);
                    let acks = Ack::All;
                    Request::Produce { topic_partition, acks, stamp, records }.frame(id)
                }
            ),
            (any::<u32>(), fetched()).prop_map(|(id, fetched)| Response::Fetched(Ok(fetched)).frame(id)),
            any::<u32>().prop_map(|id| Response::Audited.frame(id)),
            any::<(u32, u64)>().prop_map(|(id, records)| Response::Unreplicated(records).frame(id)),
        ]
    }

    /// Pops all frames that `bytes`, pushed in pieces of the given sizes, hold.
    fn decode_in_pieces(bytes: &[u8], sizes: &[usize]) -> Result<Vec<Frame>, WireError> {
        let mut decoder = Decoder::new();
        let mut frames = Vec::new();
        let mut rest = bytes;
        let mut sizes = sizes.iter().cycle();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            decoder.push(piece);
            while let Some(frame) = decoder.pop()? {
                frames.push(frame);
            }
            rest = after;
        }
        decoder.finish()?;
        Ok(frames)
    }

    proptest! {
        #[test]
        fn frames_survive_any_chunking(frames in vec(frame(), 0..6), sizes in vec(1_usize..300, 1..8)) {
            let mut bytes = Vec::new();
            for frame in &frames {
                write_frame(frame, &mut bytes).unwrap();
            }
            prop_assert_eq!(decode_in_pieces(&bytes, &sizes), Ok(frames));
        }

        #[test]
        fn a_connection_that_ends_inside_a_frame_is_cut_short(frame in frame(), cut in any::<prop::sample::Index>()) {
            let mut bytes = Vec::new();
            write_frame(&frame, &mut bytes).unwrap();
            let kept = 1 + cut.index(bytes.len() - 1);
            prop_assert_eq!(decode_in_pieces(&bytes[..kept], &[7]), Err(WireError::CutShort));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..600), sizes in vec(1_usize..100, 1..4)) {
            let _ = decode_in_pieces(&bytes, &sizes);
        }

        #[test]
        fn arbitrary_payloads_never_panic(payload in vec(any::<u8>(), 0..400)) {
            let _ = Frame::decode(&payload);
        }
    }

    #[test]
    fn a_frame_that_is_too_long_is_refused_before_its_bytes_arrive() {
        let mut decoder = Decoder::new();
        decoder.push(&(MAX_FRAME as u32 + 1).to_le_bytes());
        let refused = decoder.pop::<Frame>();
        assert_eq!(refused, Err(WireError::TooLong { length: MAX_FRAME + 1 }));
    }

    #[test]
    fn bytes_left_over_in_a_frame_are_nonsense() {
        let mut bytes = Vec::new();
        Request::Metadata.frame(1).encode(&mut bytes);
        bytes.push(0);
        assert_eq!(Frame::decode(&bytes), Err(WireError::Nonsense));
    }

    #[test]
    fn a_frame_too_long_to_send_leaves_the_buffer_as_it_was() {
        struct Blob(usize);
        impl Wire for Blob {
            fn encode(&self, out: &mut Vec<u8>) {
                out.resize(out.len() + self.0, 0);
            }
            fn decode(bytes: &[u8]) -> Result<Self, WireError> {
                Ok(Blob(bytes.len()))
            }
        }
        let mut out = vec![7];
        let refused = write_frame(&Blob(MAX_FRAME + 1), &mut out);
        assert_eq!(refused, Err(WireError::TooLong { length: MAX_FRAME + 1 }));
        assert_eq!(out, [7]);
    }
}
