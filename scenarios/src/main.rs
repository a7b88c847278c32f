//! The `lab` program over the catalogue.

use mimalloc::MiMalloc;

/// A run is built and thrown away in a millisecond: an eighth of the time of a simulated run is the allocator's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> std::process::ExitCode {
    harness::lab::main(&scenarios::catalogue())
}
