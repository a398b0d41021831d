//! Finds the module of an address, by glibc's `_dl_find_object`, which takes no lock.

use core::ffi::{c_char, c_int, c_void};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicPtr, Ordering};

/// `struct dl_find_object` on x86-64 (`bits/dl_find_object.h`).
#[repr(C)]
struct DlFindObject {
    flags: u64,
    map_start: *const c_void,
    map_end: *const c_void,
    link_map: *const LinkMap,
    eh_frame_hdr: *const c_void,
    reserved: [u64; 7],
}

/// The part of `struct link_map` that `link.h` makes public.
#[repr(C)]
struct LinkMap {
    addr: u64,
    name: *const c_char,
    dynamic: *const c_void,
    next: *const LinkMap,
    previous: *const LinkMap,
}

type FindObject = unsafe extern "C" fn(*mut c_void, *mut DlFindObject) -> c_int;

/// The function's address; null until `prepare` has found it.
static FIND_OBJECT: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());

/// A loaded module, as the loader knows it.
#[derive(Clone, Copy)]
pub(super) struct LoadedModule {
    /// The first address of the module, or, if it has gaps between its segments, of the segment that
    /// was asked for.
    pub start: u64,
    /// The address after the last page of the same.
    pub end: u64,
    /// The difference of an address in memory and the same in the file.
    pub bias: u64,
    /// The path, ending in 0, or null.
    pub name: *const u8,
    /// The address of `.eh_frame_hdr`, or 0.
    pub eh_frame_hdr: u64,
}

impl LoadedModule {
    #[inline(always)]
    pub(super) fn contains(&self, address: u64) -> bool {
        // One comparison, because an address below `start` wraps to a large number.
        address.wrapping_sub(self.start) < self.end - self.start
    }
}

/// Looks `_dl_find_object` up at run time, because a program that links to it would not start with
/// an older glibc.
pub(super) fn prepare() -> Result<(), &'static str> {
    // SAFETY: a lookup by a name that ends in 0.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"_dl_find_object".as_ptr()) };
    if found.is_null() {
        return Err("this glibc cannot say where code lies (2.35 can, unless linked statically)");
    }
    FIND_OBJECT.store(found, Ordering::Release);
    Ok(())
}

/// The module that contains `address`.
#[inline]
pub(super) fn find(address: u64) -> Option<LoadedModule> {
    let find_object = FIND_OBJECT.load(Ordering::Relaxed);
    if find_object.is_null() {
        return None;
    }
    let mut found = MaybeUninit::<DlFindObject>::uninit();
    // SAFETY: this is glibc's function of that name, and so of that type. It takes any address, and
    // fills the first five fields if it returns 0. Its manual allows calls from signal handlers.
    let (found, link_map) = unsafe {
        let find_object = core::mem::transmute::<*mut c_void, FindObject>(find_object);
        let address = core::ptr::without_provenance_mut(address as usize);
        if find_object(address, found.as_mut_ptr()) != 0 {
            return None;
        }
        let found = found.as_ptr();
        // SAFETY: U2 for the link map.
        (found, (*found).link_map.as_ref()?)
    };
    // SAFETY: the call above filled these fields, as it returned 0.
    let (start, end, eh_frame_hdr) =
        unsafe { ((*found).map_start, (*found).map_end, (*found).eh_frame_hdr) };
    Some(LoadedModule {
        start: start as u64,
        end: end as u64,
        bias: link_map.addr,
        name: link_map.name.cast(),
        eh_frame_hdr: eh_frame_hdr as u64,
    })
}

/// The program itself, found by its entry point. If its segments have gaps between them, the result
/// is the segment with the code.
pub(super) fn program() -> Option<LoadedModule> {
    // SAFETY: reads a table that the kernel stored, and nothing writes to.
    find(unsafe { libc::getauxval(libc::AT_ENTRY) })
}
