//! The program from outside.

mod all_frames;
mod bad_input;
mod commands;
mod comparing;
mod files;
mod heap_text;
#[path = "../report/profile.rs"]
mod profile;
mod program;
mod results;
mod scratch;
#[cfg(target_os = "linux")]
mod stripped;
mod sums;
mod terminal;
