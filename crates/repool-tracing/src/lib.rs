//! <!-- The front page is README.md. Its links are defined here as paths; definitions that come first
//! win, so rustdoc does not use those of the README, which lead to docs.rs. -->
//! [`ErrorCounter::dropped_lines`]: ErrorCounter::dropped_lines
//! [`ErrorCounter::write_errors`]: ErrorCounter::write_errors
//! [`NonBlockingBuilder::buffered_lines_limit`]: NonBlockingBuilder::buffered_lines_limit
//! [`NonBlockingBuilder::lossy`]: NonBlockingBuilder::lossy
//! [`NonBlockingBuilder::on_error`]: NonBlockingBuilder::on_error
//! [`NonBlocking`]: NonBlocking
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod chunk;
mod counter;
mod guard;
mod queue;
mod thread;
mod writer;

pub use builder::{NonBlockingBuilder, non_blocking};
pub use counter::ErrorCounter;
pub use guard::WorkerGuard;
pub use writer::NonBlocking;
