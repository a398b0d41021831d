//! Tests of the program as a process, and of the report's page as a library.

mod all_frames;
mod bad_input;
mod commands;
mod comparing;
mod files;
mod heap_text;
mod profile;
mod program;
mod report;
mod results;
#[cfg(target_os = "linux")]
mod stripped;
mod sums;
mod terminal;
