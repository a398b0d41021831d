//! The CPUs that a thread may run on.

/// Runs `work` on a thread that stays on one CPU (the `nth` it may use), so that the order of objects is
/// defined. If the system refuses, `work` runs anyway.
pub fn on_one_cpu<O: Send>(nth: usize, work: impl FnOnce() -> O + Send) -> O {
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                stay_on(nth);
                work()
            })
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Keeps the calling thread on one CPU, the `nth` it may use now.
pub fn stay_on(nth: usize) {
    let cpus = cpus();
    stay_among(&[cpus[nth % cpus.len()]]);
}

/// The CPUs that the calling thread may use.
#[cfg(target_os = "linux")]
pub fn cpus() -> Vec<usize> {
    // SAFETY: the set is plain bits, filled by the call for the calling thread.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        assert_eq!(libc::sched_getaffinity(0, size_of_val(&set), &mut set), 0);
        (0..libc::CPU_SETSIZE as usize)
            .filter(|&cpu| libc::CPU_ISSET(cpu, &set))
            .collect()
    }
}

/// Lets the calling thread use these CPUs only. If the system refuses, the thread uses those it had.
#[cfg(target_os = "linux")]
pub fn stay_among(cpus: &[usize]) {
    // SAFETY: the set is plain bits; zero is the calling thread.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        cpus.iter().for_each(|&cpu| libc::CPU_SET(cpu, &mut set));
        libc::sched_setaffinity(0, size_of_val(&set), &set);
    }
}

/// The CPUs that the calling thread may use: one, on systems without affinity.
#[cfg(not(target_os = "linux"))]
pub fn cpus() -> Vec<usize> {
    vec![0]
}

/// Has no effect on systems without affinity.
#[cfg(not(target_os = "linux"))]
pub fn stay_among(_cpus: &[usize]) {}
