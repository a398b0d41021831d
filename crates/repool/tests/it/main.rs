//! The pool as its users see it. Runs on the engine that this system has; `engines` runs all of
//! it again on the other.

mod affinity;
mod ahead;
mod bounds;
mod buffers;
mod counts;
mod debugging;
mod engines;
mod environment;
#[cfg(target_os = "linux")]
mod forks;
mod forwarding;
#[cfg(feature = "bytes")]
mod frozen;
mod order;
mod panics;
mod pressure;
mod recycling;
mod retention;
mod sweeper;
mod threads;
mod tracked;
mod types;
