//! Prints an advice as text for a terminal: a summary, a list of sites, and the caveats.

use std::fmt;

use super::quantity::{bytes, count, figure, percent, time};
use super::recommendation::{Action, Rates};
use super::site::{Caller, SourceLocation};
use super::{Advice, Allocator, Amount, Caveat, NoAction, Site, reasons};

/// The most columns of a line.
const WIDTH: usize = 100;
/// The most columns of a function's name or a path, beside the number of its site.
const NAME: usize = WIDTH - 6;
/// The columns of an action's name.
const ACTION: usize = 24;

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.summary(f)?;
        let is_shown = |site: &&Site| site.no_action != Some(NoAction::Rare) || !is_small(site);
        let shown: Vec<&Site> = self.sites.iter().filter(is_shown).collect();
        for (number, site) in shown.iter().enumerate() {
            writeln!(f)?;
            write_site(f, number + 1, site)?;
        }
        let rare = (self.sites.len() - shown.len()) as u64;
        match (rare, self.more_sites) {
            (0, 0) => {}
            (rare, 0) => writeln!(
                f,
                "\n{} more, with too few allocations to matter.",
                sites(rare)
            )?,
            (rare, more) => writeln!(f, "\n{} more.", sites(rare.saturating_add(more)))?,
        }
        writeln!(f, "\nCaveats:")?;
        for caveat in &self.caveats {
            wrapped(f, "- ", "  ", &caveat.to_string())?;
        }
        Ok(())
    }
}

impl Advice {
    /// Writes the totals, and which allocator was measured.
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
                    1 => "1 site is worth a change, and would save".to_owned(),
                    many => format!("{many} sites are worth a change, and would save together"),
                },
                amount(&self.saving)
            ),
        };
        wrapped(f, "", "", &summary)?;
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

/// Whether a site has less than 1 % of all allocations and of all bytes.
fn is_small(site: &Site) -> bool {
    site.share_of_allocations < 0.01 && site.share_of_bytes < 0.01
}

/// Writes a site: its statistics, recommendations and callers.
fn write_site(f: &mut fmt::Formatter<'_>, number: usize, site: &Site) -> fmt::Result {
    writeln!(
        f,
        "{number:>3}. {}",
        shortened(&site.location.function, NAME)
    )?;
    if let Some(source) = source(&site.location) {
        writeln!(f, "     {}", shortened_front(&source, NAME))?;
    }
    let what = format!(
        "{}; {} of all allocations, {} of the bytes; {}",
        amount(&site.allocated),
        percent(site.share_of_allocations),
        percent(site.share_of_bytes),
        sizes(site)
    );
    wrapped(f, "     ", "     ", &what)?;
    let mut before = "do  ";
    for recommendation in &site.recommendations {
        let name = name(recommendation.action, site);
        let saving = format!(
            "saves {}: {}",
            amount(&recommendation.saving),
            recommendation.why
        );
        let first = format!("     {before} {name:<ACTION$} ");
        wrapped(f, &first, &" ".repeat(11 + ACTION), &saving)?;
        before = "or  ";
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
fn name(action: Action, site: &Site) -> &'static str {
    let one_size = site.sizes.least == site.sizes.greatest;
    match action {
        Action::Scratch if one_size && site.growths == 0 => "one object, kept",
        Action::Scratch if site.is_table => "one table, kept",
        Action::Scratch => "one scratch buffer, kept",
        Action::Pool => "Pool<T>",
        Action::PoolOfBuffers if site.is_table => "Pool<HashMap<_, _>>",
        Action::PoolOfBuffers => "Pool<Vec<_>>",
        Action::BufPool => "BufPool",
        Action::WithCapacity => "with_capacity",
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
fn source(location: &SourceLocation) -> Option<String> {
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

/// An amount for one operation or one second if these are known, else in total.
fn amount(amount: &Amount) -> String {
    let (rates, per) = match (&amount.per_operation, &amount.per_second) {
        (Some(rates), _) => (*rates, "/op"),
        (None, Some(rates)) => (*rates, "/s"),
        (None, None) => {
            let total = Rates {
                allocations: amount.allocations as f64,
                bytes: amount.bytes as f64,
                ns: amount.ns,
            };
            (total, "")
        }
    };
    let ns = match (rates.ns, per) {
        (Some(ns), "/op") => format!(", {} ns/op", figure(ns)),
        (Some(ns), _) => format!(", {}{per}", time(ns)),
        (None, _) => String::new(),
    };
    if per == "/op" {
        return format!(
            "{} B/op, {} allocs/op{ns}",
            figure(rates.bytes),
            figure(rates.allocations)
        );
    }
    format!(
        "{}{per}, {} allocations{per}{ns}",
        bytes(rates.bytes),
        count(rates.allocations)
    )
}

/// A number of sites.
fn sites(count: u64) -> String {
    match count {
        1 => "1 site".to_owned(),
        many => format!("{many} sites"),
    }
}

/// A text of at most `most` characters; an ellipsis replaces the middle of a longer one.
fn shortened(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let front = most / 3;
    let back = most - front - 1;
    let start: String = text.chars().take(front).collect();
    let end: String = text.chars().skip(length - back).collect();
    format!("{start}…{end}")
}

/// A text of at most `most` characters; an ellipsis replaces the beginning of a longer one.
fn shortened_front(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let end: String = text.chars().skip(length - most + 1).collect();
    format!("…{end}")
}

/// Writes a text in lines of at most [`WIDTH`] columns. `first` begins the first line, `next` the
/// others. A number and its unit stay on one line.
fn wrapped(f: &mut fmt::Formatter<'_>, first: &str, next: &str, text: &str) -> fmt::Result {
    let mut line = first.to_owned();
    let mut is_empty = true;
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let mut word = word.to_owned();
        let is_number = |word: &str| word.ends_with(|end: char| end.is_ascii_digit());
        while is_number(&word) && words.peek().is_some() {
            word.push(' ');
            word.push_str(words.next().unwrap_or_default());
        }
        let space = usize::from(!is_empty);
        if !is_empty && line.chars().count() + space + word.chars().count() > WIDTH {
            writeln!(f, "{}", line.trim_end())?;
            line = next.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(&word);
        is_empty = false;
    }
    writeln!(f, "{}", line.trim_end())
}
