//! Stand-in until branch `direct` brings the real one.
/// stub
pub fn incarnation(seed: u64, node: u32, incarnation: u64) -> u64 {
    let mut x = seed ^ (u64::from(node) << 32) ^ incarnation.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
