//! The `broker` process: one broker of a cluster, or its controller.

use std::process::ExitCode;

use broker::server::BrokerArgs;
use clap::Parser;

/// A small replicated message broker: one node of a cluster, with real files and sockets, until SIGTERM.
#[derive(Debug, Parser)]
#[command(name = "broker", version)]
struct Cli {
    #[command(flatten)]
    args: BrokerArgs,
}

fn main() -> ExitCode {
    match Cli::parse().args.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if error.is_usage() { 2 } else { 70 })
        }
    }
}
