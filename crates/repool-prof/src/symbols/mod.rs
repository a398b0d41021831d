//! From instructions to functions, files and lines.
//!
//! A function that stands in the program by itself is named by the file's table of symbols, in
//! full. Functions that were inlined into it are known from debugging information only, and how
//! they are named depends on how much of it there is:
//!
//! | `debug =` | inlined functions | their names | files and lines | where functions begin |
//! |---|---|---|---|---|
//! | `0` | not shown, but the standard library's within itself | | no | no |
//! | `"line-tables-only"` | shown | bare, as `push`; the file's place is put before it | yes | no |
//! | `1`, `2` | shown | in full | yes | yes |
//!
//! Bare names are shown without the types that the function was compiled for, as in `push<u8>`:
//! those of iterators fill pages. The types do tell in which functions closures were written that
//! are called `{closure#0}` only (see `closure`), so that each is a row of its own,
//! `app::log::trim::{closure#0}`, or `app::log::{closure#0}:42` with its line where nothing tells.

#![deny(unsafe_code)]

mod closure;
mod debug_info;
mod declarations;
mod fold;
mod frame_hash;
mod functions;
mod image;
// Maps files: M1.
#[allow(unsafe_code)]
mod mapped_file;
mod name;
mod source;
mod split;
mod string_table;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

pub use fold::FOLDED_CRATES;
pub(crate) use image::open_debug_file;
pub(crate) use mapped_file::MappedFile;

use crate::hook_functions::{self, HookFunction};
use crate::snapshot::{Frame, Module};
use closure::Closure;
use debug_info::{DebugInfo, SourceLocation};
use frame_hash::FrameHash;
use functions::FunctionSymbols;
use name::Name;
use object::Object;
use split::SplitFiles;
use string_table::StringTable;

/// One function at an instruction: several where functions were inlined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResolvedLine {
    /// Demangled, in full, without a hash. Where nothing names the function, the place of the
    /// instruction.
    pub(crate) name: Arc<str>,
    /// Whether the name is the function's own.
    pub(crate) named: bool,
    /// Empty if not known.
    pub(crate) file: Arc<str>,
    /// 0 if not known.
    pub(crate) line: u32,
    /// 0 if not known.
    pub(crate) start_line: u32,
    /// Whether the frame is the allocator's, the standard library's or a collection's.
    pub(crate) folded: bool,
}

/// Every instruction that was ever looked up.
#[derive(Debug)]
pub(crate) struct Symbols {
    /// Which of `lines`, from and to.
    known: HashMap<Frame, (u32, u32), FrameHash>,
    lines: Vec<ResolvedLine>,
    strings: StringTable,
    /// What is said of an instruction that was never looked up.
    unresolved: ResolvedLine,
    /// The functions whose frames are left out whatever they are called.
    own: &'static [HookFunction],
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

/// Names that were looked up once are kept, as programs write their profile again and again.
static CACHE: LazyLock<Mutex<Symbols>> = LazyLock::new(Mutex::default);
/// What it takes, for those who do not want to wait for it.
static MEMORY: AtomicUsize = AtomicUsize::new(0);

/// The process's symbols, with all of `frames` looked up.
pub(crate) fn resolved(
    modules: &[Module],
    frames: &mut dyn Iterator<Item = Frame>,
) -> MutexGuard<'static, Symbols> {
    // Whoever panicked while looking names up left at worst some that are not known.
    let mut symbols = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    symbols.own = hook_functions::functions();
    symbols.resolve(modules, frames);
    MEMORY.store(symbols.memory(), Ordering::Relaxed);
    symbols
}

/// Bytes that the process's symbols take.
pub(crate) fn memory() -> usize {
    MEMORY.load(Ordering::Relaxed)
}

