//! [`Advice`]: the sites of a profile with their recommendations, and the totals.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::alloc_stacks::AllocStacks;
use super::amount::Divisors;
use super::candidate::{Candidate, Line, SiteFinder, lines};
use super::chains::chains;
use super::code_owner::CodeOwners;
use super::cost_model::CostModel;
use super::locator::SourceLocator;
use super::profile_format::{AllocatorCosts, Lifetimes, ProfileFacts};
use super::rules::Rules;
use super::site_builder::SiteBuilder;
use super::site_stats::BlockCounts;
use super::{
    AdviseError, AdviseSettings, Amount, Caveat, Group, NoAction, Site, json, stack_filter,
};
use crate::list::SourceReader;
use crate::pipeline::runtime_frames;
use crate::profile::Profile;

/// The call sites that are worth a change, and what the change would save; see the [module](super)
/// for the rules and an example.
///
/// `Display` prints a text of at most 100 columns. [`to_json`](Advice::to_json) and serde write the
/// form that the [module](super#json) describes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Advice {
    /// The number of operations, if it is known.
    pub operations: Option<u64>,
    /// The time that the profile covers in nanoseconds, if it is known.
    pub duration_ns: Option<u64>,
    /// The mean number of bytes between samples, if it is known; 1 if every block was sampled.
    pub rate: Option<u64>,
    /// Whether every block was sampled and followed, so that no number of blocks is an estimate.
    pub exact: bool,
    /// The sampled blocks that the profiler could not follow until their free.
    pub lost_samples: u64,
    /// The allocator whose costs the times are based on; `None` if there are no times.
    pub allocator: Option<Allocator>,
    /// All allocations of the profile, and the allocator's time for them.
    pub allocated: Amount,
    /// The sum of what the groups save, including those that are not in `groups`.
    pub saves: Amount,
    /// The lines of the user's code that lead to sites: first those that save something, by what they
    /// save; then those where only the author of a dependency can save something; then others, by
    /// bytes.
    pub groups: Vec<Group>,
    /// The sites: first those with recommendations that the user can follow, by the saving of the
    /// first one; then those of dependencies' authors; then others, by bytes.
    pub sites: Vec<Site>,
    /// The number of groups that are not in `groups`.
    pub more_groups: u64,
    /// The number of sites that are not in `sites`.
    pub more_sites: u64,
    /// The number of groups that save something, including those that are not in `groups`.
    pub recommended: u64,
    /// The limits of the advice.
    pub caveats: Vec<Caveat>,
    /// What the figures of the JSON form are divided by.
    pub(super) divisor: f64,
    /// Whether the text lists sites.
    pub(super) by_site: bool,
}

/// The program in which the allocator was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Allocator {
    /// The profiled program.
    Profiled,
    /// Another program: the costs are [`Costs::allocator`](super::Costs::allocator).
    Given,
}

impl Advice {
    /// Analyzes the allocations of a profile.
    ///
    /// # Errors
    ///
    /// If the profile does not have the sample types `alloc_objects` and `alloc_space`.
    pub fn of(profile: &Profile, settings: &AdviseSettings) -> Result<Self, AdviseError> {
        let shown = match settings.all_frames {
            true => Cow::Borrowed(profile),
            false => runtime_frames::removed(profile),
        };
        let profile = &*shown;
        let mut stacks = AllocStacks::read(profile)?;
        let (focus, ignore) = (settings.focus.as_ref(), settings.ignore.as_ref());
        stack_filter::apply(profile, &mut stacks, focus, ignore);
        let lifetimes = profile.lifetimes();
        let profiled = lifetimes.and_then(Lifetimes::allocator_costs);
        let (costs, allocator) = match (&profiled, &settings.costs.allocator) {
            (Some(costs), _) => (Some(costs), Some(Allocator::Profiled)),
            (None, Some(costs)) => (Some(costs), Some(Allocator::Given)),
            (None, None) => (None, None),
        };
        let facts = ProfileFacts::of(lifetimes);
        let recorded = lifetimes.map(|lifetimes| lifetimes.operations);
        let known = |count: &u64| *count > 0;
        let operations = settings.operations.filter(known).or(recorded.filter(known));
        let duration = u64::try_from(profile.duration_nanos()).ok().filter(known);
        let rules = rules(&stacks, &facts, settings, costs, operations, duration);
        let owners = CodeOwners::of(profile, &stacks, settings.own.as_ref());
        let finder = SiteFinder {
            profile,
            stacks: &stacks,
            owners: &owners,
            rules: &rules,
        };
        let found = finder.sites(&chains(&stacks.stacks));
        let lines = lines(&found);
        let divisors = Divisors {
            operations,
            seconds: duration
                .filter(|_| operations.is_none())
                .map(|ns| ns as f64 / 1e9),
        };
        let (mut allocated, mut saves) = (rules.nothing(), rules.nothing());
        let mut recommended = 0;
        for line in &lines {
            allocated.add(&line.allocated);
            saves.add(&line.saves);
            recommended += u64::from(line.sites.iter().any(|site| found[*site].is_users()));
        }
        let builder = SiteBuilder {
            locator: SourceLocator {
                profile,
                stacks: &stacks,
            },
            rules: &rules,
            facts: &facts,
            divisors,
        };
        let listed = Listed::of(&lines, found.len(), settings);
        let mut reader = settings.sources.as_ref().map(SourceReader::new);
        let groups: Vec<Group> = listed
            .lines
            .iter()
            .map(|line| {
                let sites = listed.indices_of(line);
                builder.group(line, sites, reader.as_mut())
            })
            .collect();
        let sites = listed.sites.iter().map(|site| builder.site(&found[*site]));
        Ok(Self {
            operations,
            duration_ns: duration,
            rate: rate(profile),
            exact: facts.is_exact(),
            lost_samples: facts.lost_samples,
            allocator,
            allocated: divisors.amount(&allocated),
            saves: divisors.amount(&saves),
            more_groups: (lines.len() - groups.len()) as u64,
            more_sites: (found.len() - listed.sites.len()) as u64,
            groups,
            sites: sites.collect(),
            recommended,
            caveats: caveats(profile, &rules, &facts, allocator, &found),
            divisor: divisors.shown(),
            by_site: settings.by_site,
        })
    }

