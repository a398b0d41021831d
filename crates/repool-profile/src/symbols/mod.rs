//! Symbolization: from instructions to functions, files and lines.
//!
//! The symbol table of a file names, in full, each function that is in the program by itself.
//! Functions that were inlined are known only from debugging information, and the form of their
//! names depends on how much of it there is:
//!
//! | `debug =` | inlined functions | their names | files and lines | where functions begin |
//! |---|---|---|---|---|
//! | `0` | not shown, except the standard library's within itself | | no | no |
//! | `"line-tables-only"` | shown | bare, as `push`; the file's module is put before it | yes | no |
//! | `1`, `2` | shown | in full | yes | yes |
//!
//! Bare names lose the types that the function was compiled for, as in `push<u8>`: those of iterators
//! fill pages. The types say in which functions closures were written whose bare name is only
//! `{closure#0}` (see `closure`). So each closure has a name of its own,
//! `app::log::trim::{closure#0}`, or `app::log::{closure#0}:42` with its line if its function is
//! unknown.
//!
//! `image` finds a module's file and debug file, `mapped_file` maps them, `functions` reads symbols,
//! and `debug_info` with `declarations` and `split` reads DWARF. `name`, `closure` and `source` make
//! names, `fold` decides which frames profiles leave out.

#![deny(unsafe_code)]

mod closure;
mod code_segment;
mod debug_info;
mod declarations;
mod fold;
mod frame_hash;
mod functions;
mod image;
// Maps files: M1.
#[allow(unsafe_code)]
mod mapped_file;
mod module;
mod name;
mod source;
mod split;
mod string_table;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::slice;
use std::sync::Arc;

pub use code_segment::{CodeSegment, code_segment};
pub(crate) use image::open_debug_file;
pub(crate) use mapped_file::MappedFile;
pub use module::{Frame, Module};

use closure::Closure;
use debug_info::{DebugInfo, SourceLocation};
use frame_hash::FrameHash;
use functions::FunctionSymbols;
use name::Name;
use object::Object;
use split::SplitFiles;
use string_table::StringTable;

/// One function at an instruction, which has several if functions were inlined.
///
/// The fields are public, and a value can be built, so that tests make up the lines of a stack; a field
/// that is added is a breaking change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedLine {
    /// The demangled full name, without a hash; the address of the instruction if the function has
    /// no name.
    pub name: Arc<str>,
    /// Whether `name` is the function's name, and not an address.
    pub named: bool,
    /// The path of the source file; empty if unknown.
    pub file: Arc<str>,
    /// The line at the instruction; 0 if unknown.
    pub line: u32,
    /// The line at which the function begins; 0 if unknown.
    pub start_line: u32,
    /// Whether the function belongs to the allocator, the standard library or a collection.
    pub folded: bool,
}

/// A cache of the instructions that were looked up, with the functions at each.
///
/// ```
/// use repool_profile::symbols::{Frame, Module, Symbols};
///
/// let library = Module::new("/nonexistent/libgone.so".into(), 0x1000..0x9000, 0, Vec::new());
/// let frame = Frame::new(0, 0x234);
/// let mut symbols = Symbols::default();
/// symbols.resolve(&[library], &mut [frame].into_iter());
/// assert_eq!(&*symbols.lines(frame)[0].name, "libgone.so+0x1234");
/// ```
#[derive(Debug)]
pub struct Symbols {
    /// The range of `lines` of each frame.
    known: HashMap<Frame, (u32, u32), FrameHash>,
    lines: Vec<ResolvedLine>,
    strings: StringTable,
    /// The line of an instruction that was not looked up.
    unresolved: ResolvedLine,
    /// The code of the functions whose frames are left out regardless of their names.
    own: &'static [Range<Frame>],
}

impl Default for Symbols {
    fn default() -> Self {
        let mut strings = StringTable::default();
        let unresolved = bare_line(&mut strings, "?");
        Self {
            known: HashMap::default(),
            lines: Vec::new(),
            strings,
            unresolved,
            own: &[],
        }
    }
}

impl Symbols {
    /// Sets the code of functions whose frames are folded regardless of their names: those of the
    /// profiler and of the allocator in a stripped program. Applies to frames that are looked up later.
    pub fn fold(&mut self, functions: &'static [Range<Frame>]) {
        self.own = functions;
    }

