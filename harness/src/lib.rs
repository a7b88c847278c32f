//! stub

pub mod costs;
pub mod disk;
pub mod engine;
pub mod seed;
pub mod trace;
pub mod world;
