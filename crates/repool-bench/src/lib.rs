//! <!-- The front page is README.md. Its links are defined here as paths; definitions that come first
//! win, so rustdoc does not use those of the README, which lead to docs.rs. -->
//! [`Bench::new`]: Bench::new
//! [`Bench`]: Bench
//! [`Record`]: Record
//! [`Report`]: Report
//! [`Runner`]: Runner
//! [`compare`]: compare
//! [`mod@format`]: mod@format
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod arg_error;
mod args;
mod bench;
pub mod compare;
mod config;
mod failure;
pub mod format;
mod group;
mod launch;
mod libtest;
mod machine;
mod memprofile;
mod name;
mod output;
mod printer;
mod record;
mod run;
mod runner;
mod suggestion;

pub use arg_error::ArgError;
pub use args::{parse_count, parse_seconds};
pub use bench::Bench;
pub use config::{Config, Mode};
pub use failure::Failure;
pub use group::Group;
pub use machine::Machine;
pub use record::{Record, Report};
pub use run::Run;
pub use runner::{Runner, Step};
