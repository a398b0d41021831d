//! Judges an advice: whether it begins with what an expert would do, and whether it recommends nothing
//! unsafe or contradictory.

use repool_pprof::advise::{Action, Advice, Group, ObjectKind, Recommendation, Site};

use crate::expected::ExpectedProfile;
use crate::source_lines::SourceLines;

/// The least fraction of freed objects for which reuse may be recommended.
const LEAST_CHURN: f64 = 0.95;

/// The largest object in bytes that may be put on the stack.
const MOST_ON_STACK: u64 = 4096;

/// What is wrong with an advice, a line each.
pub(crate) fn faults(
    advice: &Advice,
    expected: &ExpectedProfile,
    lines: &SourceLines,
) -> Vec<String> {
    let mut faults = Vec::new();
    if !advice.exact || advice.lost_samples > 0 {
        faults.push(format!(
            "every block was to be sampled and followed, but {} were lost",
            advice.lost_samples
        ));
    }
    faults.extend(first_fault(advice, expected, lines));
    for site in &advice.sites {
        for recommended in &site.recommendations {
            let fault =
                unsafe_fault(site, recommended).or_else(|| unsound_fault(site, recommended));
            let at = || format!("{} {}", place(&site.location), recommended.action.name());
            faults.extend(fault.map(|fault| format!("{}: {fault}", at())));
        }
    }
    for never in &expected.never {
        let groups = advice.groups.iter();
        let groups = groups.filter(|group| lines.is_at(&group.location, &never.line));
        let sites = groups.flat_map(|group| &group.sites);
        for recommended in sites.flat_map(|site| &advice.sites[*site].recommendations) {
            let name = recommended.action.name();
            if never.actions.iter().any(|action| action == name) {
                let line = &never.line;
                faults.push(format!(
                    "{name} is recommended at line `{line}`, where it is wrong"
                ));
            }
        }
    }
    faults
}

/// Whether the first group is the expected line, and its first recommendation an expected action.
pub(crate) fn is_first_right(
    advice: &Advice,
    expected: &ExpectedProfile,
    lines: &SourceLines,
) -> bool {
    first_fault(advice, expected, lines).is_none()
}

fn first_fault(advice: &Advice, expected: &ExpectedProfile, lines: &SourceLines) -> Option<String> {
    let first = advice.groups.first();
    let first = first.and_then(|group| Some((group, best(advice, group)?)));
    let wanted = expected
        .first
        .as_deref()
        .map(|line| (line, expected.actions.join(" or ")));
    let why = &expected.why;
    match (first, wanted) {
        (None, None) => None,
        (None, Some((line, actions))) => Some(format!(
            "nothing is advised, not {actions} at line `{line}` ({why}){}",
            reason_for_nothing(advice, line, lines)
        )),
        (Some((group, recommended)), None) => Some(format!(
            "{} is advised at {}, where nothing should be ({why})",
            recommended.action.name(),
            place(&group.location),
        )),
        (Some((group, recommended)), Some((line, actions))) => {
            let name = recommended.action.name();
            let is_line = lines.is_at(&group.location, line);
            let is_action = expected.actions.iter().any(|action| action == name);
            (!is_line || !is_action).then(|| {
                let place = match lines.marker(&group.location) {
                    Some(marker) => format!("line `{marker}`"),
                    None => place(&group.location),
                };
                format!("first is {name} at {place}, not {actions} at line `{line}` ({why})")
            })
        }
    }
}

/// The first recommendation of a group that the user can follow.
fn best<'a>(advice: &'a Advice, group: &Group) -> Option<&'a Recommendation> {
    let sites = group.sites.iter().map(|site| &advice.sites[*site]);
    let mut users = sites.filter(|site| !site.author_only);
    users.find_map(|site| site.recommendations.first())
}

/// Why a line has no recommendation, as text.
fn reason_for_nothing(advice: &Advice, line: &str, lines: &SourceLines) -> String {
    let mut groups = advice.groups.iter();
    let group = groups.find(|group| lines.is_at(&group.location, line));
    let site = group.and_then(|group| advice.sites.get(*group.sites.first()?));
    let reason = site.and_then(|site| site.no_action);
    reason.map_or(String::new(), |reason| format!("; it says {reason:?}"))
}

/// Why a recommendation would break a program or lose memory; `None` if it would not.
fn unsafe_fault(site: &Site, recommended: &Recommendation) -> Option<String> {
    let is_reuse = !matches!(recommended.action, Action::WithCapacity | Action::Borrow);
    if let Some(churn) = site.churn.filter(|churn| is_reuse && *churn < LEAST_CHURN) {
        return Some(format!("{:.1} % stay for good", 100.0 * (1.0 - churn)));
    }
    if recommended.action == Action::Scratch {
        let peak = site.peak_live.map(|peak| peak.upper);
        if peak != Some(1) {
            return Some(format!("up to {peak:?} are live at once"));
        }
        if let Some(threads) = site.threads.filter(|threads| *threads > 1) {
            return Some(format!("{threads} threads allocate"));
        }
    }
    let sizes = &site.sizes;
    let is_constant = site.kind == ObjectKind::Value && sizes.least == sizes.greatest;
    let is_on_stack = recommended.reason.contains("stack");
    (is_on_stack && (!is_constant || sizes.greatest > MOST_ON_STACK)).then(|| {
        format!(
            "{} to {} B are to be put on the stack",
            sizes.least, sizes.greatest
        )
    })
}

/// Why a recommendation's figures contradict the site's; `None` if they do not.
fn unsound_fault(site: &Site, recommended: &Recommendation) -> Option<String> {
    let (saves, all) = (&recommended.saves, &site.allocated);
    if saves.allocations > all.allocations || saves.bytes > all.bytes {
        return Some("more is saved than allocated".to_owned());
    }
    let ns = saves.ns?;
    let is_ordered = 0.0 < ns.low && ns.low <= ns.ns && ns.ns <= ns.high;
    (!is_ordered).then(|| format!("{ns:?} is no interval"))
}

/// A function and its line.
fn place(location: &repool_pprof::advise::SourceLocation) -> String {
    let line = location.line.unwrap_or(0);
    format!("{}:{line}", location.function)
}
