//! <!-- The front page is README.md. Its links are defined here as paths; definitions that come first
//! win, so rustdoc does not use those of the README, which lead to docs.rs. -->
//! [`Profile`]: Profile
//! [`Report::list`]: Report::list
//! [`Report::top`]: Report::top
//! [`Report::traces`]: Report::traces
//! [`Report::tree`]: Report::tree
//! [`Report`]: Report
//! [`advise`]: advise
//! [`flame`]: flame
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod advise;
pub mod flame;
mod graph;
mod legend;
mod list;
pub mod measure;
mod path;
mod pipeline;
pub mod profile;
mod report;
mod settings;
#[cfg(test)]
mod tests;
mod top;
mod traces;
mod tree;

pub use list::{List, ListedFile, ListedFunction, ListedLine, NothingListed, Sources};
pub use pipeline::{LabelUnits, ReportError, Warning};
pub use profile::{NamingWarning, Profile, ReadError};
pub use repool_prof::binary::Binary;
pub use report::Report;
pub use settings::{Base, Settings};
pub use top::{Inlined, Row, Top};
pub use traces::{Frame, Trace, Traces};
pub use tree::{Branch, Call, Tree};
