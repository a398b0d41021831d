//! Prints an advice as text for a terminal: a summary, a list of groups or sites, and the caveats.

mod amount;
mod group;
mod site;
mod wrap;

use std::fmt;

use super::{Advice, Allocator, Caveat, NoAction, Site};
use amount::amount;
use wrap::wrapped;

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.summary(f)?;
        let (listed, shown, more, what) = match self.by_site {
            true => {
                let shown: Vec<&Site> = self.sites.iter().filter(|site| is_shown(site)).collect();
                for (number, site) in shown.iter().enumerate() {
                    writeln!(f)?;
                    site::write_numbered(f, number + 1, site)?;
                }
                (self.sites.len(), shown.len(), self.more_sites, "site")
            }
            false => {
                let has_shown = |sites: &[usize]| {
                    let mut sites = sites.iter().map(|site| &self.sites[*site]);
                    sites.any(is_shown)
                };
                let mut shown = 0;
                for group in &self.groups {
                    if has_shown(&group.sites) {
                        shown += 1;
                        writeln!(f)?;
                        group::write(f, shown, group, self)?;
                    }
                }
                (self.groups.len(), shown, self.more_groups, "line")
            }
        };
        let rare = (listed - shown) as u64;
        match (rare, more) {
            (0, 0) => {}
            (rare, 0) => writeln!(
                f,
                "\n{} more, with too few allocations to matter.",
                counted(rare, what)
            )?,
            (rare, more) => writeln!(f, "\n{} more.", counted(rare.saturating_add(more), what))?,
        }
        writeln!(f, "\nCaveats:")?;
        for caveat in &self.caveats {
            wrapped(f, "- ", "  ", &caveat.to_string())?;
        }
        Ok(())
    }
}

impl Advice {
    /// Writes the totals, what was lost, and which allocator was measured.
    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = amount(&self.allocated);
        let summary = match self.recommended {
            // Sites that may be worth a change are marked in the list.
            0 if self.caveats.contains(&Caveat::Lifetimes) => format!(
                "Without lifetimes, it is not known which sites are worth a change. In total: {all}."
            ),
            0 => format!("No site is worth a change. In total: {all}."),
            _ => format!(
                "{}: {} of {all}.",
                match self.recommended {
                    1 => "1 line is worth a change, and would save".to_owned(),
                    many => format!("{many} lines are worth a change, and would save together"),
                },
                amount(&self.saves)
            ),
        };
        wrapped(f, "", "", &summary)?;
        if self.lost_samples > 0 {
            let lost = format!("Lost samples: {}.", self.lost_samples);
            wrapped(f, "", "", &lost)?;
        }
        let source = match self.allocator {
            Some(Allocator::Profiled) => "Times are those of the profiled program's allocator.",
            Some(Allocator::Given) => {
                "Times are those of this program's allocator, because the profile has none."
            }
            None => return Ok(()),
        };
        wrapped(f, "", "", source)
    }
}

/// Whether a site is listed: it has not too few allocations, or 1 % of all allocations or bytes.
fn is_shown(site: &Site) -> bool {
    let is_small = site.share_of_allocations < 0.01 && site.share_of_bytes < 0.01;
    site.no_action != Some(NoAction::Rare) || !is_small
}

/// A number of things.
fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        many => format!("{many} {what}s"),
    }
}