impl Symbols {
    /// Looks up those of `frames` that are not known yet.
    ///
    /// A frame in a file that is gone, is of another build or has no symbols is called by the name
    /// of the file and the address in it, `libfoo.so+0x1234`; one in no module by its address.
    pub(crate) fn resolve(&mut self, modules: &[Module], frames: &mut dyn Iterator<Item = Frame>) {
        // By path and build: a file that was loaded twice is opened once.
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
    pub(crate) fn lines(&self, frame: Frame) -> &[ResolvedLine] {
        match self.known.get(&frame) {
            Some(&(from, to)) => &self.lines[from as usize..to as usize],
            None => slice::from_ref(&self.unresolved),
        }
    }

    /// Bytes that it holds.
    pub(crate) fn memory(&self) -> usize {
        let slot = size_of::<(Frame, (u32, u32))>() + 1;
        let lines = self.lines.capacity() * size_of::<ResolvedLine>();
        self.known.capacity() * slot + lines + self.strings.memory()
    }

    fn insert(&mut self, frame: Frame, lines: impl IntoIterator<Item = ResolvedLine>) {
        let from = self.lines.len();
        self.lines.extend(lines);
        if self.own.iter().any(|function| function.contains(frame)) {
            let lines = &mut self.lines[from..];
            lines.iter_mut().for_each(|line| line.folded = true);
        }
        let place = |at: usize| u32::try_from(at).expect("fewer lines than fit into memory");
        let place = (place(from), place(self.lines.len()));
        self.known.insert(frame, place);
    }

    /// Looks up frames of modules that were loaded from one file.
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

    /// What is known of the functions at one instruction; `elsewhere` says what to call one that
    /// has no name.
    fn lines_of<'a>(
        &mut self,
        places: &[SourceLocation<'a>],
        names: &mut HashMap<Cow<'a, str>, Name>,
        elsewhere: impl Fn() -> String,
    ) -> Vec<ResolvedLine> {
        let strings = &mut self.strings;
        // From the outside in, as closures are called after those that they were inlined into.
        let mut lines: Vec<ResolvedLine> = Vec::with_capacity(places.len());
        for (number, place) in places.iter().enumerate().rev() {
            let file = place.file.as_deref().unwrap_or_default();
            let (name, folded, file) = if let Some(raw) = &place.name {
                let name = known(names, raw.clone(), strings);
                // The compiler says line 0 of an instruction that it shares between several
                // lines; the file is then that of whatever came before.
                let said = if place.line == 0 { "" } else { file };
                let bare = place.bare.as_deref();
                let numbered = bare.and_then(|bare| closure::numbered(&name.full, bare));
                let full = match numbered {
                    Some(numbered) => strings.intern(&numbered),
                    None => Arc::clone(&name.full),
                };
                (full, name.is_folded(file), said)
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
                lines.push(bare_line(strings, &elsewhere()));
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
        // What was inlined into the allocator's functions is theirs, whoever wrote it.
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

/// A bare name without types, if it is Rust's: elsewhere `<` may mean other things.
fn short<'a>(bare: &Cow<'a, str>, file: &str) -> Cow<'a, str> {
    if !file.ends_with(".rs") {
        return bare.clone();
    }
    match bare {
        Cow::Borrowed(bare) => Cow::Borrowed(closure::without_types(bare)),
        Cow::Owned(bare) => Cow::Owned(closure::without_types(bare).to_owned()),
    }
}

/// Gives the function that the others were inlined into its name, which debugging information may
/// lack or have in short only.
fn name_outermost<'a>(places: &mut Vec<SourceLocation<'a>>, symbol: Option<&'a str>) {
    if places.is_empty() {
        places.push(SourceLocation::default());
    }
    let outermost = places.last_mut().expect("there is one");
    if outermost.name.is_none() {
        outermost.name = symbol.map(Cow::Borrowed);
    }
}

/// A line of which nothing but a name is known.
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

/// The address that tools for the file itself know the instruction by.
fn address_in_file(module: &Module, frame: Frame) -> u64 {
    let address = module.start.wrapping_add(frame.offset());
    address.wrapping_sub(module.bias)
}

/// `libfoo.so+0x1234`.
fn name_by_address(module: &Module, frame: Frame) -> String {
    let file = module.path.file_name().unwrap_or(module.path.as_os_str());
    let address = address_in_file(module, frame);
    format!("{}+{address:#x}", file.to_string_lossy())
}
