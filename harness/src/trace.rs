//! Stand-in until branch `direct` brings the real one.
use broker::{FrameInfo, Input, Micros};
use std::fmt::Debug;
/// stub
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}
impl Trace {
    /// stub
    pub fn full() -> Self {
        Trace {
            hash: 0,
            lines: Some(Vec::new()),
        }
    }
    /// stub
    pub fn hash(&self) -> u64 {
        self.hash
    }
    /// stub
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or(&[])
    }
    /// stub
    pub fn step<F: FrameInfo + Debug>(&mut self, time: Micros, name: &str, input: &Input<F>) {
        let line = format!("{time} {name} {input:?}");
        for byte in line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
    }
}
