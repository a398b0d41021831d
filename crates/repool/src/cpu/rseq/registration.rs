//! What the [sections](super::section) need of the system: glibc's registration of restartable
//! sequences, the kernel's `membarrier`, code that stays mapped, and the number of CPUs.

use core::ffi::{CStr, c_void};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, AtomicIsize, AtomicU8, AtomicUsize, Ordering};

use super::section;

/// Offset of the rseq area from the thread pointer, in bytes; meaningful once `support` returned `Ok`.
static OFFSET: AtomicIsize = AtomicIsize::new(0);
/// What `support` found, so that it asks the system once: an index into `REASONS`, `NOT_LOOKED` or
/// `SUPPORTED`.
static FOUND: AtomicU8 = AtomicU8::new(NOT_LOOKED);
const NOT_LOOKED: u8 = u8::MAX;
const SUPPORTED: u8 = u8::MAX - 1;

const REASONS: [&str; 4] = [
    "this glibc does not know restartable sequences (2.35 does)",
    "glibc did not register restartable sequences (the kernel or GLIBC_TUNABLES refused them)",
    "this thread is not registered for restartable sequences",
    "the kernel refused membarrier for restartable sequences (Linux 5.10 has it)",
];

/// Set once `membarrier` was refused after it had been granted, by a seccomp filter say.
static BARRIER_LOST: AtomicBool = AtomicBool::new(false);

/// `linux/membarrier.h`; the libc crate has the commands, not this flag.
const MEMBARRIER_CMD_FLAG_CPU: libc::c_uint = 1;

/// The offset of the rseq area from the thread pointer.
#[inline(always)]
pub(super) fn offset() -> isize {
    OFFSET.load(Ordering::Relaxed)
}

/// Whether restartable sequences can be used here, or why not. Asks the system once; threads that ask
/// at the same time find the same.
pub(crate) fn support() -> Result<(), &'static str> {
    let found = match FOUND.load(Ordering::Acquire) {
        NOT_LOOKED => {
            let found = look().map_or_else(|reason| reason, |()| SUPPORTED);
            // Release: a thread that reads SUPPORTED sees OFFSET.
            FOUND.store(found, Ordering::Release);
            found
        }
        found => found,
    };
    match REASONS.get(usize::from(found)) {
        Some(reason) => Err(reason),
        None => Ok(()),
    }
}

fn look() -> Result<(), u8> {
    // glibc has the area's position in two variables. They are looked up by name, because a program
    // linked to them would not start with an older glibc.
    let (Some(offset), Some(size)) = (symbol(c"__rseq_offset"), symbol(c"__rseq_size")) else {
        return Err(0);
    };
    // SAFETY: by glibc's manual ("Restartable Sequences") these are a ptrdiff_t and an unsigned
    // int, set before main and constant after.
    let (offset, size) = unsafe { (offset.cast::<isize>().read(), size.cast::<u32>().read()) };
    // Zero when registration was off or failed; the fields used here end at byte 16.
    if size < 16 {
        return Err(1);
    }
    // SAFETY: the area is registered, so its offset is true for every thread.
    if unsafe { section::current_cpu(offset) } > i32::MAX as u32 {
        return Err(2);
    }
    if !membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 0, 0) {
        return Err(3);
    }
    pin();
    OFFSET.store(offset, Ordering::Relaxed);
    Ok(())
}

fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: `name` is a C string; looking a name up in what is loaded has no other effect.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!address.is_null()).then_some(address)
}

/// Keeps the library that holds the sections mapped until the process ends.
///
/// The kernel reads the descriptor that a thread last stored long after the section was left: a
/// `dlclose` of the library in between would end in a segmentation fault. No effect in a program
/// that has the sections in itself. A Rust `dylib` (not a `cdylib`) that has sections inlined from
/// repool in another `dylib` is not seen from here: one must not be stopped.
fn pin() {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    let here = (&raw const section::RESTARTS).cast::<c_void>();
    // SAFETY: `dladdr` fills `info` when it returns other than 0; the name in it is a C string
    // that lives while the library does, which is now. Opening with RTLD_NOLOAD loads nothing.
    unsafe {
        if libc::dladdr(here, info.as_mut_ptr()) == 0 {
            return;
        }
        let name = info.assume_init_ref().dli_fname;
        libc::dlopen(
            name,
            libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE,
        );
    }
}

fn membarrier(command: libc::c_int, flags: libc::c_uint, cpu: libc::c_int) -> bool {
    // SAFETY: membarrier(2) takes three integers and touches no memory of the caller's.
    unsafe { libc::syscall(libc::SYS_membarrier, command, flags, cpu) == 0 }
}

