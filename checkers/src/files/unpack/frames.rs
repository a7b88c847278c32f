//! The frames of a zstd file, one after another, as one stream.

use std::error::Error;
use std::io::{self, BufRead, ErrorKind, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Damage, Packing};

/// The largest window that is unpacked, as the `zstd` program does unless it is told otherwise: it is held in memory.
const WINDOW: u64 = 128 << 20;

/// Unpacks frame after frame.
pub(super) struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    /// Whether the decoder is within a frame.
    open: bool,
}

impl<R: BufRead> Frames<R> {
    pub(super) fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW);
        Frames { source, decoder, open: false }
    }

    /// Begins the next frame; false at the end of the file.
    fn next(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => {
                    self.open = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => self.skip(u64::from(length))?,
                Err(error) => return Err(damage(&error)),
            }
        }
        Ok(false)
    }

    /// Passes over a frame that holds nothing of the file's.
    fn skip(&mut self, length: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.source.by_ref().take(length), &mut io::sink())?;
        if skipped < length {
            return Err(io::Error::other(Damage::CutShort(Packing::Zstd)));
        }
        Ok(())
    }

    /// Ends a frame: what came out must be what went in.
    fn end(&mut self) -> io::Result<()> {
        self.open = false;
        let stored = self.decoder.get_checksum_from_data();
        if stored.is_some() && stored != self.decoder.get_calculated_checksum() {
            let what = "a checksum does not fit".to_owned();
            return Err(io::Error::other(Damage::Damaged { packing: Packing::Zstd, what }));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.open || self.next()? {
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            if self.decoder.is_finished() {
                self.end()?;
            } else {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.source, one).map_err(|error| damage(&error))?;
            }
        }
        Ok(0)
    }
}

/// What the unpacker says. Where it wanted more than there was, the file was cut short.
fn damage(error: &FrameDecoderError) -> io::Error {
    let packing = Packing::Zstd;
    let refused = match error {
        FrameDecoderError::WindowSizeTooBig { requested, max } => {
            Some(format!("it wants a window of {requested} bytes, and has {max}"))
        }
        FrameDecoderError::DictNotProvided { dict_id } => Some(format!("it wants the dictionary {dict_id}")),
        _ => None,
    };
    if let Some(what) = refused {
        return io::Error::other(Damage::Refused { packing, what });
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(its) = cause {
        if its.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::UnexpectedEof) {
            return io::Error::other(Damage::CutShort(packing));
        }
        cause = its.source();
    }
    io::Error::other(Damage::Damaged { packing, what: error.to_string() })
}