    /// The advice as indented JSON, with a line break at the end.
    ///
    /// ```
    /// use repool_pprof::Profile;
    /// use repool_pprof::advise::{Advice, AdviseSettings};
    ///
    /// let profile = Profile::open("tests/data/orders.pb.gz")?;
    /// let json = Advice::of(&profile, &AdviseSettings::new())?.to_json();
    /// assert!(json.starts_with("{\n  \"version\": 2,"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("names and numbers can be written as JSON") + "\n"
    }
}

impl Serialize for Advice {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json::Document::of(self).serialize(serializer)
    }
}

/// The lines and sites that the advice lists.
struct Listed<'a> {
    lines: Vec<&'a Line>,
    /// The indices of the sites, in order.
    sites: Vec<usize>,
}

impl<'a> Listed<'a> {
    /// The first lines with all their sites; or the first sites with their lines.
    fn of(lines: &'a [Line], sites: usize, settings: &AdviseSettings) -> Self {
        let max = settings.max_sites;
        if settings.by_site {
            let sites: Vec<usize> = (0..sites.min(max)).collect();
            let has_listed = |line: &&Line| line.sites.iter().any(|site| *site < sites.len());
            let lines = lines.iter().filter(has_listed).collect();
            return Self { lines, sites };
        }
        let lines: Vec<&Line> = lines.iter().take(max).collect();
        let mut sites: Vec<usize> = lines.iter().flat_map(|line| line.sites.clone()).collect();
        sites.sort_unstable();
        Self { lines, sites }
    }

    /// The indices of a line's listed sites in the list.
    fn indices_of(&self, line: &Line) -> Vec<usize> {
        let index = |site: &usize| self.sites.binary_search(site).ok();
        line.sites.iter().filter_map(index).collect()
    }
}

/// The rules for these stacks.
fn rules<'a>(
    stacks: &AllocStacks,
    facts: &ProfileFacts,
    settings: &'a AdviseSettings,
    allocator: Option<&'a AllocatorCosts>,
    operations: Option<u64>,
    duration: Option<u64>,
) -> Rules<'a> {
    let all = || stacks.stacks.iter().flat_map(|stack| &stack.sizes);
    let mut sizes: BTreeMap<u64, BlockCounts> = BTreeMap::new();
    for blocks in all() {
        sizes.entry(blocks.size).or_default().add(blocks);
    }
    let in_use = all().map(|blocks| blocks.in_use * blocks.size as f64).sum();
    Rules {
        costs: CostModel::new(&settings.costs, allocator, facts, &sizes, in_use),
        operations,
        duration_ns: duration.unwrap_or(0) as f64,
        allocations: all().map(|blocks| blocks.objects).sum(),
        bytes: all().map(|blocks| blocks.bytes).sum(),
        is_exact: facts.is_exact(),
    }
}

/// The mean number of bytes between samples: of `repool-prof`'s extension, or else the profile's
/// period.
fn rate(profile: &Profile) -> Option<u64> {
    let recorded = profile.lifetimes().map(|lifetimes| lifetimes.rate);
    let period = || {
        let kind = profile.period_type?;
        let is_space = profile.string(kind.kind) == "space" && profile.string(kind.unit) == "bytes";
        is_space.then(|| u64::try_from(profile.period).ok())?
    };
    let known = |rate: &u64| *rate > 0;
    recorded.filter(known).or_else(|| period().filter(known))
}

/// The limits of the advice on this profile.
fn caveats(
    profile: &Profile,
    rules: &Rules<'_>,
    facts: &ProfileFacts,
    allocator: Option<Allocator>,
    found: &[Candidate],
) -> Vec<Caveat> {
    let no_stack: f64 = found
        .iter()
        .filter(|site| matches!(site.outcome, Err(NoAction::NoStack)))
        .map(|site| site.stats.bytes)
        .sum();
    let recommended = || found.iter().filter(|site| site.outcome.is_ok());
    let merged = recommended().any(|site| site.stats.sizes_merged);
    let is_estimated = recommended().any(|site| !site.stats.peak_live().exact);
    let any = recommended().next().is_some();
    let costs = rules.costs.has_intervals().map(|has| match has {
        true => Caveat::CostRange,
        false => Caveat::SingleCosts,
    });
    let caveats = [
        (facts.lost_samples > 0).then_some(Caveat::SamplesLost(facts.lost_samples)),
        (profile.lifetimes().is_none()).then_some(Caveat::Lifetimes),
        rate(profile).filter(|rate| *rate > 1).map(Caveat::Sampled),
        (no_stack > 0.0).then(|| Caveat::NoStack(no_stack / rules.bytes.max(1.0))),
        merged.then_some(Caveat::SizesMerged),
        is_estimated.then_some(Caveat::PeakLiveEstimated),
        rules.operations.is_none().then_some(Caveat::Operations),
        match allocator {
            Some(Allocator::Given) => Some(Caveat::OtherAllocator),
            Some(Allocator::Profiled) => None,
            None => Some(Caveat::NoAllocator),
        },
        costs,
        allocator.is_some().then_some(Caveat::UncontendedAllocator),
        any.then_some(Caveat::Types),
        any.then_some(Caveat::Construction),
        Some(Caveat::Foreign),
    ];
    caveats.into_iter().flatten().collect()
}
