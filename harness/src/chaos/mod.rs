//! What strikes whom, and when: the cast, the faults, their schedules, the nemesis that carries them out, the world it acts on, and
//! what it met there.

pub mod absent;
pub mod cast;
pub mod coverage;
pub mod fault;
pub mod harm;
pub mod link;
pub mod nemesis;
pub mod schedule;
pub mod world;
