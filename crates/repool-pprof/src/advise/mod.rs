//! Advice: which lines of a program are worth a change, for instance a pool, and what the change would
//! save.
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
//! let line = &advice.groups[0];
//! assert_eq!(line.location.function, "orders::answer");
//! let site = &advice.sites[line.sites[0]];
//! assert_eq!(site.recommendations[0].action, Action::Pool);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Sites
//!
//! Blocks are combined to objects. A buffer that grows has one block after the other, allocated at
//! several stacks. These stacks are linked with the one where the buffer is allocated first, at the
//! innermost function that is common to all. This function and its line are the *site*. If it is the
//! user's and the objects are allocated in a dependency, the allocating function is the site. Innermost
//! frames of crates that only allocate for their callers (`bytes`, `halfbrown` and other collections) are
//! left out. This is so in the advice only: `top`, `tree` and `list` show them, as pprof does.
//!
//! Texts and other objects of one line are two sites, because no pool holds both. The alignment of the
//! blocks distinguishes them: 1 for a `String` or a `Vec<u8>`.
//!
//! Sites are grouped by the *user's line*: the innermost on the stack whose source file is neither the
//! standard library's nor of a registry, a git checkout or a folder of vendored crates.
//! [`AdviseSettings::own`] overrides this. Call paths that keep many of their objects until the end are
//! sites of their own. Functions that serde's `derive` writes are no line of the user's: the line is the
//! one that calls the format. If a program was installed from a registry, its own package is the user's.
//!
//! # Rules
//!
//! The lifetimes and sizes of a site's objects determine which [actions](Action) apply:
//!
//! | if | then | which saves |
//! |---|---|---|
//! | no two objects are ever live at once, on one thread | [`Scratch`](Action::Scratch) | all but the first |
//! | no thread ever has two live objects | [`ThreadLocal`](Action::ThreadLocal) | all but one for each thread |
//! | objects of one size, buffers that grow, or small ones are reused often | [`Pool`](Action::Pool) | all but the peak of live objects |
//! | buffers of bytes of several sizes are reused often | [`BufPool`](Action::BufPool) | all but the peak of live objects in each size class |
//! | 100 or more buffers grow | [`WithCapacity`](Action::WithCapacity) | the growth |
//! | many are freed soon, and the others stay for good | [`Borrow`](Action::Borrow) | those that are freed |
//!
//! "Often" is five times or more for each object. All actions that apply are recommended, the one that
//! saves the most time first.
//!
//! A site in a dependency depends on the function that the user's line calls. If the function takes a
//! buffer (`read_event_into`) or makes a value (`new`), the table applies to that buffer or value. If it
//! makes an object or two in each call, the action is [`PassBuffer`](Action::PassBuffer), and so it is
//! for what is part of one value with a buffer; if it copies texts for a parser,
//! [`Borrow`](Action::Borrow). Buffers that are frozen to `Bytes` have a header each, which is subtracted
//! from what a [`BufPool`](Action::BufPool) saves unless a clone has it already. All other sites are marked
//! [`author_only`](Site::author_only): only the author of the dependency can follow the table there.
//! They come last, and are in no sum. The names of functions are a guess at what they do.
//!
//! A site has no recommendation if one of these is true:
//!
//! - It has less than 1 % of all allocations and less than 1 % of all bytes.
//! - It has fewer than one object for 100 operations. If the number of operations is not known: it
//!   would save less than 1/10,000 of the time.
//! - It has fewer than 100 objects, unless it would save 1 % of the time.
//! - It has fewer than 16 samples, or the profiler lost samples of it.
//!
//! A pool, a scratch buffer or a thread-local one is not recommended if more than 5 % of the objects are
//! in use at the end.
//!
//! # Peaks of live objects
//!
//! Profiles of `repool-prof` have the peak of a line's objects over all threads, and the largest of one
//! thread. If the compiler made several copies of a line, their sum is the upper bound. Older profiles
//! have the peaks of call paths only, and the sum over a site's call paths is the upper bound.
//!
//! From samples, the peak is [estimated](PeakLive) from the lifetimes of sampled blocks and from those
//! in use. Its upper bound has a confidence of 95 %. A scratch buffer is recommended only if the upper
//! bound is one.
//!
//! # Times
//!
//! The saved time is the allocator's time for the saved blocks, less the pool's time for the objects. It
//! is an [interval](NsInterval) of the costs that `repool-prof` measured in the profiled program and
//! wrote to the profile, or else of [`Costs::allocator`]: from the cost of a block that is reused at once
//! to that of one among many. The page faults that the profile counted are charged to the blocks whose
//! pages the allocator gives back to the system; if no block alone explains them, half to all of them to
//! the pages of all blocks. A time whose interval includes 0 is not known.
//!
//! # JSON
//!
//! [`Advice::to_json`] and serde write version 2 of a form whose names and meanings do not change;
//! fields may be added. A figure that is not known is null.
//!
//! | object | fields |
//! |---|---|
//! | top level | `version`: 2 · `exact`: whether every block was sampled and followed · `lost_samples` · `per`: whether figures are for one `operation`, one `second` or in `total` · `divisor`: what the totals were divided by · `operations`, `duration_ns`, `rate`, `allocator` · `allocated`, `saves`: figures · `groups` · `sites` · `more_groups`, `more_sites`: how many are not listed · `caveats` |
//! | group | `function`, `file`, `line`: the user's line · `source`: its text · `sites`: indices · `saves`: the sum of the first recommendation of each site without `author_only` · `allocated` · `author_only` |
//! | site | `function`, `file`, `line`, `crate`, `own_code` · `via`: the user's line, with `function`, `file`, `line` · `author_only` · `kind`: `value`, `buffer`, `bytes` or `table` · `allocations`, `bytes`, `ns`, `ns_low`, `ns_high` · `peak_live`: `value`, `upper`, `exact` · `recommendations` · `caveats` · the other fields of [`Site`] |
//! | recommendation | `action`: a name of [`Action`] · `saves`: figures · `reason` |
//! | figures | `allocations`, `bytes`, `ns`, `ns_low`, `ns_high` |
//! | caveat | `code`, `text` |
//!
//! A site without a recommendation has one with the action `none`, whose `reason` says why. Each site is
//! in one group, so that savings of groups and of sites can be added.
//!
//! # Modules
//!
//! `alloc_stacks` reads the profile by `profile_format` and `location_frames`, without the frames of
//! `collections`;
//! `stack_filter` selects stacks. `chains` links stacks, with `call_tree`. `candidate` groups chains to
//! sites and sites to lines, by `code_owner` and `access`. `site_stats` sums chains up, with
//! `peak_live`, `growth`, `histogram` and `object_kind`. `rules` selects actions, by
//! `cost_model`. `advice` combines the result, with `site_builder`, `locator` and `reasons`; `text`
//! prints it, with `quantity`, and `json` writes it.

mod access;
mod action;
mod advice;
mod alloc_stacks;
mod amount;
mod call_tree;
mod candidate;
mod caveat;
mod chains;
mod code_owner;
mod collections;
mod cost_model;
mod error;
mod group;
mod growth;
mod histogram;
mod interval;
mod json;
mod location_frames;
mod locator;
mod object_kind;
mod peak_live;
mod profile_format;
mod quantity;
mod reasons;
mod recommendation;
mod rules;
mod settings;
mod site;
mod site_builder;
mod site_stats;
mod stack_filter;
#[cfg(test)]
mod tests;
mod text;

pub use action::Action;
pub use advice::{Advice, Allocator};
pub use amount::{Amount, Rates};
pub use caveat::Caveat;
pub use error::AdviseError;
pub use group::Group;
pub use interval::NsInterval;
pub use object_kind::ObjectKind;
pub use peak_live::PeakLive;
pub use recommendation::{NoAction, Recommendation};
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