    /// Looks up those of `frames` that are not cached, in `modules` by their numbers.
    ///
    /// A frame in a file that is gone, is of another build or has no symbols gets the name of the
    /// file and the address in it, `libfoo.so+0x1234`; a frame in no module gets its address.
    pub fn resolve(&mut self, modules: &[Module], frames: &mut dyn Iterator<Item = Frame>) {
        // By path and build id, so that a file that was loaded twice is opened once.
        let mut files: HashMap<_, Vec<(Frame, &Module)>> = HashMap::new();
        for frame in frames {
            if self.known.contains_key(&frame) {
                continue;
            }
            match frame.module().and_then(|number| modules.get(number)) {
                Some(module) => files
                    .entry((&module.path, &module.build_id))
                    .or_default()
                    .push((frame, module)),
                None => {
                    let line = bare_line(&mut self.strings, &format!("{:#x}", frame.offset()));
                    self.insert(frame, [line]);
                }
            }
        }
        let mut files: Vec<_> = files.into_values().collect();
        for wanted in &mut files {
            wanted.sort_unstable_by_key(|(frame, _)| *frame);
            wanted.dedup_by_key(|(frame, _)| *frame);
            self.resolve_in_file(wanted);
        }
    }

    /// The functions at a resolved frame, the innermost first; never empty.
    #[must_use]
    pub fn lines(&self, frame: Frame) -> &[ResolvedLine] {
        match self.known.get(&frame) {
            Some(&(from, to)) => &self.lines[from as usize..to as usize],
            None => slice::from_ref(&self.unresolved),
        }
    }

    /// Bytes that the cache takes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let slot = size_of::<(Frame, (u32, u32))>() + 1;
        let lines = self.lines.capacity() * size_of::<ResolvedLine>();
        self.known.capacity() * slot + lines + self.strings.memory()
    }

    fn insert(&mut self, frame: Frame, lines: impl IntoIterator<Item = ResolvedLine>) {
        let from = self.lines.len();
        self.lines.extend(lines);
        if self.own.iter().any(|function| function.contains(&frame)) {
            let lines = &mut self.lines[from..];
            lines.iter_mut().for_each(|line| line.folded = true);
        }
        let index = |at: usize| u32::try_from(at).expect("fewer lines than fit into memory");
        let range = (index(from), index(self.lines.len()));
        self.known.insert(frame, range);
    }

    /// Looks up the frames of modules that were loaded from one file.
    fn resolve_in_file(&mut self, wanted: &[(Frame, &Module)]) {
        let Some(&(first, module)) = wanted.first() else {
            return;
        };
        let mapping = image::open(module, first.module() == Some(0));
        let file = mapping.as_ref().and_then(|m| image::parse(m.bytes()));
        let complete = file.as_ref().is_some_and(image::has_debug_info);
        let debug_file = if complete {
            None
        } else {
            image::open_debug_file(module, file.as_ref())
        };
        let debug_file = debug_file.as_ref().and_then(|m| image::parse(m.bytes()));
        let Some(informed) = debug_file.as_ref().or(file.as_ref()) else {
            for &(frame, module) in wanted {
                let line = bare_line(&mut self.strings, &name_by_address(module, frame));
                self.insert(frame, [line]);
            }
            return;
        };
        let functions = FunctionSymbols::of(informed);
        let functions = match &file {
            Some(file) if functions.is_empty() => FunctionSymbols::of(file),
            _ => functions,
        };
        let sections = image::debug_sections(informed);
        let split = SplitFiles::default();
        let mut debug_info =
            DebugInfo::of(&sections, informed.is_little_endian(), &module.path, &split);

        let mut names = HashMap::new();
        let mut places = Vec::new();
        for &(frame, module) in wanted {
            let address = address_in_file(module, frame);
            places.clear();
            if let Some(debug_info) = &mut debug_info {
                debug_info.at(address, &mut places);
            }
            name_outermost(&mut places, functions.at(address));
            let lines = self.lines_of(&places, &mut names, || name_by_address(module, frame));
            self.insert(frame, lines);
        }
    }

    /// The lines of the functions at one instruction. `address` returns the name of a function that
    /// has none.
    fn lines_of<'a>(
        &mut self,
        places: &[SourceLocation<'a>],
        names: &mut HashMap<Cow<'a, str>, Name>,
        address: impl Fn() -> String,
    ) -> Vec<ResolvedLine> {
        let strings = &mut self.strings;
        // From the outermost to the innermost, because a closure's name is made from those of the
        // functions that it was inlined into.
        let mut lines: Vec<ResolvedLine> = Vec::with_capacity(places.len());
        for (number, place) in places.iter().enumerate().rev() {
            let file = place.file.as_deref().unwrap_or_default();
            let (name, folded, file) = if let Some(raw) = &place.name {
                let name = known(names, raw.clone(), strings);
                // The compiler writes line 0 for an instruction that several lines share. The file
                // is then that of the previous instruction, which may be wrong.
                let shown_file = if place.line == 0 { "" } else { file };
                let bare = place.bare.as_deref();
                let numbered = bare.and_then(|bare| closure::numbered(&name.full, bare));
                let full = match numbered {
                    Some(numbered) => strings.intern(&numbered),
                    None => Arc::clone(&name.full),
                };
                (full, name.is_folded(file), shown_file)
            } else if let Some(bare) = &place.bare {
                let short = short(bare, file);
                let folded = known(names, short.clone(), strings).is_folded(file);
                let callers = places[number + 1..].iter().zip(lines.iter().rev());
                let full = match Closure::of(bare) {
                    Some(closure) => closure.full_name(place, callers),
                    None => source::qualified(&short, file),
                };
                (strings.intern(&full), folded, file)
            } else {
                lines.push(bare_line(strings, &address()));
                continue;
            };
            lines.push(ResolvedLine {
                name,
                named: true,
                file: strings.intern(file),
                line: place.line,
                start_line: place.start_line,
                folded,
            });
        }
        lines.reverse();
        // Functions that were inlined into the allocator's count as the allocator's.
        let allocator = lines
            .last()
            .is_some_and(|outer| fold::is_allocator(&outer.name));
        if allocator {
            lines.iter_mut().for_each(|line| line.folded = true);
        }
        lines
    }
}

