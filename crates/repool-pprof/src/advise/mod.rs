//! Which call sites are worth a pool, and what it would save.
//!
//! ```no_run
//! use repool_prof::AllocatorCosts;
//! use repool_pprof::Profile;
//! use repool_pprof::advise::{Advice, AdviseSettings, Costs};
//!
//! let profile = Profile::open("serve.pb.gz")?;
//! let settings = AdviseSettings {
//!     operations: Some(100_000),
//!     costs: Costs {
//!         pool_pair_ns: 2.0,
//!         buf_pool_pair_ns: 4.0,
//!         allocator: AllocatorCosts::measure().cloned(),
//!     },
//!     ..AdviseSettings::default()
//! };
//! let advice = Advice::of(&profile, &settings)?;
//! print!("{advice}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is found
//!
//! 1. Blocks become objects. A buffer that grows has one block after the other, at several stacks;
//!    those where it grows are put together with the one where it began that parts from them
//!    furthest in. The *site* is the innermost function that is common to all.
//! 2. What kind of site it is follows from what became of its objects:
//!
//! | there | is | saves |
//! |---|---|---|
//! | is never more than one alive, on any way to the site | a scratch buffer | all but the first |
//! | are objects of one size that are used again often | `Pool<T>` | all but as many as are alive at once |
//! | are buffers that grow, and are used again often | a `Pool` of them | likewise, with their growth |
//! | are buffers of many sizes, all of 1 KiB or less | a `Pool` of them | all but as many as are alive at once |
//! | are buffers of many sizes | `BufPool` | all but as many as are alive at once, of each size class |
//! | are 100 or more buffers that grow | `with_capacity` | the growth |
//! | is anything else | nothing | |
//!
//!    Used again often is five times or more. Everything that applies is told, what saves most
//!    first. That there is never more than one alive needs samples enough to rule it out; where they
//!    are too few, the scratch buffer is told last.
//! 3. What is saved in time is what the allocator takes for those blocks less what the pool takes
//!    for the objects. The allocator's times are those that the profile has, which were measured in
//!    the profiled program, or else [`Costs::allocator`].
//!
//! Nothing is said to be worth it that has less than 1 % of all allocations and of all bytes, that
//! is met in fewer than one of a hundred operations (where they are not known: that would save less
//! than 1/10,000 of the time), that has fewer than 100 objects (unless it saves 1 % of the time), or
//! that was sampled fewer than 16 times.

mod advice;
mod calls;
mod chains;
mod choice;
mod class;
mod error;
mod figures;
mod growth;
mod judge;
mod lifetime;
mod places;
mod quantity;
mod reasons;
mod settings;
mod site;
mod stacks;
#[cfg(test)]
mod tests;
mod text;
mod unknown;

pub use advice::{Advice, Allocator};
pub use choice::{Amount, Choice, Kind, Nothing, Rates};
pub use error::AdviseError;
pub use settings::{AdviseSettings, Costs};
pub use site::{Caller, Place, Site, Sizes};
pub use unknown::Unknown;
