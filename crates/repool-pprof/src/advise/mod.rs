//! Advice: which call sites are worth a change, for instance a pool, and what the change would save.
//!
//! # Examples
//!
//! ```
//! use repool_pprof::Profile;
//! use repool_pprof::advise::{Action, Advice, AdviseSettings, Costs};
//!
//! let profile = Profile::open("tests/data/orders.pb.gz")?;
//! let settings = AdviseSettings::new()
//!     .operations(1_000_000)
//!     .costs(Costs::new(2.0, 4.0)); // nanoseconds for a get from a pool and the return
//! let advice = Advice::of(&profile, &settings)?;
//! let site = &advice.sites[0];
//! assert_eq!(site.location.function, "orders::answer");
//! assert_eq!(site.recommendations[0].action, Action::PoolOfBuffers);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Rules
//!
//! 1. Blocks are combined to objects. A buffer that grows has one block after the other, allocated
//!    at several stacks. These stacks are linked with the one where the buffer is allocated first,
//!    at the innermost function that is common to all. This function and its line are the *site*.
//! 2. The lifetimes and sizes of a site's objects determine which actions apply:
//!
//! | if | then | which saves |
//! |---|---|---|
//! | at most one object is live at a time on each call path | keep one scratch buffer | all but the first |
//! | objects of one size are reused often | `Pool<T>` | all but the peak of live objects |
//! | buffers that grow are reused often | a `Pool` of them | all but the peak of live objects, with their growth |
//! | buffers of several sizes, all of 1 KiB or less, are reused often | a `Pool` of them | all but the peak of live objects |
//! | buffers of several sizes are reused often | `BufPool` | all but the peak of live objects in each size class |
//! | 100 or more buffers grow | `with_capacity` | the growth |
//!
//!    "Often" is five times or more for each object. All actions that apply are recommended, the one
//!    that saves the most time first. A scratch buffer is recommended last if the samples do not
//!    suffice to exclude that two objects were live at once.
//! 3. The saved time is the allocator's time for the saved blocks, less the pool's time for the
//!    objects. The allocator's times are those that `repool-prof` measured in the profiled program
//!    and wrote to the profile, or else [`Costs::allocator`].
//!
//! A site has no recommendation if one of these is true:
//!
//! - It has less than 1 % of all allocations and less than 1 % of all bytes.
//! - It has fewer than one object for 100 operations. If the number of operations is not known: it
//!   would save less than 1/10,000 of the time.
//! - It has fewer than 100 objects, unless it would save 1 % of the time.
//! - It has fewer than 16 samples.
//!
//! # Modules
//!
//! `alloc_stacks` reads the profile; `chains` links stacks, with `call_tree`; `site_stats` sums
//! them up, with `growth` and `histogram`; `rules` selects actions; `advice` combines
//! the result, with `locator` and `reasons`; `text` prints it, with `quantity`.

mod advice;
mod alloc_stacks;
mod call_tree;
mod caveat;
mod chains;
mod error;
mod growth;
mod histogram;
mod locator;
mod quantity;
mod reasons;
mod recommendation;
mod rules;
mod settings;
mod site;
mod site_stats;
#[cfg(test)]
mod tests;
mod text;

pub use advice::{Advice, Allocator};
pub use caveat::Caveat;
pub use error::AdviseError;
pub use recommendation::{Action, Amount, NoAction, Rates, Recommendation};
pub use settings::{AdviseSettings, Costs};
pub use site::{Caller, Site, Sizes, SourceLocation};

/// The former name of [`Action`].
#[deprecated(since = "0.1.0", note = "renamed to `Action`")]
pub type Kind = Action;

/// The former name of [`NoAction`].
#[deprecated(since = "0.1.0", note = "renamed to `NoAction`")]
pub type Nothing = NoAction;

/// The former name of [`Caveat`].
#[deprecated(since = "0.1.0", note = "renamed to `Caveat`")]
pub type Unknown = Caveat;

/// The former name of [`Recommendation`].
#[deprecated(since = "0.1.0", note = "renamed to `Recommendation`")]
pub type Choice = Recommendation;

/// The former name of [`SourceLocation`].
#[deprecated(since = "0.1.0", note = "renamed to `SourceLocation`")]
pub type Place = SourceLocation;
