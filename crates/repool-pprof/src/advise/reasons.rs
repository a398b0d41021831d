//! The reasons for recommendations as text.

use super::access::{Access, method};
use super::cost_model::CostModel;
use super::object_kind::{self, ObjectKind};
use super::quantity::{bytes, count, interval, percent, time};
use super::rules::{KEPT, THREAD_LOCAL};
use super::site_stats::SiteStats;
use super::{Action, NoAction, Site};

/// What the reasons for a site's recommendations are made from.
pub(super) struct Reasons<'a> {
    pub(super) site: &'a Site,
    pub(super) stats: &'a SiteStats,
    pub(super) access: Access,
    /// The function of a dependency that the user's line calls.
    pub(super) entry: Option<String>,
    pub(super) costs: &'a CostModel<'a>,
}

/// The largest object in bytes that may be put on the stack.
const STACK: u64 = 4096;

impl Reasons<'_> {
    /// The statistics of a site's objects as text.
    pub(super) fn site(&self) -> String {
        let site = self.site;
        let mut parts = Vec::new();
        parts.extend(self.lifetimes());
        if let Some(live) = site.peak_live {
            let uses = site.objects as f64 / live.value.max(1) as f64;
            let (value, upper) = (count(live.value as f64), count(live.upper as f64));
            let live = match live.value == live.upper {
                // From samples, the peak is an estimate.
                true if site.error == Some(0.0) => format!("at most {value}"),
                true => format!("about {value}"),
                false if site.error == Some(0.0) => format!("{value} to {upper}"),
                false => format!("about {value}, and at most {upper},"),
            };
            // What is kept for good is not used again.
            parts.push(match self.stats.kept_share() > KEPT {
                true => format!("{live} live at once"),
                false => format!("{live} live at once, so each would be used {}", times(uses)),
            });
        }
        if let Some(threads) = site.threads.filter(|threads| *threads > 1) {
            let or_more = if threads >= 16 { " or more" } else { "" };
            parts.push(format!("allocated by {threads}{or_more} threads"));
        }
        if self.stats.grows() {
            let growths = self.stats.grown() / self.stats.objects().max(1.0);
            parts.push(format!("each grows {}", times(growths)));
        }
        if site.zeroed > 0 {
            let share = self.stats.zeroed / self.stats.allocations.max(1.0);
            parts.push(format!("{} are allocated zeroed", percent(share.min(1.0))));
        }
        if let Some(elsewhere) = site.freed_elsewhere.filter(|share| *share > 0.0) {
            parts.push(format!(
                "{} are freed on another thread",
                percent(elsewhere)
            ));
        }
        match site.error {
            Some(error) if error > 0.0 => parts.push(format!(
                "{} samples, so ±{}",
                count(site.samples as f64),
                percent(error)
            )),
            _ => {}
        }
        parts.join("; ")
    }

    /// How many objects are freed, and how soon; `None` if it is not known.
    fn lifetimes(&self) -> Option<String> {
        let churn = self.site.churn?;
        let mut freed = match churn {
            0.0 => "none is freed".to_owned(),
            1.0 => "all are freed".to_owned(),
            _ => format!("{} are freed", percent(churn)),
        };
        if let (Some(ns), Some(allocated)) = (
            self.site.median_lifetime_ns,
            self.site.median_lifetime_bytes,
        ) && churn > 0.0
        {
            let time = time(ns as f64);
            freed += &format!(
                ", half of the blocks within {time} and {} of other allocations",
                bytes(allocated as f64)
            );
        }
        Some(freed)
    }

    /// The reason for an action, or its condition.
    pub(super) fn recommendation(&self, action: Action) -> String {
        let mut text = self.of_action(action);
        let entry = self.entry.as_deref().map(method).unwrap_or_default();
        match (self.access, action) {
            (_, Action::WithCapacity | Action::PassBuffer | Action::Borrow) => {}
            (Access::PassedIn, _) => {
                text = format!("keep the buffer that is passed to `{entry}`: {text}");
            }
            (Access::Constructed, _) => {
                text = format!("keep the value that `{entry}` makes, and reset it: {text}");
            }
            _ => {}
        }
        let is_reuse = !matches!(action, Action::WithCapacity | Action::Borrow | Action::None);
        if self.stats.zeroed > 0.0 && is_reuse {
            text += "; the lower time is for blocks that have to be zeroed again";
        }
        text
    }

    /// The reason for an action at a site of the user's own.
    fn of_action(&self, action: Action) -> String {
        let (site, stats) = (self.site, self.stats);
        let sizes = &site.sizes;
        match action {
            Action::Scratch
                if site.kind == ObjectKind::Value
                    && sizes.greatest <= STACK
                    && self.access == Access::Own =>
            {
                "no two are ever live at once: keep it; if its size is a constant, the stack will do"
                    .to_owned()
            }
            Action::Scratch if site.kind == ObjectKind::Value => {
                "no two are ever live at once: keep it".to_owned()
            }
            Action::Scratch => {
                "no two are ever live at once: keep it, and clear it before each use".to_owned()
            }
            Action::ThreadLocal => self.thread_local(),
            Action::Pool => self.pool(),
            Action::BufPool if stats.is_of_bytes => {
                "fill a buffer of the pool, and freeze it to Bytes, which allocates a small header instead of \
                 the first clone; the last clone returns the buffer"
                    .to_owned()
            }
            Action::BufPool => "their sizes differ".to_owned(),
            Action::WithCapacity if sizes.median == sizes.greatest => format!(
                "if the length is known in advance: most end with {}",
                bytes(sizes.median as f64)
            ),
            Action::WithCapacity => format!(
                "if the length is known in advance: half end with {} or less, the largest with {}",
                bytes(sizes.median as f64),
                bytes(sizes.greatest as f64),
            ),
            Action::PassBuffer => self.pass_buffer(),
            Action::Borrow if self.access == Access::Copied => {
                "the parser copies texts: parse into types that borrow them (&str, Cow<str>)".to_owned()
            }
            Action::Borrow => self.borrow(),
            Action::None => String::new(),
        }
    }

    /// The costs of a thread-local buffer, of a pool and of the allocator.
    fn thread_local(&self) -> String {
        let pool = interval(self.costs.pool_pair());
        let mut text = format!(
            "no thread has two live at once: keep one for each; that takes {} ns for each use, a pool \
             {pool} ns",
            interval(THREAD_LOCAL)
        );
        if let Some(pair) = self.costs.pair(self.site.sizes.median) {
            text += &format!(", the allocator {} ns", interval(pair));
        }
        text
    }

    /// What the objects of a pool have in common.
    fn pool(&self) -> String {
        let (site, stats) = (self.site, self.stats);
        let sizes = &site.sizes;
        let mut text = match site.kind {
            ObjectKind::Value => format!("all have {}", bytes(sizes.median as f64)),
            _ if sizes.greatest / 16 > sizes.median => {
                "each keeps its capacity; few are large: see max_object_bytes".to_owned()
            }
            _ if !stats.grows() && sizes.least < sizes.greatest && sizes.greatest <= 1024 => {
                "their sizes differ, but all are small: each soon has the largest capacity"
                    .to_owned()
            }
            _ => "each keeps its capacity".to_owned(),
        };
        if may_own(site, stats) {
            text += "; if its elements own memory, as those of Vec<String> do, clearing drops them: \
                     give the pool a Recycle of its own that keeps them";
        }
        if let Some(calls) = stats.one_for_each_call() {
            text += &format!(
                "; each of the {calls} call sites has at most one live, so each could keep one instead"
            );
        }
        text
    }

    /// Where a buffer that is passed in comes from, and how to pass it.
    fn pass_buffer(&self) -> String {
        let entry = self
            .entry
            .as_deref()
            .unwrap_or(&self.site.location.function);
        let source = match (self.stats.is_one_at_a_time(), self.site.kind) {
            (true, _) => "keep one",
            (false, ObjectKind::Value) => "keep some in a pool",
            (false, _) => "keep buffers in a pool",
        };
        if method(entry) == "next" {
            return format!(
                "{source} and pass it in: look for a form that fills one item, such as read_…, in place \
                 of the iterator's `{entry}`"
            );
        }
        format!(
            "{source} and pass it in: look for a form of `{}` whose name has _into, to_writer or with",
            entry
        )
    }

    /// How many are allocated in vain.
    fn borrow(&self) -> String {
        let freed = percent(self.site.churn.unwrap_or_default());
        let within = self.site.median_lifetime_ns.map(|ns| time(ns as f64));
        let within = within.map_or(String::new(), |time| {
            format!(", half of them within {time}")
        });
        format!(
            "{freed} are freed soon{within}, and the rest stays: do not allocate before it is known \
             that the object stays, for instance look up by a borrowed key first"
        )
    }
}

