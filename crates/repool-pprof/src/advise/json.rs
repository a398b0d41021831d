//! The JSON form of an [`Advice`], version 2. The [module's documentation](super#json) describes it;
//! names and meanings do not change within a version, but fields may be added.

use serde::Serialize;

use super::{
    Action, Advice, Allocator, Amount, Caller, Caveat, Group, NoAction, ObjectKind, PeakLive,
    Recommendation, Site, Sizes, SourceLocation, reasons,
};

/// The version of this form.
const VERSION: u32 = 2;

/// An advice.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    version: u32,
    exact: bool,
    lost_samples: u64,
    /// What the figures are of: "operation", "second" or "total".
    per: &'static str,
    /// The number by which the totals were divided: of operations, or of seconds, or 1.
    divisor: f64,
    operations: Option<u64>,
    duration_ns: Option<u64>,
    rate: Option<u64>,
    allocator: Option<Allocator>,
    allocated: Figures,
    saves: Figures,
    groups: Vec<JsonGroup<'a>>,
    sites: Vec<JsonSite<'a>>,
    more_groups: u64,
    more_sites: u64,
    caveats: &'a [Caveat],
}

/// Allocations, bytes and time. Times are null if they are not known.
#[derive(Serialize)]
struct Figures {
    allocations: f64,
    bytes: f64,
    ns: Option<f64>,
    ns_low: Option<f64>,
    ns_high: Option<f64>,
}

/// A line of the user's.
#[derive(Serialize)]
struct JsonGroup<'a> {
    #[serde(flatten)]
    location: &'a SourceLocation,
    source: Option<&'a str>,
    sites: &'a [usize],
    saves: Figures,
    allocated: Figures,
    author_only: bool,
}

/// A site.
#[derive(Serialize)]
struct JsonSite<'a> {
    #[serde(flatten)]
    location: &'a SourceLocation,
    #[serde(rename = "crate")]
    crate_name: Option<&'a str>,
    own_code: bool,
    via: Option<&'a SourceLocation>,
    author_only: bool,
    kind: ObjectKind,
    allocations: f64,
    bytes: f64,
    ns: Option<f64>,
    ns_low: Option<f64>,
    ns_high: Option<f64>,
    share_of_allocations: f64,
    share_of_bytes: f64,
    peak_live: Option<PeakLive>,
    threads: Option<u64>,
    recommendations: Vec<JsonRecommendation<'a>>,
    no_action: Option<NoAction>,
    objects: u64,
    growths: u64,
    zeroed: u64,
    sizes: Sizes,
    churn: Option<f64>,
    median_lifetime_ns: Option<u64>,
    median_lifetime_bytes: Option<u64>,
    freed_elsewhere: Option<f64>,
    samples: u64,
    error: Option<f64>,
    why: &'a str,
    callers: &'a [Caller],
    caveats: &'a [Caveat],
}

/// A recommendation.
#[derive(Serialize)]
struct JsonRecommendation<'a> {
    action: Action,
    saves: Figures,
    reason: &'a str,
}

impl<'a> Document<'a> {
    /// The form of this advice.
    pub(super) fn of(advice: &'a Advice) -> Self {
        Self {
            version: VERSION,
            exact: advice.exact,
            lost_samples: advice.lost_samples,
            per: match (advice.operations, advice.duration_ns) {
                (Some(_), _) => "operation",
                (None, Some(_)) => "second",
                (None, None) => "total",
            },
            divisor: advice.divisor,
            operations: advice.operations,
            duration_ns: advice.duration_ns,
            rate: advice.rate,
            allocator: advice.allocator,
            allocated: Figures::of(&advice.allocated),
            saves: Figures::of(&advice.saves),
            groups: advice.groups.iter().map(JsonGroup::of).collect(),
            sites: advice.sites.iter().map(JsonSite::of).collect(),
            more_groups: advice.more_groups,
            more_sites: advice.more_sites,
            caveats: &advice.caveats,
        }
    }
}

impl Figures {
    fn of(amount: &Amount) -> Self {
        let rates = amount.shown();
        Self {
            allocations: rates.allocations,
            bytes: rates.bytes,
            ns: rates.ns.map(|ns| ns.ns),
            ns_low: rates.ns.map(|ns| ns.low),
            ns_high: rates.ns.map(|ns| ns.high),
        }
    }

    /// Nothing, for sites without a recommendation.
    fn nothing() -> Self {
        Self {
            allocations: 0.0,
            bytes: 0.0,
            ns: None,
            ns_low: None,
            ns_high: None,
        }
    }
}

impl<'a> JsonGroup<'a> {
    fn of(group: &'a Group) -> Self {
        Self {
            location: &group.location,
            source: group.source.as_deref(),
            sites: &group.sites,
            saves: Figures::of(&group.saves),
            allocated: Figures::of(&group.allocated),
            author_only: group.author_only,
        }
    }
}

impl<'a> JsonSite<'a> {
    fn of(site: &'a Site) -> Self {
        let allocated = Figures::of(&site.allocated);
        let nothing = site.no_action.map(|reason| JsonRecommendation {
            action: Action::None,
            saves: Figures::nothing(),
            reason: reasons::no_action(reason),
        });
        let recommendations = site.recommendations.iter().map(JsonRecommendation::of);
        Self {
            location: &site.location,
            crate_name: site.crate_name.as_deref(),
            own_code: site.own_code,
            via: site.via.as_ref(),
            author_only: site.author_only,
            kind: site.kind,
            allocations: allocated.allocations,
            bytes: allocated.bytes,
            ns: allocated.ns,
            ns_low: allocated.ns_low,
            ns_high: allocated.ns_high,
            share_of_allocations: site.share_of_allocations,
            share_of_bytes: site.share_of_bytes,
            peak_live: site.peak_live,
            threads: site.threads,
            recommendations: recommendations.chain(nothing).collect(),
            no_action: site.no_action,
            objects: site.objects,
            growths: site.growths,
            zeroed: site.zeroed,
            sizes: site.sizes,
            churn: site.churn,
            median_lifetime_ns: site.median_lifetime_ns,
            median_lifetime_bytes: site.median_lifetime_bytes,
            freed_elsewhere: site.freed_elsewhere,
            samples: site.samples,
            error: site.error,
            why: &site.why,
            callers: &site.callers,
            caveats: &site.caveats,
        }
    }
}

impl<'a> JsonRecommendation<'a> {
    fn of(recommendation: &'a Recommendation) -> Self {
        Self {
            action: recommendation.action,
            saves: Figures::of(&recommendation.saves),
            reason: &recommendation.reason,
        }
    }
}
