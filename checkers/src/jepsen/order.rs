//! The orders between transactions beside that of the data, and which of them an anomaly needs.

/// From the one that needs least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    /// That of the data alone.
    #[default]
    Data,
    /// Each process did one after another.
    Process,
    /// The one had ended when the other began.
    Realtime,
}

impl Order {
    /// What an anomaly is without its order, and that order.
    pub(super) fn of(anomaly: &str) -> (&str, Order) {
        let suffixes = [("-process", Order::Process), ("-realtime", Order::Realtime)];
        let found = suffixes.iter().find_map(|&(suffix, order)| Some((anomaly.strip_suffix(suffix)?, order)));
        found.unwrap_or((anomaly, Order::Data))
    }
}
