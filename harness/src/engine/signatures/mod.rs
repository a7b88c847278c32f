//! The signature of every fault, on every simulator: what the nodes must see, and must not, while it lasts and after
//! it heals. The same cases for all.

mod faults;
mod hosts;
mod links;
mod play;
mod repeat;
mod stops;
mod toys;
