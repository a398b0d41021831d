//! The program from outside.

mod bad_input;
mod program;
mod results;
mod scratch;
