//! Laws and examples of plain logs.

mod laws;
mod queue;
mod told;
