//! Parses the memory map at the end of a heap profile as text, in the form of `/proc/PID/maps` or in
//! gperftools' short form, and finds the mapping of each location.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::{Mapping, Profile, StringId, StringTable};
use super::lines::TextLines;

/// The most variables that are kept. Real files have one or two; a hostile file may define one in
/// each line.
const MAX_VARIABLES: usize = 16;

/// The most bytes that values of variables add to a map; beyond that, variables expand to nothing.
const MAX_EXPANDED: usize = 1 << 20;

/// The load address of programs that are not position-independent, on x86-64.
const FIXED_START: u64 = 0x40_0000;

/// The executable mappings; the program is first.
pub(super) struct MemoryMap {
    mappings: Vec<Mapping>,
}

impl MemoryMap {
    /// Parses the rest of a file. Skips lines that are not mappings; `name=value` defines the value
    /// of `$name` in the lines after it.
    pub(super) fn read(lines: TextLines<'_>, strings: &mut StringTable) -> Self {
        let mut all: Vec<Mapping> = Vec::new();
        let mut variables: Vec<(String, String)> = Vec::new();
        let mut left = MAX_EXPANDED;
        for line in lines {
            let text = expanded(without_log_prefix(&line.text), &variables, &mut left);
            match MapEntry::parse(&text) {
                Some(MapEntry::Mapping(fields)) => all.extend(fields.mapping(strings)),
                Some(MapEntry::NotExecutable) => {}
                None => {
                    let has_room = variables.len() < MAX_VARIABLES;
                    if let Some((name, value)) = text.split_once('=').filter(|_| has_room) {
                        variables.push((format!("${}", name.trim()), value.trim().to_owned()));
                    }
                }
            }
        }
        let mut merged: Vec<Mapping> = Vec::with_capacity(all.len());
        for mapping in all {
            match merged
                .last_mut()
                .filter(|last| are_adjacent(last, &mapping))
            {
                Some(last) => {
                    last.limit = mapping.limit;
                    if !mapping.file.is_empty() {
                        last.file = mapping.file;
                    }
                    if !mapping.build_id.is_empty() {
                        last.build_id = mapping.build_id;
                    }
                }
                None => merged.push(mapping),
            }
        }
        let is_program = |mapping: &Mapping| is_program(strings.get(mapping.file));
        if let Some(program) = merged.iter().position(is_program) {
            merged.swap(0, program);
        }
        Self { mappings: merged }
    }

    /// Sets the mapping of each location of the profile by its address.
    pub(super) fn assign(mut self, profile: &mut Profile) {
        // Huge pages that the program's code was copied to are not a mapping of their own.
        if let [first, second, ..] = &*self.mappings
            && profile.string(first.file).starts_with("/anon_hugepage")
            && first.limit == second.start
        {
            self.mappings.remove(0);
        }
        if let Some(program) = self.mappings.first_mut()
            && program.start.wrapping_sub(program.offset) == FIXED_START
        {
            (program.start, program.offset) = (FIXED_START, 0);
        }
        let mut unknown = None;
        for location in &mut profile.locations {
            let address = location.address;
            if address == 0 {
                continue;
            }
            let found = self.find(address).unwrap_or_else(|| {
                *unknown.get_or_insert_with(|| {
                    self.mappings.push(Mapping {
                        limit: u64::MAX,
                        ..Mapping::default()
                    });
                    self.mappings.len() - 1
                })
            });
            location.mapping = u32::try_from(found).ok();
        }
        profile.mappings = self.mappings;
    }

    /// The index of the mapping that contains an address. If the map has no line for the first part
    /// of a file, extends the mapping behind it to that part.
    fn find(&mut self, address: u64) -> Option<usize> {
        let holds = |mapping: &Mapping| mapping.start <= address && address < mapping.limit;
        if let Some(found) = self.mappings.iter().position(holds) {
            return Some(found);
        }
        let found = self.mappings.iter().position(|mapping| {
            let begin = mapping.start.wrapping_sub(mapping.offset);
            mapping.offset != 0 && begin <= address && address < mapping.start
        })?;
        let mapping = &mut self.mappings[found];
        mapping.start = mapping.start.wrapping_sub(mapping.offset);
        mapping.offset = 0;
        Some(found)
    }
}

/// Whether two lines describe adjacent parts of one mapping.
fn are_adjacent(one: &Mapping, next: &Mapping) -> bool {
    let same = |one: StringId, other: StringId| one.is_empty() || other.is_empty() || one == other;
    let size = one.limit.wrapping_sub(one.start);
    same(one.file, next.file)
        && same(one.build_id, next.build_id)
        && one.limit == next.start
        && (one.offset == 0 || next.offset == 0 || one.offset.wrapping_add(size) == next.offset)
}

