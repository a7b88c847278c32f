//! Frames from anything that can be read.

use std::io;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::codec::{Decoder, Wire, WireError};

/// Reads frames from one connection.
#[derive(Debug)]
pub struct FrameReader<R> {
    source: R,
    decoder: Decoder,
}

/// Why no frame can be read any more.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    /// The peer sent what is not frames.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// A reader at the beginning of a connection.
    pub fn new(source: R) -> Self {
        let decoder = Decoder::new();
        FrameReader { source, decoder }
    }

    /// The next frame; `None` when the peer closed the connection between two frames.
    ///
    /// # Errors
    ///
    /// [`ReadError`]; nothing can be read after it.
    pub async fn next<F: Wire>(&mut self) -> Result<Option<F>, ReadError> {
        loop {
            if let Some(frame) = self.decoder.pop()? {
                return Ok(Some(frame));
            }
            if self.source.read_buf(self.decoder.buffer()).await? == 0 {
                self.decoder.finish()?;
                return Ok(None);
            }
        }
    }
}
