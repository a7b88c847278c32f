//! The `lab` program over the catalogue.

fn main() -> std::process::ExitCode {
    harness::lab::main(&scenarios::catalogue())
}