/// Whether the elements of a site's buffers may own memory, as those of `Vec<String>` do: their size
/// is a multiple of that of a `String`, and they are aligned as pointers are.
fn may_own(site: &Site, stats: &SiteStats) -> bool {
    const STRING: u64 = 24;
    const POINTER: u64 = 8;
    site.kind == ObjectKind::Buffer
        && object_kind::element(stats).is_multiple_of(STRING)
        && stats.alignment.is_none_or(|alignment| alignment >= POINTER)
}

/// The reason for doing nothing.
pub(super) fn no_action(reason: NoAction) -> &'static str {
    match reason {
        NoAction::LongLived => "nothing: the objects live too long to be reused often",
        NoAction::KeptForGood => {
            "nothing: more than 5 % of the objects are kept, which a pool would lose"
        }
        NoAction::Rare => "nothing: there are too few allocations to matter",
        NoAction::AllocatorIsAsFast => "nothing: the allocator is as fast as a pool",
        NoAction::ZeroedBySystem => {
            "nothing: the system gives zeroed pages, which a pool would have to clear"
        }
        NoAction::SharedHeader => {
            "nothing: the header of a shared buffer; see where the buffer is made"
        }
        NoAction::TooFewSamples => {
            "unknown: too few samples; profile for longer, or with a smaller rate"
        }
        NoAction::SamplesLost => {
            "unknown: samples were lost; profile with a larger rate number, or with a higher memory \
             limit"
        }
        NoAction::NoLifetimes => "unknown: the profile has no lifetimes",
        NoAction::WorthALook => {
            "unknown: nearly all are freed, but the profile has no lifetimes; examine the code"
        }
        NoAction::NoStack => "unknown: the profile has no stack for these allocations",
    }
}

/// A number of times as text.
fn times(times: f64) -> String {
    if times < 10.0 {
        format!("{times:.1} times")
    } else {
        format!("{} times", count(times))
    }
}
