//! The modules that stacks passed through, by number, kept until the process ends.
//!
//! The list only grows. An entry is set by one compare-and-swap from empty; a thread that loses
//! compares the winner's module with its own. So no thread waits, also not a signal handler that
//! interrupted an addition, and no module gets two numbers. The record of a loser stays in the arena
//! unused.

use core::ptr::{copy_nonoverlapping, with_exposed_provenance};
use core::slice;
use core::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::image::Image;
use super::loader::LoadedModule;
use crate::snapshot::Module;

/// The most modules that get a number.
const MODULES: usize = 1024;
/// Words of the arena: 256 KiB.
const WORDS: usize = 256 * 1024 / 8;
/// The most bytes of a path that are kept (`PATH_MAX`).
const PATH: usize = 4096;
/// Bytes of a page. A build id is compared in memory only if it is in the module's first page, where
/// linkers put it.
const PAGE: u64 = 4096;

/// A module. The bytes of its build id and then of its path follow in the arena.
#[repr(C)]
struct ModuleRecord {
    start: u64,
    end: u64,
    bias: u64,
    /// Bytes from the module's start to its build id.
    id_at: u64,
    id_length: u32,
    path_length: u32,
}

/// The records, one after the other, never freed. Takes memory page by page when it is written.
static ARENA: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];
/// Words of the arena in use.
static TAKEN: AtomicUsize = AtomicUsize::new(0);
/// The index in the arena of each module's record, plus 1; 0 after the last.
static RECORDS: [AtomicU32; MODULES] = [const { AtomicU32::new(0) }; MODULES];
/// The number to try first, by a hash of the module's start.
static HINTS: [AtomicU16; 64] = [const { AtomicU16::new(0) }; 64];

/// Bytes of all these tables.
pub(super) const SIZE: usize = size_of_val(&ARENA) + size_of_val(&RECORDS) + size_of_val(&HINTS);

/// Adds the program itself as the module with number 0.
///
/// # Safety
///
/// The module stays loaded meanwhile (U2). No other module was added.
pub(super) unsafe fn add_program(module: &LoadedModule, path: &[u8]) {
    // SAFETY: this function's own contract.
    if let Some(record) = unsafe { record(module, path) } {
        RECORDS[0].store(record, Ordering::Release);
    }
}

/// The number of a module, which is added if it is new; `None` if there is no room for it.
///
/// # Safety
///
/// The module stays loaded meanwhile (U2).
pub(super) unsafe fn number(module: &LoadedModule) -> Option<u16> {
    let hint = &HINTS[(module.start >> 12) as usize % HINTS.len()];
    let number = hint.load(Ordering::Relaxed);
    // SAFETY: this function's own contract.
    if number != 0 && get(number).is_some_and(|known| unsafe { is_same(known, module) }) {
        return Some(number);
    }
    // SAFETY: the same.
    let number = unsafe { find_or_add(module) }?;
    hint.store(number, Ordering::Relaxed);
    Some(number)
}

#[cold]
unsafe fn find_or_add(module: &LoadedModule) -> Option<u16> {
    let mut new = 0;
    // The program has number 0, and callers find it without this list.
    for number in 1..MODULES as u16 {
        let entry = &RECORDS[usize::from(number)];
        if entry.load(Ordering::Acquire) == 0 {
            if new == 0 {
                // SAFETY: this function's own contract; `name` is null or a path of the loader's.
                new = unsafe { record(module, name(module)) }?;
            }
            // Release: a thread that reads the entry reads a complete record (U3).
            let set = entry.compare_exchange(0, new, Ordering::AcqRel, Ordering::Acquire);
            if set.is_ok() {
                return Some(number);
            }
        }
        // SAFETY: this function's own contract.
        if get(number).is_some_and(|known| unsafe { is_same(known, module) }) {
            return Some(number);
        }
    }
    None
}