/// Whether a file may be the program: it has a name, which is not a shared library's.
fn is_program(file: &str) -> bool {
    static LIBRARY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[.]so$|[.]so[._][0-9]+").expect("the expression is valid"));
    let file = file.replace("(deleted)", "");
    let file = file.trim();
    !file.is_empty() && !file.starts_with('[') && !LIBRARY.is_match(file)
}

/// A parsed line of the map.
enum MapEntry<'a> {
    Mapping(MapFields<'a>),
    /// A mapping that is not executable.
    NotExecutable,
}

/// The fields of an executable mapping's line; a missing field is empty.
struct MapFields<'a> {
    start: &'a str,
    limit: &'a str,
    offset: &'a str,
    file: &'a str,
    build_id: &'a str,
}

impl<'a> MapEntry<'a> {
    /// Parses a line; `None` if it is not a mapping.
    fn parse(line: &'a str) -> Option<Self> {
        // START-LIMIT PERMISSIONS OFFSET MAJOR:MINOR INODE FILE.
        static KERNEL: LazyLock<Regex> = LazyLock::new(|| {
            let text = format!(
                r"{RANGE}{PERMISSIONS}(?:\s+([[:xdigit:]]+))?\s+[[:xdigit:]]+:[[:xdigit:]]+\s+\d+(?:\s+(\S+))?"
            );
            Regex::new(&text).expect("the expression is valid")
        });
        // START-LIMIT: PERMISSIONS FILE (@OFFSET) BUILD_ID.
        static SHORT: LazyLock<Regex> = LazyLock::new(|| {
            let text = format!(
                r"{RANGE}{PERMISSIONS}(?:\s+(\S+))?(?:\s+\(@([[:xdigit:]]+)\))?(?:\s+([[:xdigit:]]+))?"
            );
            Regex::new(&text).expect("the expression is valid")
        });
        let group = |found: &Captures<'a>, at| found.get(at).map_or("", |found| found.as_str());
        let (found, [offset, file, build_id]) = match KERNEL.captures(line) {
            Some(found) => {
                let fields = [group(&found, 4), group(&found, 5), ""];
                (found, fields)
            }
            None => {
                let found = SHORT.captures(line)?;
                let fields = [group(&found, 5), group(&found, 4), group(&found, 6)];
                (found, fields)
            }
        };
        let permissions = group(&found, 3);
        if !permissions.is_empty() && !permissions.contains('x') {
            return Some(Self::NotExecutable);
        }
        Some(Self::Mapping(MapFields {
            start: group(&found, 1),
            limit: group(&found, 2),
            offset,
            file,
            build_id,
        }))
    }
}

/// Matches two addresses, separated by `-` or a space.
const RANGE: &str = r"^\s*(?:0x)?([[:xdigit:]]+)[\s-]?\s*(?:0x)?([[:xdigit:]]+):?";

/// Matches permissions as in `r-xp`.
const PERMISSIONS: &str = r"(?:\s+([-rwxp]+))?";

impl MapFields<'_> {
    /// The mapping; `None` if a number has more than 64 bits.
    fn mapping(&self, strings: &mut StringTable) -> Option<Mapping> {
        let number = |text: &str| u64::from_str_radix(text, 16).ok();
        Some(Mapping {
            start: number(self.start)?,
            limit: number(self.limit)?,
            offset: match self.offset {
                "" => 0,
                offset => number(offset)?,
            },
            file: strings.add(self.file),
            build_id: strings.add(self.build_id),
            ..Mapping::default()
        })
    }
}

/// A line without a logger's prefix, as in `W1127 12:00:00 app.cc:12] `.
fn without_log_prefix(line: &str) -> &str {
    static PREFIX: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[^\[\]]+:[0-9]+\]\s").expect("the expression is valid"));
    PREFIX.find(line).map_or(line, |found| &line[found.end()..])
}

/// Expands the variables of a line. If the names of several match, the one that was defined first is
/// used. `left` is the number of bytes that values may still add.
fn expanded(line: &str, variables: &[(String, String)], left: &mut usize) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        let variable = variables.iter().find(|(name, _)| rest.starts_with(&**name));
        if let Some((name, value)) = variable {
            if let Some(rest) = left.checked_sub(value.len()) {
                text.push_str(value);
                *left = rest;
            }
            rest = &rest[name.len()..];
        } else {
            text.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    text
}