/// The rseq fence: restarts every critical section of this process that is under way on CPU `cpu`, or on
/// any CPU for `None`. After `true`, each section that runs sees what was stored before the call.
pub(super) fn restart_sections(cpu: Option<usize>) -> bool {
    if BARRIER_LOST.load(Ordering::Relaxed) {
        return false;
    }
    let (flags, cpu) = match cpu {
        Some(cpu) => (MEMBARRIER_CMD_FLAG_CPU, cpu as libc::c_int),
        None => (0, 0),
    };
    let command = libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ;
    // The registration is the process's own; a forked child may have to ask again.
    let done = membarrier(command, flags, cpu)
        || (membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 0, 0)
            && membarrier(command, flags, cpu));
    // Out of memory passes; what is forbidden or unknown stays so.
    if !done && std::io::Error::last_os_error().raw_os_error() != Some(libc::ENOMEM) {
        BARRIER_LOST.store(true, Ordering::Relaxed);
    }
    done
}

/// How many CPUs the kernel may ever number here: one more than the highest number, and 1 at least.
///
/// Asked of the system until it has answered once, so that a process which confines itself after its
/// first pool still knows. Nothing relies on its being right: a section compares, and a CPU beyond the
/// number has no cache.
pub(super) fn cpu_numbers() -> usize {
    static NUMBERS: AtomicUsize = AtomicUsize::new(0);
    let known = NUMBERS.load(Ordering::Relaxed);
    if known > 0 {
        return known;
    }
    let numbers = possible_cpus().unwrap_or_else(mask_length);
    NUMBERS.store(numbers, Ordering::Relaxed);
    // A sandbox may refuse both; the CPUs that are online were perhaps counted before it did.
    numbers.max(cpus_online())
}

/// Asks the system what later calls need: the number of CPUs, and whether it grants the barrier.
pub(crate) fn prepare() {
    cpu_numbers();
    cpus_online();
    restart_sections(None);
}

/// Read from the kernel's list of possible CPUs; `None` if it cannot be had.
fn possible_cpus() -> Option<usize> {
    let mut text = [0u8; 256];
    // SAFETY: the path is a C string and `text` has the length that is told.
    let read = unsafe {
        let file = libc::open(
            c"/sys/devices/system/cpu/possible".as_ptr(),
            libc::O_RDONLY | libc::O_CLOEXEC,
        );
        if file < 0 {
            -1
        } else {
            let read = libc::read(file, text.as_mut_ptr().cast(), text.len());
            libc::close(file);
            read
        }
    };
    last_number(&text[..usize::try_from(read).ok()?])
}

/// The count that a list such as `0-3,8` stands for: one more than its last number.
fn last_number(list: &[u8]) -> Option<usize> {
    let list = core::str::from_utf8(list).ok()?.trim_end();
    let last = list.rsplit([',', '-']).next()?;
    // Linux has at most 8192 CPUs; what says more is not its list.
    let last = last.parse::<usize>().ok().filter(|&n| n < 1 << 16)?;
    Some(last + 1)
}

/// The length of the affinity mask, a multiple of 64; 0 if the system refuses it.
fn mask_length() -> usize {
    let mut mask = [0u64; 1024];
    // SAFETY: `mask` has the length that is told; the kernel returns the bytes it wrote.
    let bytes = unsafe {
        libc::syscall(
            libc::SYS_sched_getaffinity,
            0,
            size_of_val(&mask),
            mask.as_mut_ptr(),
        )
    };
    usize::try_from(bytes).unwrap_or(0) * 8
}

/// How many CPUs can run now, as the system counted when first asked.
pub(crate) fn cpus_online() -> usize {
    static ONLINE: AtomicUsize = AtomicUsize::new(0);
    let mut online = ONLINE.load(Ordering::Relaxed);
    if online == 0 {
        // SAFETY: sysconf(3) takes an integer.
        let count = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
        online = usize::try_from(count).unwrap_or(1).max(1);
        ONLINE.store(online, Ordering::Relaxed);
    }
    online
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_lists() {
        assert_eq!(last_number(b"0\n"), Some(1));
        assert_eq!(last_number(b"0-1\n"), Some(2));
        assert_eq!(last_number(b"0-3,8-11\n"), Some(12));
        assert_eq!(last_number(b"0,5"), Some(6));
        assert_eq!(last_number(b""), None);
        assert_eq!(last_number(b"all"), None);
        assert_eq!(last_number(b"0-99999999"), None);
    }

    #[test]
    fn the_mask_is_as_long_as_the_kernel_needs() {
        let length = mask_length();
        assert!(
            length >= cpu_numbers() && length.is_multiple_of(8),
            "{length}"
        );
    }
}
