//! Tests of symbolization: this program, and programs that are compiled for it (`program`).

#[cfg(target_os = "linux")]
mod closures;
mod folding;
#[cfg(target_os = "linux")]
mod garbage;
mod kept;
mod left_out;
#[cfg(target_os = "linux")]
mod levels;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod resolving;
#[cfg(target_os = "linux")]
mod split;
