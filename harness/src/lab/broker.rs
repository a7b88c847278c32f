//! `lab broker`: the `broker` process, reachable where only the lab is built.

use broker::server::{BrokerArgs, BrokerError};

use super::{Exit, LabError};

/// Serves until it is told to stop.
pub fn broker(args: BrokerArgs) -> Result<Exit, LabError> {
    args.run().map_err(LabError::Broker).map(|()| Exit::Promised)
}

/// Whose fault it is.
pub fn exit(error: &BrokerError) -> Exit {
    if error.is_usage() { Exit::Usage } else { Exit::Internal }
}
