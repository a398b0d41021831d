//! Builds the tables of a profile that samples refer to: strings, functions, locations and mappings.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use repool_profile::proto;
use repool_profile::symbols::{Frame, Module, ResolvedLine, code_segment};

use crate::snapshot::Stack;

/// Interns locations, and the functions, mappings and strings that they refer to. Each gets the next
/// id when it is first added.
pub(super) struct LocationTable<'a, F> {
    modules: &'a [Module],
    lines: F,
    /// By frame, and the index of the first of the frame's lines that is in the location.
    locations: HashMap<(Frame, usize), u64>,
    functions: HashMap<(i64, i64, u32), u64>,
    strings: HashMap<Cow<'a, str>, i64>,
    /// The mapping's id by the module's number; 0 if the module has none yet.
    mappings: Vec<u64>,
    /// The locations of stacks without frames, by their names.
    frameless: HashMap<&'static str, u64>,
    /// If each inlined function gets a location of its own: every address in use.
    flat: Option<HashSet<u64>>,
    profile: proto::Profile,
}

impl<'a, F: Fn(Frame) -> &'a [ResolvedLine]> LocationTable<'a, F> {
    pub(super) fn new(modules: &'a [Module], lines: F) -> Self {
        let mut table = Self {
            modules,
            lines,
            locations: HashMap::new(),
            functions: HashMap::new(),
            strings: HashMap::new(),
            mappings: vec![0; modules.len()],
            frameless: HashMap::new(),
            flat: None,
            profile: proto::Profile::default(),
        };
        table.string("");
        // The program is the first mapping, as pprof expects.
        if !modules.is_empty() {
            table.mapping(0);
        }
        table
    }

    /// Gives each inlined function a location of its own from now on. `frames` are all frames of the
    /// profile.
    ///
    /// The outermost function keeps the instruction's address. The others get the next lower
    /// addresses that no frame has.
    pub(super) fn flatten(&mut self, frames: impl Iterator<Item = Frame>) {
        let taken = frames.map(|frame| self.address(frame)).collect();
        self.flat = Some(taken);
    }

    /// The profile, with these tables and nothing else.
    pub(super) fn into_profile(self) -> proto::Profile {
        self.profile
    }

    /// Sets `ids` to the ids of the stack's locations, the innermost first, and `indices` to the
    /// indices of their frames. Leaves out the innermost folded lines unless `whole`.
    pub(super) fn stack(
        &mut self,
        stack: &Stack,
        whole: bool,
        ids: &mut Vec<u64>,
        indices: &mut Vec<usize>,
    ) {
        ids.clear();
        indices.clear();
        let frames = stack.frames();
        if stack.is_overflow() {
            ids.push(self.frameless("[overflow]"));
        } else if frames.is_empty() {
            ids.push(self.frameless("[unknown]"));
        }
        let (first, mut line) = if whole { (0, 0) } else { self.folded(frames) };
        for (index, frame) in frames.iter().enumerate().skip(first) {
            if self.flat.is_some() {
                for line in line..(self.lines)(*frame).len() {
                    ids.push(self.location(*frame, line));
                }
            } else {
                ids.push(self.location(*frame, line));
            }
            line = 0;
            indices.resize(ids.len(), index);
        }
    }

    /// How many frames, and how many lines of the next frame, are left out. Nothing is left out if
    /// no line would remain.
    fn folded(&self, frames: &[Frame]) -> (usize, usize) {
        for (number, frame) in frames.iter().enumerate() {
            if let Some(line) = (self.lines)(*frame).iter().position(|line| !line.folded) {
                return (number, line);
            }
        }
        (0, 0)
    }

    /// The location of a frame, with its line of index `line` and those further out; with that line
    /// alone if inlined functions have locations of their own.
    fn location(&mut self, frame: Frame, line: usize) -> u64 {
        if let Some(id) = self.locations.get(&(frame, line)) {
            return *id;
        }
        let mut lines = &(self.lines)(frame)[line..];
        let mut address = self.address(frame);
        if let Some(taken) = &mut self.flat {
            if lines.len() > 1 {
                while !taken.insert(address) {
                    address = address.wrapping_sub(1);
                }
            }
            lines = &lines[..1];
        }
        let mapping = match frame.module() {
            Some(module) if module < self.modules.len() => self.mapping(module),
            _ => 0,
        };
        self.note_symbols(mapping, lines);
        let id = self.add(mapping, address, lines);
        self.locations.insert((frame, line), id);
        id
    }

    /// Marks in a mapping what the lines of one of its locations have.
    ///
    /// pprof looks symbols up in the program's file only if a mapping has none of these marks, and
    /// then replaces the names of the profile.
    fn note_symbols(&mut self, mapping: u64, lines: &[ResolvedLine]) {
        let Some(mapping) = (mapping as usize).checked_sub(1) else {
            return;
        };
        let mapping = &mut self.profile.mapping[mapping];
        mapping.has_functions |= lines.iter().any(|line| line.named);
        let has_files = lines.iter().any(|line| !line.file.is_empty());
        mapping.has_filenames |= has_files;
        // Debugging information that has files also has inlined functions: see `symbols`.
        mapping.has_inline_frames |= has_files;
        mapping.has_line_numbers |= lines.iter().any(|line| line.line != 0);
    }

    /// The location of a stack without frames: one function called `name`, without an address.
    fn frameless(&mut self, name: &'static str) -> u64 {
        if let Some(id) = self.frameless.get(name) {
            return *id;
        }
        let function_id = self.function(name, "", 0);
        let id = self.add(0, 0, &[]);
        let line = proto::Line {
            function_id,
            ..proto::Line::default()
        };
        self.profile.location[id as usize - 1].line.push(line);
        self.frameless.insert(name, id);
        id
    }

    fn add(&mut self, mapping_id: u64, address: u64, lines: &'a [ResolvedLine]) -> u64 {
        let line = lines
            .iter()
            .map(|line| proto::Line {
                function_id: self.function(&line.name, &line.file, line.start_line),
                line: line.line.into(),
                column: 0,
            })
            .collect();
        let id = self.profile.location.len() as u64 + 1;
        self.profile.location.push(proto::Location {
            id,
            mapping_id,
            address,
            line,
            is_folded: false,
        });
        id
    }

    fn function(&mut self, name: &'a str, file: &'a str, start_line: u32) -> u64 {
        let name = self.string(if name.is_empty() { "[unknown]" } else { name });
        let filename = self.string(file);
        let next = self.functions.len() as u64 + 1;
        let id = *self
            .functions
            .entry((name, filename, start_line))
            .or_insert(next);
        if id == next {
            self.profile.function.push(proto::Function {
                id,
                name,
                system_name: 0,
                filename,
                start_line: start_line.into(),
            });
        }
        id
    }

    fn mapping(&mut self, number: usize) -> u64 {
        if self.mappings[number] == 0 {
            let module = &self.modules[number];
            let code = code_segment(module);
            let build_id = module.build_id().iter().map(|byte| format!("{byte:02x}"));
            let mapping = proto::Mapping {
                id: self.profile.mapping.len() as u64 + 1,
                memory_start: code.range.start,
                memory_limit: code.range.end,
                file_offset: code.file_offset,
                filename: self.string(module.path().to_string_lossy()),
                build_id: self.string(build_id.collect::<String>()),
                // `note_symbols` sets the marks.
                ..proto::Mapping::default()
            };
            self.mappings[number] = mapping.id;
            self.profile.mapping.push(mapping);
        }
        self.mappings[number]
    }

    /// The index of a string in the table, to which it is added if it is new.
    pub(super) fn string(&mut self, text: impl Into<Cow<'a, str>>) -> i64 {
        let text = text.into();
        if let Some(index) = self.strings.get(&text) {
            return *index;
        }
        let index = self.strings.len() as i64;
        self.profile.string_table.push(text.clone().into_owned());
        self.strings.insert(text, index);
        index
    }

    fn address(&self, frame: Frame) -> u64 {
        let module = frame.module().and_then(|number| self.modules.get(number));
        module
            .map_or(0, |module| module.range().start)
            .wrapping_add(frame.offset())
    }
}