fn known<'n, 'a>(
    names: &'n mut HashMap<Cow<'a, str>, Name>,
    raw: Cow<'a, str>,
    strings: &mut StringTable,
) -> &'n Name {
    let of = |raw: &Cow<'a, str>| Name::of(raw, strings);
    names.entry(raw).or_insert_with_key(of)
}

/// A bare name without types, if it is Rust's: in other languages `<` may mean something else.
fn short<'a>(bare: &Cow<'a, str>, file: &str) -> Cow<'a, str> {
    if !file.ends_with(".rs") {
        return bare.clone();
    }
    match bare {
        Cow::Borrowed(bare) => Cow::Borrowed(closure::without_types(bare)),
        Cow::Owned(bare) => Cow::Owned(closure::without_types(bare).to_owned()),
    }
}

/// Sets the name of the outermost function to that of its symbol, if debugging information has no
/// full name.
fn name_outermost<'a>(places: &mut Vec<SourceLocation<'a>>, symbol: Option<&'a str>) {
    if places.is_empty() {
        places.push(SourceLocation::default());
    }
    let outermost = places.last_mut().expect("there is one");
    if outermost.name.is_none() {
        outermost.name = symbol.map(Cow::Borrowed);
    }
}

/// A line with a name and nothing else.
fn bare_line(strings: &mut StringTable, name: &str) -> ResolvedLine {
    ResolvedLine {
        name: strings.intern(name),
        named: false,
        file: strings.intern(""),
        line: 0,
        start_line: 0,
        folded: false,
    }
}

/// The address of the instruction in its file, as tools for object files show it.
fn address_in_file(module: &Module, frame: Frame) -> u64 {
    let address = module.start.wrapping_add(frame.offset());
    address.wrapping_sub(module.bias)
}

/// A name made of the file and the address in it: `libfoo.so+0x1234`.
fn name_by_address(module: &Module, frame: Frame) -> String {
    let file = module.path.file_name().unwrap_or(module.path.as_os_str());
    let address = address_in_file(module, frame);
    format!("{}+{address:#x}", file.to_string_lossy())
}
