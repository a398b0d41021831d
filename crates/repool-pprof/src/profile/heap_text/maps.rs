//! The memory map that such a profile ends with, in the form of `/proc/PID/maps` or a shorter one.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::{Mapping, Profile, Texts};
use super::lines::Lines;

/// The most variables that are kept: real files have one or two, made-up ones as many as they have
/// lines.
const MOST_VARIABLES: usize = 16;

/// The most bytes that come from variables in all; from then on they stand for nothing.
const MOST_REPLACED: usize = 1 << 20;

/// Where programs are loaded that do not move.
const FIXED_START: u64 = 0x40_0000;

/// The files that are mapped executable; the program comes first.
pub(super) struct Maps {
    all: Vec<Mapping>,
}

impl Maps {
    /// Reads the rest of a file. Lines that are no mappings are passed over; `name=value` defines
    /// what `$name` stands for from there on.
    pub(super) fn read(lines: Lines<'_>, texts: &mut Texts) -> Self {
        let mut all: Vec<Mapping> = Vec::new();
        let mut variables: Vec<(String, String)> = Vec::new();
        let mut left = MOST_REPLACED;
        for line in lines {
            let text = replaced(without_log_prefix(&line.text), &variables, &mut left);
            match Entry::parse(&text) {
                Some(Entry::Mapping(fields)) => all.extend(fields.mapping(texts)),
                Some(Entry::NoCode) => {}
                None => {
                    let is_room = variables.len() < MOST_VARIABLES;
                    if let Some((name, value)) = text.split_once('=').filter(|_| is_room) {
                        variables.push((format!("${}", name.trim()), value.trim().to_owned()));
                    }
                }
            }
        }
        let mut merged: Vec<Mapping> = Vec::with_capacity(all.len());
        for mapping in all {
            match merged.last_mut().filter(|last| are_one(last, &mapping)) {
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
        let is_program = |mapping: &Mapping| is_program(texts.get(mapping.file));
        if let Some(program) = merged.iter().position(is_program) {
            merged.swap(0, program);
        }
        Self { all: merged }
    }

    /// Gives each location of the profile the mapping that its address is in.
    pub(super) fn assign(mut self, profile: &mut Profile) {
        // Memory that the program's code was copied to.
        if let [first, second, ..] = &*self.all
            && profile.text(first.file).starts_with("/anon_hugepage")
            && first.limit == second.start
        {
            self.all.remove(0);
        }
        if let Some(program) = self.all.first_mut()
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
                    self.all.push(Mapping {
                        limit: u64::MAX,
                        ..Mapping::default()
                    });
                    self.all.len() - 1
                })
            });
            location.mapping = u32::try_from(found).ok();
        }
        profile.mappings = self.all;
    }

    /// The mapping that an address is in. The first part of a file may be mapped without its own
    /// line; then the mapping behind it is extended.
    fn find(&mut self, address: u64) -> Option<usize> {
        let holds = |mapping: &Mapping| mapping.start <= address && address < mapping.limit;
        if let Some(found) = self.all.iter().position(holds) {
            return Some(found);
        }
        let found = self.all.iter().position(|mapping| {
            let begin = mapping.start.wrapping_sub(mapping.offset);
            mapping.offset != 0 && begin <= address && address < mapping.start
        })?;
        let mapping = &mut self.all[found];
        mapping.start = mapping.start.wrapping_sub(mapping.offset);
        mapping.offset = 0;
        Some(found)
    }
}

/// Whether two lines are of one mapping that was split in two.
fn are_one(one: &Mapping, next: &Mapping) -> bool {
    let same = |one: super::super::Text, other: super::super::Text| {
        one.is_empty() || other.is_empty() || one == other
    };
    let size = one.limit.wrapping_sub(one.start);
    same(one.file, next.file)
        && same(one.build_id, next.build_id)
        && one.limit == next.start
        && (one.offset == 0 || next.offset == 0 || one.offset.wrapping_add(size) == next.offset)
}

/// Whether a file may be the program: it has a name, and is no library.
fn is_program(file: &str) -> bool {
    static LIBRARY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[.]so$|[.]so[._][0-9]+").expect("it is one"));
    let file = file.replace("(deleted)", "");
    let file = file.trim();
    !file.is_empty() && !file.starts_with('[') && !LIBRARY.is_match(file)
}

/// A line of the map.
enum Entry<'a> {
    Mapping(Fields<'a>),
    /// A mapping that is not executable.
    NoCode,
}

/// What a line says of a mapping; empty where it says nothing.
struct Fields<'a> {
    start: &'a str,
    limit: &'a str,
    offset: &'a str,
    file: &'a str,
    build_id: &'a str,
}

impl<'a> Entry<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        // START-LIMIT PERMISSIONS OFFSET MAJOR:MINOR INODE FILE.
        static KERNEL: LazyLock<Regex> = LazyLock::new(|| {
            let text = format!(
                r"{RANGE}{PERMISSIONS}(?:\s+([[:xdigit:]]+))?\s+[[:xdigit:]]+:[[:xdigit:]]+\s+\d+(?:\s+(\S+))?"
            );
            Regex::new(&text).expect("it is one")
        });
        // START-LIMIT: PERMISSIONS FILE (@OFFSET) BUILD_ID.
        static SHORT: LazyLock<Regex> = LazyLock::new(|| {
            let text = format!(
                r"{RANGE}{PERMISSIONS}(?:\s+(\S+))?(?:\s+\(@([[:xdigit:]]+)\))?(?:\s+([[:xdigit:]]+))?"
            );
            Regex::new(&text).expect("it is one")
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
            return Some(Self::NoCode);
        }
        Some(Self::Mapping(Fields {
            start: group(&found, 1),
            limit: group(&found, 2),
            offset,
            file,
            build_id,
        }))
    }
}

/// Two addresses, with a `-` or a space between them.
const RANGE: &str = r"^\s*(?:0x)?([[:xdigit:]]+)[\s-]?\s*(?:0x)?([[:xdigit:]]+):?";

/// As in `r-xp`.
const PERMISSIONS: &str = r"(?:\s+([-rwxp]+))?";

impl Fields<'_> {
    /// `None` if a number has more than 64 bits.
    fn mapping(&self, texts: &mut Texts) -> Option<Mapping> {
        let number = |text: &str| u64::from_str_radix(text, 16).ok();
        Some(Mapping {
            start: number(self.start)?,
            limit: number(self.limit)?,
            offset: match self.offset {
                "" => 0,
                offset => number(offset)?,
            },
            file: texts.add(self.file),
            build_id: texts.add(self.build_id),
            ..Mapping::default()
        })
    }
}

/// A line without what a logger put before it, as in `W1127 12:00:00 app.cc:12] `.
fn without_log_prefix(line: &str) -> &str {
    static PREFIX: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[^\[\]]+:[0-9]+\]\s").expect("it is one"));
    PREFIX.find(line).map_or(line, |found| &line[found.end()..])
}

/// A line with the values of variables in place of their names; of two that begin alike the one
/// that was defined first counts. At most `left` bytes come from values.
fn replaced(line: &str, variables: &[(String, String)], left: &mut usize) -> String {
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