/// Copies of all modules, by their numbers.
pub(super) fn modules() -> Vec<Module> {
    (0..MODULES as u16)
        .map_while(get)
        .map(|record| {
            let (id, mut path) = record.texts();
            if path.is_empty() {
                // The loader's name of the program is empty: this is another segment of it.
                path = get(0).map_or(path, |program| program.texts().1);
            }
            Module::new(
                PathBuf::from(OsStr::from_bytes(path)),
                record.start..record.end,
                record.bias,
                id.to_vec(),
            )
        })
        .collect()
}

/// The first address of the module with that number.
pub(super) fn start(number: u16) -> Option<u64> {
    get(number).map(|record| record.start)
}

fn get(number: u16) -> Option<&'static ModuleRecord> {
    let at = RECORDS
        .get(usize::from(number))?
        .load(Ordering::Acquire)
        .checked_sub(1)?;
    // SAFETY: U3. The index was published, with Release, as that of a complete record. The pointer
    // is derived from the whole arena, because a record is several of its words.
    Some(unsafe { &*ARENA.as_ptr().add(at as usize).cast::<ModuleRecord>() })
}

impl ModuleRecord {
    /// The bytes of the build id and of the path.
    fn texts(&self) -> (&'static [u8], &'static [u8]) {
        let first = core::ptr::from_ref(self) as usize + size_of::<ModuleRecord>();
        let (id, path) = (self.id_length as usize, self.path_length as usize);
        // SAFETY: U3. Records are in the arena and never move, and these bytes follow each.
        unsafe {
            let first = with_exposed_provenance::<u8>(first);
            (
                slice::from_raw_parts(first, id),
                slice::from_raw_parts(first.add(id), path),
            )
        }
    }
}

/// Writes a record to the arena. Returns its index plus 1, or `None` if there is no room.
///
/// # Safety
///
/// The module stays loaded meanwhile (U2).
unsafe fn record(module: &LoadedModule, path: &[u8]) -> Option<u32> {
    // SAFETY: this function's own contract.
    let id = unsafe { Image::of(module).and_then(|image| image.build_id()) }.unwrap_or_default();
    let path = &path[..path.len().min(PATH)];
    let record = ModuleRecord {
        start: module.start,
        end: module.end,
        bias: module.bias,
        id_at: if id.is_empty() {
            0
        } else {
            // A large number, and so not in the first page, if the loader names a segment alone.
            (id.as_ptr() as u64).wrapping_sub(module.start)
        },
        id_length: u32::try_from(id.len()).ok()?,
        path_length: path.len() as u32,
    };
    let words = (size_of::<ModuleRecord>() + id.len() + path.len()).div_ceil(8);
    let at = TAKEN
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
            taken.checked_add(words).filter(|end| *end <= WORDS)
        })
        .ok()?;
    let first = ARENA.as_ptr().expose_provenance() + at * 8;
    // SAFETY: these words are in the arena, were taken by this call alone, and may be written to
    // through a shared reference. The record fits them, and is aligned as a word.
    unsafe {
        let first = core::ptr::with_exposed_provenance_mut::<ModuleRecord>(first);
        first.write(record);
        let texts = first.add(1).cast::<u8>();
        copy_nonoverlapping(id.as_ptr(), texts, id.len());
        copy_nonoverlapping(path.as_ptr(), texts.add(id.len()), path.len());
    }
    u32::try_from(at + 1).ok()
}

/// Whether the loaded module is the recorded one: it has the same addresses and the same build id,
/// or without a build id the same path.
///
/// # Safety
///
/// The module stays loaded meanwhile (U2).
unsafe fn is_same(record: &'static ModuleRecord, module: &LoadedModule) -> bool {
    if (record.start, record.end, record.bias) != (module.start, module.end, module.bias) {
        return false;
    }
    let (id, path) = record.texts();
    if id.is_empty() || record.id_at.saturating_add(id.len() as u64) > PAGE {
        // SAFETY: this function's own contract.
        return unsafe { name(module) } == path;
    }
    let now = with_exposed_provenance::<u8>((module.start + record.id_at) as usize);
    // SAFETY: U2; the bytes are in the module's first page, which is mapped. Another module may have
    // anything there.
    unsafe { slice::from_raw_parts(now, id.len()) == id }
}

