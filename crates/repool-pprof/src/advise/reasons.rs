//! The reasons for recommendations as text.

use super::quantity::{bytes, count, percent, time};
use super::recommendation::Action;
use super::site_stats::SiteStats;
use super::{NoAction, Site};

/// The statistics of a site's objects as text.
pub(super) fn site(site: &Site, stats: &SiteStats) -> String {
    let mut parts = Vec::new();
    if let Some(churn) = site.churn {
        let mut freed = match churn {
            0.0 => "none is freed".to_owned(),
            1.0 => "all are freed".to_owned(),
            _ => format!("{} are freed", percent(churn)),
        };
        if let (Some(ns), Some(allocated)) = (site.median_lifetime_ns, site.median_lifetime_bytes)
            && churn > 0.0
        {
            let time = time(ns as f64);
            freed += &format!(
                ", half of the blocks within {time} and {} of other allocations",
                bytes(allocated as f64)
            );
        }
        parts.push(freed);
    }
    if let Some(live) = site.peak_live {
        let uses = site.objects as f64 / live.max(1) as f64;
        parts.push(format!(
            "{} {} live at once, so each would be used {}",
            // From samples, the peak is an estimate.
            if site.error == Some(0.0) {
                "at most"
            } else {
                "about"
            },
            count(live as f64),
            times(uses),
        ));
    }
    if stats.grows() {
        let growths = stats.grown() / stats.objects().max(1.0);
        parts.push(format!("each grows {}", times(growths)));
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

/// The reason for an action, or its condition.
pub(super) fn recommendation(action: Action, site: &Site, stats: &SiteStats) -> String {
    let sizes = &site.sizes;
    match action {
        Action::Scratch if !stats.is_one_at_a_time() => {
            "if at most one is live at a time, which so few samples cannot show".to_owned()
        }
        Action::Scratch if stats.grows() || sizes.least != sizes.greatest => {
            "at most one is live at a time: keep it, and clear it before each use".to_owned()
        }
        Action::Scratch => {
            "at most one is live at a time: keep it, or put it on the stack".to_owned()
        }
        Action::Pool => format!("all have {}", bytes(sizes.median as f64)),
        Action::PoolOfBuffers if sizes.greatest / 16 > sizes.median => {
            "each keeps its capacity; few are large: see max_object_bytes".to_owned()
        }
        Action::PoolOfBuffers if !stats.grows() => {
            "their sizes differ, but all are small: each soon has the largest capacity".to_owned()
        }
        Action::PoolOfBuffers => "each keeps its capacity".to_owned(),
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
    }
}

/// The reason for doing nothing.
pub(super) fn no_action(reason: NoAction) -> &'static str {
    match reason {
        NoAction::LongLived => "nothing: the objects live too long to be reused often",
        NoAction::Rare => "nothing: there are too few allocations to matter",
        NoAction::AllocatorIsAsFast => "nothing: the allocator is as fast as a pool",
        NoAction::TooFewSamples => {
            "unknown: too few samples; profile for longer, or with a smaller rate"
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
