//! <!-- The front page is README.md. Its links are defined here as paths; definitions that come first
//! win, so rustdoc does not use those of the README, which lead to docs.rs. -->
//! [`Analysis::list`]: Analysis::list
//! [`Analysis::top`]: Analysis::top
//! [`Analysis::traces`]: Analysis::traces
//! [`Analysis::tree`]: Analysis::tree
//! [`Analysis`]: Analysis
//! [`Profile::symbolize`]: Profile::symbolize
//! [`Profile`]: Profile
//! [`Settings::all_frames`]: Settings::all_frames
//! [`advise`]: advise
//! [`flame`]: flame
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod advise;
mod analysis;
pub mod flame;
mod graph;
mod legend;
mod list;
pub mod measure;
mod path;
mod pipeline;
pub mod profile;
mod settings;
#[cfg(test)]
mod tests;
mod top;
mod traces;
mod tree;

pub use analysis::Analysis;
pub use list::{List, ListError, ListedFile, ListedFunction, ListedLine, Sources};
pub use pipeline::{AnalysisError, LabelUnits, Warning};
pub use profile::{Profile, ReadError, SymbolizeWarning};
pub use repool_profile::binary::Binary;
pub use repool_profile::{Lifetimes, StackLifetimes};
pub use settings::{Base, Settings};
pub use top::{Inlined, Row, Top};
pub use traces::{Frame, Trace, Traces};
pub use tree::{Branch, Call, Tree};

/// The former name of [`Analysis`].
#[deprecated(since = "0.1.0", note = "renamed to `Analysis`")]
pub type Report = Analysis;

/// The former name of [`AnalysisError`].
#[deprecated(since = "0.1.0", note = "renamed to `AnalysisError`")]
pub type ReportError = AnalysisError;

/// The former name of [`ListError`].
#[deprecated(since = "0.1.0", note = "renamed to `ListError`")]
pub type NothingListed = ListError;

/// The former name of [`SymbolizeWarning`].
#[deprecated(since = "0.1.0", note = "renamed to `SymbolizeWarning`")]
pub type NamingWarning = SymbolizeWarning;
