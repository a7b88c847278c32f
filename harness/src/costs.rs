//! Stand-in until branch `direct` brings the real one.
use broker::Micros;
/// stub
#[derive(Clone, Debug)]
pub struct Costs {
    /// stub
    pub latency: (Micros, Micros),
    /// stub
    pub sync: Micros,
}
impl Default for Costs {
    fn default() -> Self {
        Costs {
            latency: (1000, 5000),
            sync: 2000,
        }
    }
}
