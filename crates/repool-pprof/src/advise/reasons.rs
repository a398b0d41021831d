//! Why: the figures that advice rests on, in words.

use super::choice::Kind;
use super::figures::Figures;
use super::quantity::{bytes, count, percent, time};
use super::{Nothing, Site};

/// What is known of the site's objects.
pub(super) fn site(site: &Site, figures: &Figures) -> String {
    let mut parts = Vec::new();
    if let Some(churn) = site.churn {
        let mut freed = match churn {
            0.0 => "none is freed".to_owned(),
            1.0 => "all are freed".to_owned(),
            _ => format!("{} are freed", percent(churn)),
        };
        if let (Some(ns), Some(meanwhile)) = (site.median_lifetime_ns, site.median_lifetime_bytes)
            && churn > 0.0
        {
            let time = time(ns as f64);
            freed += &format!(
                ", half of the blocks before {time} and {} of other allocations",
                bytes(meanwhile as f64)
            );
        }
        parts.push(freed);
    }
    if let Some(alive) = site.most_alive {
        let uses = site.objects as f64 / alive.max(1) as f64;
        parts.push(format!(
            "{} {} alive at once, so each would be used {}",
            // What was sampled tells the usual number.
            if site.error == Some(0.0) {
                "at most"
            } else {
                "some"
            },
            count(alive as f64),
            times(uses),
        ));
    }
    if figures.grows() {
        let growths = figures.grown() / figures.objects().max(1.0);
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

/// What is to be thought of with a choice.
pub(super) fn choice(kind: Kind, site: &Site, figures: &Figures) -> String {
    let sizes = &site.sizes;
    match kind {
        Kind::Scratch if !figures.is_one_at_a_time() => {
            "if there is never more than one, which so few samples cannot tell".to_owned()
        }
        Kind::Scratch if figures.grows() || sizes.least != sizes.greatest => {
            "there is never more than one: keep it, and clear it for the next".to_owned()
        }
        Kind::Scratch => {
            "there is never more than one: keep it, or have it on the stack".to_owned()
        }
        Kind::Pool => format!("all have {}", bytes(sizes.median as f64)),
        Kind::PoolOfBuffers if sizes.greatest / 16 > sizes.median => {
            "each keeps what it grew to; few are large: see max_object_bytes".to_owned()
        }
        Kind::PoolOfBuffers if !figures.grows() => {
            "their sizes differ, and all are small: each is soon large enough for any".to_owned()
        }
        Kind::PoolOfBuffers => "each keeps what it grew to".to_owned(),
        Kind::BufPool => "their sizes differ".to_owned(),
        Kind::WithCapacity if sizes.median == sizes.greatest => format!(
            "if the length is known: most end with {}",
            bytes(sizes.median as f64)
        ),
        Kind::WithCapacity => format!(
            "if the length is known: half end with {}, the largest with {}",
            bytes(sizes.median as f64),
            bytes(sizes.greatest as f64),
        ),
    }
}

/// Why there is nothing to do.
pub(super) fn nothing(nothing: Nothing) -> &'static str {
    match nothing {
        Nothing::LongLived => "nothing: they live long",
        Nothing::Rare => "nothing: too rare to matter",
        Nothing::AllocatorIsAsFast => "nothing: the allocator is as fast as a pool",
        Nothing::TooFewSamples => "unknown: too few samples; profile longer, or at a smaller rate",
        Nothing::NoLifetimes => "unknown: the profile does not say how long blocks live",
        Nothing::WorthALook => "worth a look: nearly all are freed; how soon is not known",
        Nothing::NoStack => "unknown: it is not known where these come from",
    }
}

fn times(times: f64) -> String {
    if times < 10.0 {
        format!("{times:.1} times")
    } else {
        format!("{} times", count(times))
    }
}
