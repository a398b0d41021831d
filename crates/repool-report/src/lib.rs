//! Reads profiles in Go's pprof format, whoever wrote them, prints what `go tool pprof` prints of
//! them, and says which call sites are worth a pool.
//!
//! ```no_run
//! use repool_report::Profile;
//!
//! let profile = Profile::open("allocs.pb.gz")?;
//! for (kind, unit) in profile.sample_types() {
//!     println!("{kind}/{unit}");
//! }
//! # Ok::<(), repool_report::ReadError>(())
//! ```

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
pub use profile::{Profile, ReadError};
pub use report::Report;
pub use settings::{Base, Settings};
pub use top::{Inlined, Row, Top};
pub use traces::{Frame, Trace, Traces};
pub use tree::{Branch, Call, Tree};
