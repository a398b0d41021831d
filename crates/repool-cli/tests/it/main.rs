//! The program from outside.

mod bad_input;
mod commands;
mod files;
mod program;
mod results;
mod scratch;
#[cfg(target_os = "linux")]
mod stripped;
