//! <!-- The front page is README.md. Its links are defined here as paths; definitions that come first
//! win, so rustdoc does not use those of the README, which lead to docs.rs. -->
//! [`AllocatorCosts`]: AllocatorCosts
//! [`FOLDED_CRATES`]: FOLDED_CRATES
//! [`Lifetimes`]: Lifetimes
//! [`binary::Binary`]: binary::Binary
//! [`extra`]: extra
//! [`proto::Profile::missing_symbols`]: proto::Profile::missing_symbols
//! [`proto::Profile::write_pprof`]: proto::Profile::write_pprof
//! [`proto::Profile::write_to`]: proto::Profile::write_to
//! [`proto`]: proto
//! [`symbols`]: symbols
#![doc = include_str!("../README.md")]
// Items say which feature they need, on docs.rs, which sets this.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]

#[cfg(feature = "symbols")]
pub mod binary;
mod cost_interval;
mod costs;
pub mod extra;
#[cfg(feature = "write")]
mod file;
mod folded_crates;
mod lifetimes;
#[cfg(feature = "symbols")]
mod missing_symbols;
pub mod proto;
#[cfg(feature = "symbols")]
#[allow(unsafe_code)] // maps files, in `symbols::mapped_file` alone
pub mod symbols;

pub use cost_interval::CostInterval;
pub use costs::{AllocatorCosts, PairCost};
pub use folded_crates::FOLDED_CRATES;
pub use lifetimes::{BUCKETS, Lifetimes, LivePeak, StackLifetimes};
#[cfg(feature = "symbols")]
pub use missing_symbols::MissingSymbols;
#[cfg(feature = "symbols")]
#[allow(deprecated)]
pub use missing_symbols::Nameless;
