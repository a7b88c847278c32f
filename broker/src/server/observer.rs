//! Where a real process writes what its node observes: one JSON line each, in the file before the node acts on it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::{Micros, NodeId, Observation, Observed};

/// An open file of observations.
#[derive(Debug)]
pub(super) struct Observer {
    file: File,
    lines: Vec<u8>,
}

impl Observer {
    /// Opens a file to append to, and makes it when it does not exist: a restart goes on where the crash cut it off.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Observer { file, lines: Vec::new() })
    }

    /// Writes the observations of one step in one go, so that SIGKILL leaves whole lines.
    pub(super) fn write(
        &mut self,
        node: NodeId,
        time: Micros,
        observations: &[Observation],
    ) -> io::Result<()> {
        self.lines.clear();
        for observation in observations {
            let observed = Observed { time, node, observation: observation.clone() };
            serde_json::to_writer(&mut self.lines, &observed)?;
            self.lines.push(b'\n');
        }
        self.file.write_all(&self.lines)
    }
}