/// The module's path.
///
/// # Safety
///
/// The module stays loaded while the result is in use (U2).
unsafe fn name<'a>(module: &LoadedModule) -> &'a [u8] {
    if module.name.is_null() {
        return &[];
    }
    // SAFETY: U2. The loader's names end in 0, and are read up to it.
    unsafe {
        let length = (0..PATH)
            .take_while(|at| *module.name.add(*at) != 0)
            .count();
        slice::from_raw_parts(module.name, length)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::path::Path;

    use super::super::loader;
    use super::*;

    /// Builds a library with one function, `name`, and a build id.
    fn build(folder: &Path, name: &str, id: &str) -> CString {
        let code = format!("int {name}(void) {{ return 1; }}");
        super::super::tests::library::build(folder, name, &code, &format!("-Wl,--build-id=0x{id}"))
    }

    /// Loads the library. Returns its handle, its number and its module.
    fn load(path: &CString, function: &str) -> (*mut libc::c_void, Option<u16>, LoadedModule) {
        let function = CString::new(function).expect("no zero");
        // SAFETY: the library runs no code when it is loaded.
        unsafe {
            let handle = libc::dlopen(path.as_ptr(), libc::RTLD_NOW);
            assert!(!handle.is_null());
            let address = libc::dlsym(handle, function.as_ptr());
            let module = loader::find(address as u64).expect("it was loaded");
            (handle, number(&module), module)
        }
    }

    #[test]
    fn a_library_keeps_its_number_and_another_gets_another() {
        super::super::prepare(crate::Unwind::Tables).expect("it is supported here");
        let folder = tempfile::tempdir().expect("created");
        let one = build(folder.path(), "one", "0011223344556677");
        let two = build(folder.path(), "two", "8899aabbccddeeff");

        let (handle, first, module) = load(&one, "one");
        let first = first.expect("there is room");
        assert_ne!(first, 0);
        let record = &modules()[usize::from(first)];
        assert_eq!(record.path().as_os_str().as_bytes(), one.as_bytes());
        assert_eq!(
            record.build_id(),
            [0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77]
        );
        assert_eq!(
            (record.range().start, record.range().end, record.bias()),
            (module.start, module.end, module.bias)
        );

        // Unloaded and loaded again at the same address, the library keeps its number.
        // SAFETY: nothing of it is in use.
        unsafe { libc::dlclose(handle) };
        let (handle, again, moved) = load(&one, "one");
        assert_eq!(again == Some(first), moved.start == module.start);
        // SAFETY: the same.
        unsafe { libc::dlclose(handle) };

        // Another library at the same address gets another number, and the first stays known.
        let (handle, second, _) = load(&two, "two");
        let second = second.expect("there is room");
        assert_ne!(second, first);
        // SAFETY: the same.
        unsafe { libc::dlclose(handle) };
        let known = modules();
        assert_eq!(
            known[usize::from(first)].path().as_os_str().as_bytes(),
            one.as_bytes()
        );
        assert_eq!(
            known[usize::from(second)].path().as_os_str().as_bytes(),
            two.as_bytes()
        );
    }

    #[test]
    fn threads_that_add_a_module_at_once_agree() {
        super::super::prepare(crate::Unwind::Tables).expect("it is supported here");
        // An invented module, whose first page is memory of this test.
        let page = vec![0_u8; 3 * PAGE as usize];
        let start = (page.as_ptr() as u64).next_multiple_of(PAGE);
        let barrier = std::sync::Barrier::new(8);
        let numbers: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let module = LoadedModule {
                            start,
                            end: start + PAGE,
                            bias: 7,
                            name: c"/nowhere/unloaded".as_ptr().cast(),
                            eh_frame_hdr: 0,
                        };
                        barrier.wait();
                        // SAFETY: the page and the name outlive the threads.
                        unsafe { number(&module) }
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .collect()
        });
        assert!(numbers[0].is_some() && numbers.iter().all(|number| *number == numbers[0]));
        let named = |module: &Module| module.path() == Path::new("/nowhere/unloaded");
        assert_eq!(modules().iter().filter(|module| named(module)).count(), 1);
    }
}
