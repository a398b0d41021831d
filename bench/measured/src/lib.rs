//! What the races of the pools and of the heap profilers share. A package of its own, because each race is a
//! workspace.

pub mod record;
pub mod rounds;
