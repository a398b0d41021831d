//! Advice as text for a terminal: a list, what it comes to, and what is not known.

use std::fmt;

use super::choice::{Kind, Rates};
use super::quantity::{bytes, count, figure, percent, time};
use super::site::{Caller, Place};
use super::{Advice, Allocator, Amount, Nothing, Site, Unknown, reasons};

const WIDTH: usize = 100;
/// Names are shortened to fit beside a number.
const NAME: usize = WIDTH - 6;
/// What a choice is called takes so many columns.
const CHOICE: usize = 24;

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.summary(f)?;
        let is_told = |site: &&Site| site.nothing != Some(Nothing::Rare) || !is_small(site);
        let told_sites: Vec<&Site> = self.sites.iter().filter(is_told).collect();
        for (number, site) in told_sites.iter().enumerate() {
            writeln!(f)?;
            told(f, number + 1, site)?;
        }
        let rare = (self.sites.len() - told_sites.len()) as u64;
        match (rare, self.more_sites) {
            (0, 0) => {}
            (rare, 0) => writeln!(f, "\n{} more, too rare to matter.", sites(rare))?,
            (rare, more) => writeln!(f, "\n{} more.", sites(rare.saturating_add(more)))?,
        }
        writeln!(f, "\nNot known:")?;
        for unknown in &self.unknowns {
            wrapped(f, "- ", "  ", &unknown.to_string())?;
        }
        Ok(())
    }
}

impl Advice {
    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = amount(&self.allocated);
        let summary = match self.recommended {
            // What may be worth it is told with each.
            0 if self.unknowns.contains(&Unknown::Lifetimes) => format!(
                "What is worth a change cannot be told without lifetimes. All together: {all}."
            ),
            0 => format!("No site is worth a change. All together: {all}."),
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
        let whose = match self.allocator {
            Some(Allocator::Profiled) => "The times are of the profiled program's allocator.",
            Some(Allocator::Given) => {
                "The times are of this program's allocator, as the profile has none."
            }
            None => return Ok(()),
        };
        wrapped(f, "", "", whose)
    }
}

/// Whether a site has next to nothing of all allocations and bytes.
fn is_small(site: &Site) -> bool {
    site.share_of_allocations < 0.01 && site.share_of_bytes < 0.01
}

fn told(f: &mut fmt::Formatter<'_>, number: usize, site: &Site) -> fmt::Result {
    writeln!(f, "{number:>3}. {}", shortened(&site.place.function, NAME))?;
    if let Some(place) = source(&site.place) {
        writeln!(f, "     {}", shortened_front(&place, NAME))?;
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
    for choice in &site.choices {
        let name = name(choice.kind, site);
        let saving = format!("saves {}: {}", amount(&choice.saving), choice.why);
        let first = format!("     {before} {name:<CHOICE$} ");
        wrapped(f, &first, &" ".repeat(11 + CHOICE), &saving)?;
        before = "or  ";
    }
    if let Some(nothing) = site.nothing {
        wrapped(f, "     do   ", "          ", reasons::nothing(nothing))?;
    }
    if !site.why.is_empty() {
        wrapped(f, "     why  ", "          ", &site.why)?;
    }
    let mut before = "from";
    for caller in &site.callers {
        told_caller(f, before, caller, site)?;
        before = "    ";
    }
    Ok(())
}

fn told_caller(
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

/// What a choice is called here.
fn name(kind: Kind, site: &Site) -> &'static str {
    let one_size = site.sizes.least == site.sizes.greatest;
    match kind {
        Kind::Scratch if one_size && site.growths == 0 => "one object, kept",
        Kind::Scratch if site.is_table => "one table, kept",
        Kind::Scratch => "one scratch buffer, kept",
        Kind::Pool => "Pool<T>",
        Kind::PoolOfBuffers if site.is_table => "Pool<HashMap<_, _>>",
        Kind::PoolOfBuffers => "Pool<Vec<_>>",
        Kind::BufPool => "BufPool",
        Kind::WithCapacity => "with_capacity",
    }
}

fn sizes(site: &Site) -> String {
    let sizes = &site.sizes;
    let size = |size: u64| bytes(size as f64);
    if sizes.least == sizes.greatest {
        return format!("all of {}", size(sizes.least));
    }
    format!(
        "{} to {}, median {}",
        size(sizes.least),
        size(sizes.greatest),
        size(sizes.median)
    )
}

fn source(place: &Place) -> Option<String> {
    const REGISTRY: &str = "/registry/src/";
    let file = place.file.as_deref()?;
    // From Cargo's registry the crate and its version do.
    let below = file
        .split_once(REGISTRY)
        .and_then(|(_, below)| below.split_once('/'));
    let file = below.map_or(file, |(_, file)| file);
    Some(match place.line {
        Some(line) => format!("{file}:{line}"),
        None => file.to_owned(),
    })
}

/// For an operation or a second where that is known, else in total.
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

fn sites(count: u64) -> String {
    match count {
        1 => "1 site".to_owned(),
        many => format!("{many} sites"),
    }
}

/// At most so many characters, with what is in the middle left out.
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

/// At most so many characters, with what is in front left out.
fn shortened_front(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let end: String = text.chars().skip(length - most + 1).collect();
    format!("…{end}")
}

/// Words in lines of the page's width, each line with what is to be in front of it. Words that are
/// a figure and its unit stay together.
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
