//! The `lab` program over the catalogue.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A run is built and thrown away in a millisecond: an eighth of the time of a simulated run is the allocator's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match scenarios::everything() {
        Ok(everything) => harness::lab::main(&everything),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(harness::lab::Exit::Internal as u8)
        }
    }
}
