//! System calls that std does not have: poll(2) on several files and a wake-up, fstatfs(2), and the CPU
//! affinity of a thread. All the unsafe code of the sweeper is here.

use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::time::Duration;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// An eventfd(2) that one thread makes readable to end another thread's [`wait`].
#[derive(Debug)]
pub(super) struct Wakeup(File);

impl Wakeup {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: eventfd(2) takes two integers; the descriptor that it returns is new, and this
        // is its only owner.
        let fd = unsafe {
            let fd = libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(fd)
        };
        Ok(Wakeup(fd.into()))
    }

    /// Ends the present wait, or the next one.
    pub(super) fn wake(&self) {
        // It fails only if the count is at its maximum, and then the file is readable.
        let _ = (&self.0).write(&1u64.to_ne_bytes());
    }
}

/// The state of one file after [`wait`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PollOutcome {
    /// It has no event.
    Pending,
    /// It has an event.
    Event,
    /// It was removed or closed, and will have no further event.
    Closed,
}

/// Waits until one of `files` has an exceptional event (`POLLPRI`), `wakeup` is used, or `timeout` has
/// passed; `None` waits without a limit. A signal ends the wait too.
pub(super) fn wait(
    files: [&File; 2],
    wakeup: &Wakeup,
    timeout: Option<Duration>,
) -> io::Result<[PollOutcome; 2]> {
    let entry = |file: &File, events| libc::pollfd {
        fd: file.as_raw_fd(),
        events,
        revents: 0,
    };
    let mut entries = [
        entry(files[0], libc::POLLPRI),
        entry(files[1], libc::POLLPRI),
        entry(&wakeup.0, libc::POLLIN),
    ];
    // Rounded up to milliseconds: rounded down to 0, the caller would call again until the time has passed.
    let timeout = timeout.map_or(-1, |time| {
        c_int::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(c_int::MAX)
    });
    let length = entries.len() as libc::nfds_t;
    // SAFETY: `entries` has `length` elements, and its files are open while borrowed.
    if unsafe { libc::poll(entries.as_mut_ptr(), length, timeout) } < 0 {
        let error = io::Error::last_os_error();
        return match error.kind() {
            io::ErrorKind::Interrupted => Ok([PollOutcome::Pending; 2]),
            _ => Err(error),
        };
    }
    let [low, high, woken] = entries.map(|entry| match entry.revents {
        0 => PollOutcome::Pending,
        // Checked first, because a trigger whose file was removed has both.
        events if events & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) != 0 => {
            PollOutcome::Closed
        }
        events if events & (libc::POLLPRI | libc::POLLIN) != 0 => PollOutcome::Event,
        _ => PollOutcome::Pending,
    });
    if woken == PollOutcome::Event {
        let _ = (&wakeup.0).read(&mut [0; 8]);
    }
    Ok([low, high])
}

