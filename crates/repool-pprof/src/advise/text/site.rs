//! Prints a site: its statistics, recommendations and callers.

use std::fmt;

use super::amount::amount;
use super::wrap::{WIDTH, shortened, shortened_front, wrapped};
use crate::advise::quantity::{bytes, percent};
use crate::advise::{Action, Caller, ObjectKind, Site, SourceLocation, reasons};

/// The most columns of a function's name or a path, beside the number of its site.
pub(super) const NAME: usize = WIDTH - 6;
/// The columns of an action's name.
const ACTION: usize = 24;

/// Writes a site with its number.
pub(super) fn write_numbered(
    f: &mut fmt::Formatter<'_>,
    number: usize,
    site: &Site,
) -> fmt::Result {
    writeln!(
        f,
        "{number:>3}. {}",
        shortened(&site.location.function, NAME)
    )?;
    if let Some(source) = source(&site.location) {
        writeln!(f, "     {}", shortened_front(&source, NAME))?;
    }
    if let Some(via) = site.via.as_ref().filter(|via| **via != site.location) {
        let line = source(via).unwrap_or_else(|| via.function.clone());
        let what = match site.author_only {
            true => "reached by, but not to be changed at",
            false => "reached by",
        };
        wrapped(f, "     ", "     ", &format!("{what} {line}"))?;
    } else if site.author_only {
        wrapped(f, "     ", "     ", "no line of your own leads here")?;
    }
    write_figures(f, site)
}

/// Writes a site's statistics, recommendations and callers.
pub(super) fn write_figures(f: &mut fmt::Formatter<'_>, site: &Site) -> fmt::Result {
    let what = format!(
        "{}; {} of all allocations, {} of the bytes; {}",
        amount(&site.allocated),
        percent(site.share_of_allocations),
        percent(site.share_of_bytes),
        sizes(site)
    );
    wrapped(f, "     ", "     ", &what)?;
    let (mut before, other) = match site.author_only {
        true => ("for its author:", "for its author:"),
        false => ("do  ", "or  "),
    };
    for recommendation in &site.recommendations {
        let name = name(recommendation.action, site);
        let saving = format!(
            "saves {}: {}",
            amount(&recommendation.saves),
            recommendation.reason
        );
        let first = format!("     {before} {name:<ACTION$} ");
        wrapped(f, &first, &" ".repeat(11 + ACTION), &saving)?;
        before = other;
    }
    if let Some(reason) = site.no_action {
        wrapped(f, "     do   ", "          ", reasons::no_action(reason))?;
    }
    if !site.why.is_empty() {
        wrapped(f, "     why  ", "          ", &site.why)?;
    }
    let mut before = "from";
    for caller in &site.callers {
        write_caller(f, before, caller, site)?;
        before = "    ";
    }
    Ok(())
}

/// Writes a call path, with the fraction of the site's bytes.
fn write_caller(
    f: &mut fmt::Formatter<'_>,
    before: &str,
    caller: &Caller,
    site: &Site,
) -> fmt::Result {
    let share = caller.bytes as f64 / site.allocated.bytes.max(1) as f64;
    write!(f, "     {before} {:>6} ", percent(share))?;
    let mut left = WIDTH - 17;
    for (number, call) in caller.calls.iter().enumerate() {
        let line = call.line.map(|line| format!(":{line}")).unwrap_or_default();
        let name = shortened(&call.function, 40) + &line;
        let arrow = if number == 0 { "" } else { " < " };
        let len = arrow.len() + name.chars().count();
        if number > 0 && len > left {
            writeln!(f)?;
            write!(f, "{}", " ".repeat(17))?;
            left = WIDTH - 17;
        }
        write!(f, "{arrow}{name}")?;
        left = left.saturating_sub(len);
    }
    writeln!(f)
}

/// The name of an action for a site.
pub(super) fn name(action: Action, site: &Site) -> &'static str {
    match (action, site.kind) {
        (Action::Scratch, ObjectKind::Value) => "one object, kept",
        (Action::Scratch, ObjectKind::Table) => "one table, kept",
        (Action::Scratch, _) => "one scratch buffer, kept",
        (Action::ThreadLocal, ObjectKind::Value) => "thread_local object",
        (Action::ThreadLocal, _) => "thread_local buffer",
        (Action::Pool, ObjectKind::Value) => "Pool<T>",
        (Action::Pool, ObjectKind::Table) => "Pool<HashMap<_, _>>",
        (Action::Pool, ObjectKind::Bytes) => "Pool<Vec<u8> or String>",
        (Action::Pool, _) => "Pool<Vec<_>>",
        (Action::BufPool, _) if site.kind == ObjectKind::Bytes => "BufPool",
        (Action::BufPool, _) => "BufPool, if of bytes",
        (Action::WithCapacity, _) => "with_capacity",
        (Action::PassBuffer, ObjectKind::Value) => "pass a value in",
        (Action::PassBuffer, _) => "pass a buffer in",
        (Action::Borrow, _) => "borrow, or allocate later",
        (Action::None, _) => "nothing",
    }
}

/// The sizes of a site's objects.
fn sizes(site: &Site) -> String {
    let sizes = &site.sizes;
    let size = |size: u64| bytes(size as f64);
    if sizes.least == sizes.greatest {
        return format!("{} each", size(sizes.least));
    }
    format!(
        "{} to {}, median {}",
        size(sizes.least),
        size(sizes.greatest),
        size(sizes.median)
    )
}

/// The file and line of a location, as `file:line`.
pub(super) fn source(location: &SourceLocation) -> Option<String> {
    const REGISTRY: &str = "/registry/src/";
    let file = location.file.as_deref()?;
    // For a file in Cargo's registry, begins with the crate's name and version.
    let below = file
        .split_once(REGISTRY)
        .and_then(|(_, below)| below.split_once('/'));
    let file = below.map_or(file, |(_, file)| file);
    Some(match location.line {
        Some(line) => format!("{file}:{line}"),
        None => file.to_owned(),
    })
}
