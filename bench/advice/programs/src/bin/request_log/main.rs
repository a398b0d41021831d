//! Lines of a log are parsed with `regex`, whose `captures` makes a list of positions for each line.

use programs::{bench, cycle, log_text};
use regex::{CaptureLocations, Regex};
use repool::{Pool, StaticPool};
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

#[inline(never)]
fn parse(pattern: &Regex, line: &str) -> usize {
    let found = pattern.captures(line).expect("the line matches"); // line: parse
    found[2].len() + found[3].len()
}

#[inline(never)]
fn parse_into(pattern: &Regex, line: &str, found: &mut CaptureLocations) -> usize {
    pattern
        .captures_read(found, line)
        .expect("the line matches");
    let len = |group| found.get(group).map_or(0, |(start, end)| end - start);
    len(2) + len(3)
}

static FOUND: StaticPool<Option<CaptureLocations>> = Pool::with(|| None, |_| true);

#[inline(never)]
fn parse_pooled(pattern: &Regex, line: &str) -> usize {
    let mut found = FOUND.get();
    let found = found.get_or_insert_with(|| pattern.capture_locations());
    parse_into(pattern, line, found)
}

fn main() {
    let pattern = r"(?<host>host\d+) svc\[\d+\]: request (?<path>\S+) took (?<us>\d+) us";
    let pattern = Regex::new(pattern).expect("a pattern");
    let log = log_text(20_000, 5);
    let lines: Vec<&str> = log.lines().filter(|line| pattern.is_match(line)).collect();
    let mut next = cycle(lines.len());
    let mut found = pattern.capture_locations();
    let mut harness = Bench::new();
    bench(&mut harness, "A", || parse(&pattern, lines[next()]));
    bench(&mut harness, "B", || parse_pooled(&pattern, lines[next()]));
    bench(&mut harness, "Reused", || {
        parse_into(&pattern, lines[next()], &mut found)
    });
}
