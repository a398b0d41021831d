//! The pool by its public interface, on the engine of this system. `engines` runs all of it again on the
//! slots engine.

mod ahead;
mod bounds;
mod buffers;
mod counts;
mod debugging;
mod engines;
mod environment;
#[cfg(target_os = "linux")]
mod forks;
mod former_names;
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
mod types;
mod weights;
