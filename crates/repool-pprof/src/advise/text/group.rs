//! Prints a group: a line of the user's with its source, and the sites that it leads to.

use std::fmt;

use super::amount::amount;
use super::site::{NAME, source, write_figures};
use super::wrap::{shortened, shortened_front, wrapped};
use crate::advise::{Advice, Group, Site};

/// The most sites of a group that are printed.
const MAX_SITES: usize = 3;

/// Writes a group with its number.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    number: usize,
    group: &Group,
    advice: &Advice,
) -> fmt::Result {
    writeln!(
        f,
        "{number:>3}. {}",
        shortened(&group.location.function, NAME)
    )?;
    if let Some(source) = source(&group.location) {
        writeln!(f, "     {}", shortened_front(&source, NAME))?;
    }
    if let Some(text) = &group.source {
        writeln!(f, "     > {}", shortened(text, NAME - 2))?;
    }
    let sites: Vec<&Site> = group
        .sites
        .iter()
        .map(|site| &advice.sites[*site])
        .collect();
    if let [site] = sites[..]
        && site.own_code
    {
        return write_figures(f, site);
    }
    write_summary(f, group, &sites)?;
    for site in sites.iter().take(MAX_SITES) {
        let what = match (&site.crate_name, site.own_code) {
            (_, true) => "here".to_owned(),
            (Some(name), false) => format!("in {name}"),
            (None, false) => "in a library".to_owned(),
        };
        let location = source(&site.location).unwrap_or_default();
        let head = format!("{what}: {} {location}", site.location.function);
        wrapped(f, "   - ", "     ", head.trim_end())?;
        write_figures(f, site)?;
    }
    if let more @ 1.. = sites.len().saturating_sub(MAX_SITES) {
        wrapped(
            f,
            "   - ",
            "     ",
            &format!("{more} more of this line; --sites lists them"),
        )?;
    }
    Ok(())
}

/// Writes what all sites of a group allocate, through which crates, and what can be saved.
fn write_summary(f: &mut fmt::Formatter<'_>, group: &Group, sites: &[&Site]) -> fmt::Result {
    let mut crates: Vec<&str> = Vec::new();
    for site in sites.iter().filter(|site| !site.own_code) {
        let name = site.crate_name.as_deref().unwrap_or("a library");
        if !crates.contains(&name) {
            crates.push(name);
        }
    }
    let mut text = amount(&group.allocated);
    if !crates.is_empty() {
        text += &format!(", through {}", crates.join(", "));
    }
    if group.author_only {
        text += "; only the author of the dependency can save here";
    } else if sites.len() > 1 && group.saves.allocations > 0 {
        text += &format!("; the best of each saves {}", amount(&group.saves));
    }
    wrapped(f, "     ", "     ", &text)
}