/// Whether `file` is on procfs or in the tree of cgroup v2.
pub(super) fn is_kernel_file(file: &File) -> io::Result<bool> {
    let mut system = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: fstatfs(2) fills the struct it is given when it returns 0; the file is open.
    let kind = unsafe {
        if libc::fstatfs(file.as_raw_fd(), system.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        system.assume_init_ref().f_type
    };
    // `linux/magic.h`: PROC_SUPER_MAGIC and CGROUP2_SUPER_MAGIC. The field's type varies; all
    // kinds fit in 32 bits.
    Ok(matches!(kind as u32, 0x9fa0 | 0x6367_7270))
}

/// The CPUs that the calling thread may run on; restores them when it is dropped.
pub(super) struct Affinity(libc::cpu_set_t);

impl Affinity {
    /// `None` if the system refuses, or has more CPUs than the set can hold.
    pub(super) fn of_current_thread() -> Option<Self> {
        let mut set = MaybeUninit::<libc::cpu_set_t>::zeroed();
        // SAFETY: fills the set it is given, of that size; a set of zeros is empty.
        unsafe {
            let size = size_of::<libc::cpu_set_t>();
            let done = libc::sched_getaffinity(0, size, set.as_mut_ptr()) == 0;
            done.then(|| Affinity(set.assume_init()))
        }
    }

    /// Moves the calling thread to `cpu`; `false` if it may not run there.
    pub(super) fn move_to(&self, cpu: usize) -> bool {
        let set = MaybeUninit::<libc::cpu_set_t>::zeroed();
        // SAFETY: a set of zeros is empty; `CPU_SET` ignores a CPU that does not fit.
        let set = unsafe {
            let mut set = set.assume_init();
            libc::CPU_SET(cpu, &mut set);
            set
        };
        apply(&set)
    }
}

impl Drop for Affinity {
    fn drop(&mut self) {
        apply(&self.0);
    }
}

fn apply(set: &libc::cpu_set_t) -> bool {
    // SAFETY: reads the set it is given, of that size.
    unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), set) == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    /// A file that never has an event: the reading end of a pipe, with the writing end.
    fn quiet() -> (File, File) {
        let (reader, writer) = io::pipe().unwrap();
        (OwnedFd::from(reader).into(), OwnedFd::from(writer).into())
    }

    #[test]
    fn a_wakeup_ends_one_wait() {
        let (quiet, _end) = quiet();
        let wakeup = Wakeup::new().unwrap();
        let pending = [PollOutcome::Pending; 2];
        thread::scope(|scope| {
            let waiter = scope.spawn(|| wait([&quiet; 2], &wakeup, None).unwrap());
            wakeup.wake();
            assert_eq!(waiter.join().unwrap(), pending);
        });
        // A wake-up before the wait counts too, and two count as one.
        wakeup.wake();
        wakeup.wake();
        assert_eq!(wait([&quiet; 2], &wakeup, None).unwrap(), pending);
        // No wake-up is left, so that this wait ends by its timeout.
        let time = Duration::from_nanos(1);
        assert_eq!(wait([&quiet; 2], &wakeup, Some(time)).unwrap(), pending);
    }

    #[test]
    fn events_and_closed_files_are_told_apart() {
        let (quiet, end) = quiet();
        let wakeup = Wakeup::new().unwrap();
        // Urgent data on a socket is an exceptional event, as those of triggers are.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let urgent: File = OwnedFd::from(listener.accept().unwrap().0).into();
        // SAFETY: one byte, from a buffer of one.
        let sent =
            unsafe { libc::send(sender.as_raw_fd(), [1u8].as_ptr().cast(), 1, libc::MSG_OOB) };
        assert_eq!(sent, 1);
        let outcome = wait([&quiet, &urgent], &wakeup, None).unwrap();
        assert_eq!(outcome, [PollOutcome::Pending, PollOutcome::Event]);
        drop(end);
        // A child that another test forks may keep a copy of the writing end for a moment.
        let outcome = loop {
            let outcome = wait([&quiet, &urgent], &wakeup, None).unwrap();
            if outcome[0] != PollOutcome::Pending {
                break outcome;
            }
            thread::yield_now();
        };
        assert_eq!(outcome, [PollOutcome::Closed, PollOutcome::Event]);
    }

    #[test]
    fn a_signal_ends_a_wait_without_an_event() {
        use std::os::unix::thread::JoinHandleExt;
        extern "C" fn ignore(_signal: c_int) {}
        // SAFETY: the handler does nothing, and no other test uses this signal.
        unsafe { libc::signal(libc::SIGUSR1, ignore as *const () as libc::sighandler_t) };
        let waiter = thread::spawn(|| {
            let (quiet, _end) = quiet();
            wait([&quiet; 2], &Wakeup::new().unwrap(), None)
        });
        while !waiter.is_finished() {
            // SAFETY: the thread is not joined yet.
            unsafe { libc::pthread_kill(waiter.as_pthread_t(), libc::SIGUSR1) };
            thread::yield_now();
        }
        assert_eq!(waiter.join().unwrap().unwrap(), [PollOutcome::Pending; 2]);
    }

    #[test]
    fn files_of_the_kernel_are_recognised() {
        let is = |path| is_kernel_file(&File::open(path).unwrap()).unwrap();
        assert!(is("/proc/self/status"));
        assert!(!is("/"));
        assert!(!is_kernel_file(&quiet().0).unwrap());
    }
}
