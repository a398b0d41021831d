//! Compares captured stacks with those of libgcc's unwinder.

use core::ffi::{c_int, c_void};
use core::hint::black_box;
use core::ptr;
use std::cell::RefCell;

use super::*;

pub(super) mod library;

type Visit = extern "C" fn(*mut c_void, *mut c_void) -> c_int;

unsafe extern "C" {
    fn _Unwind_Backtrace(visit: Visit, to: *mut c_void) -> c_int;
    fn _Unwind_GetIPInfo(context: *mut c_void, before: *mut c_int) -> usize;
}

extern "C" fn note(context: *mut c_void, to: *mut c_void) -> c_int {
    let mut before = 0;
    // SAFETY: libgcc's context, and the Vec of `reference`.
    unsafe {
        let pc = _Unwind_GetIPInfo(context, &raw mut before) as u64;
        if pc != 0 {
            (*to.cast::<Vec<u64>>()).push(if before == 0 { pc - 1 } else { pc });
        }
    }
    0
}

/// The calls on the stack by libgcc, from the function that contains this macro on.
macro_rules! reference {
    () => {{
        let mut calls = Vec::<u64>::with_capacity(1000);
        // SAFETY: `note` gets the Vec that it expects.
        unsafe { _Unwind_Backtrace(note, (&raw mut calls).cast()) };
        calls
    }};
}

fn address(frame: &Frame) -> u64 {
    match frame.module() {
        Some(number) => modules()[number].range().start + frame.offset(),
        None => frame.offset(),
    }
}

/// Asserts that both unwinders find the same calls, and returns their addresses, from the caller of
/// this function's caller on.
#[inline(never)]
fn compare() -> Vec<u64> {
    prepare(Unwind::Tables).expect("it is supported here");
    let mut frames = [Frame::default(); DEPTH];
    let count = capture_by(TABLES, &mut frames);
    let again = {
        let mut again = [Frame::default(); DEPTH];
        let count = capture_by(TABLES, &mut again);
        again[1..count].to_vec()
    };
    let expected = reference!();
    let ours: Vec<u64> = frames[1..count].iter().map(address).collect();
    assert_eq!(
        ours,
        expected[1..expected.len().min(DEPTH)],
        "\n{}",
        std::backtrace::Backtrace::force_capture()
    );
    assert_eq!(again, frames[1..count], "from remembered rules");
    assert_eq!(count, expected.len().min(DEPTH));
    ours
}

#[inline(never)]
fn recurse(depth: usize, then: &mut dyn FnMut()) {
    if depth == 0 {
        then();
    } else {
        recurse(depth - 1, then);
    }
    black_box(());
}

/// How often the most frequent call occurs.
fn most_repeated(calls: &[u64]) -> usize {
    let times = |call| calls.iter().filter(|other| *other == call).count();
    calls.iter().map(times).max().unwrap_or(0)
}

#[test]
fn recursion_is_shown_call_by_call() {
    let mut lengths = Vec::new();
    for depth in [0, 1, 20, 60] {
        let mut calls = Vec::new();
        recurse(depth, &mut || calls = compare());
        if depth > 1 {
            assert_eq!(most_repeated(&calls), depth);
        }
        lengths.push(calls.len());
    }
    assert_eq!(lengths[2] - lengths[0], 20);
    assert_eq!(lengths[3] - lengths[0], 60);
}

#[test]
fn stops_at_its_depth() {
    let mut calls = Vec::new();
    recurse(500, &mut || calls = compare());
    assert_eq!(calls.len(), DEPTH - 1);
}

#[test]
fn through_a_function_of_c() {
    thread_local! {
        static CALLS: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
    }
    extern "C" fn order(a: *const c_void, b: *const c_void) -> c_int {
        let calls = compare();
        CALLS.with(|found| *found.borrow_mut() = calls);
        (a as usize).cmp(&(b as usize)) as c_int
    }
    let mut numbers = [2_u64, 1, 3];
    // SAFETY: three elements of eight bytes, and an order.
    unsafe { libc::qsort(numbers.as_mut_ptr().cast(), 3, 8, Some(order)) };
    let calls = CALLS.with(RefCell::take);
    let modules = modules();
    let libc = modules
        .iter()
        .find(|module| module.path().to_string_lossy().contains("libc.so"))
        .expect("qsort is in libc");
    assert!(libc.range().contains(&calls[1]), "{calls:x?} {libc:x?}");
    assert!(!libc.build_id().is_empty());
}

thread_local! {
    static IN_HANDLER: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

extern "C" fn handler(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    let calls = compare();
    IN_HANDLER.with(|found| *found.borrow_mut() = calls);
}

fn handle(signal: c_int, flags: c_int) {
    // SAFETY: a handler of the type that SA_SIGINFO requires. The signal is raised where no lock is
    // held, so what the handler does is safe.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | flags;
        assert_eq!(
            libc::sigaction(signal, &raw const action, ptr::null_mut()),
            0
        );
    }
}

#[test]
fn from_a_signal_handler() {
    handle(libc::SIGUSR1, 0);
    // SAFETY: the signal has a handler.
    recurse(10, &mut || unsafe {
        libc::raise(libc::SIGUSR1);
    });
    let calls = IN_HANDLER.with(RefCell::take);
    assert_eq!(most_repeated(&calls), 10);
}

#[test]
fn from_a_handler_on_a_stack_of_its_own() {
    handle(libc::SIGTRAP, libc::SA_ONSTACK);
    let mut other = vec![0_u8; 256 * 1024];
    let stack = libc::stack_t {
        ss_sp: other.as_mut_ptr().cast(),
        ss_flags: 0,
        ss_size: other.len(),
    };
    let none = libc::stack_t {
        ss_flags: libc::SS_DISABLE,
        ..stack
    };
    let mut interrupted = 0_u64;
    // SAFETY: the stack is used until the trap returns, and outlives that; a trap changes no register.
    unsafe {
        assert_eq!(libc::sigaltstack(&raw const stack, ptr::null_mut()), 0);
        recurse(
            10,
            &mut || asm!("int3", "lea {}, [rip - 7]", out(reg) interrupted),
        );
        assert_eq!(libc::sigaltstack(&raw const none, ptr::null_mut()), 0);
    }
    let calls = IN_HANDLER.with(RefCell::take);
    // The frame is the instruction after the trap itself, not the byte before it.
    assert!(calls.contains(&interrupted), "{calls:x?} {interrupted:x}");
    assert_eq!(most_repeated(&calls), 10);
}

/// Runs `work` on a thread with a stack of `bytes` bytes. Returns the result of `work`, and how many
/// bytes at the low end of the stack were never written to.
fn on_a_stack(bytes: usize, work: extern "C" fn(*mut c_void) -> *mut c_void) -> (u64, usize) {
    const PAINT: u8 = 0xA5;
    let mut memory = vec![PAINT; bytes + 4096];
    let guard = memory.as_ptr().align_offset(4096);
    let first = memory[guard..].as_mut_ptr();
    // SAFETY: memory of this function's own, for a thread that is joined.
    let result = unsafe {
        let mut attributes: libc::pthread_attr_t = core::mem::zeroed();
        libc::pthread_attr_init(&raw mut attributes);
        assert_eq!(
            libc::pthread_attr_setstack(&raw mut attributes, first.cast(), bytes),
            0
        );
        let mut thread = 0;
        let made = libc::pthread_create(
            &raw mut thread,
            &raw const attributes,
            work,
            ptr::null_mut(),
        );
        assert_eq!(made, 0);
        let mut result = ptr::null_mut();
        assert_eq!(libc::pthread_join(thread, &raw mut result), 0);
        result as u64
    };
    let untouched = memory[guard..]
        .iter()
        .take_while(|byte| **byte == PAINT)
        .count();
    (result, untouched)
}

extern "C" fn capture_once(_: *mut c_void) -> *mut c_void {
    let mut count = 0;
    recurse(9, &mut || {
        count = capture_by(TABLES, &mut [Frame::default(); DEPTH])
    });
    ptr::without_provenance_mut(count)
}

extern "C" fn capture_nothing(_: *mut c_void) -> *mut c_void {
    let mut count = 0;
    recurse(9, &mut || {
        count = capture_by(0, &mut [Frame::default(); DEPTH])
    });
    ptr::without_provenance_mut(count)
}

#[test]
fn a_small_stack_is_enough() {
    prepare(Unwind::Tables).expect("it is supported here");
    let (none, without) = on_a_stack(16 * 1024, capture_nothing);
    let (count, with) = on_a_stack(16 * 1024, capture_once);
    // The frames: the closure, ten of `recurse`, `capture_once`, and two of libc.
    assert!(none == 0 && (13..=15).contains(&count), "{count}");
    println!("{} bytes, and {with} left", without - with);
    assert!(with > 1024, "{with}");
    assert!(without - with < 4 * 1024, "{}", without - with);
}

#[test]
fn a_garbled_frame_pointer_ends_the_walk() {
    prepare(Unwind::Tables).expect("it is supported here");
    let mut frames = [Frame::default(); DEPTH];
    let words = [0_u64, 0, 1 << 40, 0x1234_5678, u64::MAX, 12];
    let here = words.as_ptr() as u64;
    for rbp in [
        0,
        1,
        here - 4096,
        here + 4,
        here,
        here + 16,
        1 << 40,
        1 << 63,
        u64::MAX - 7,
    ] {
        // SAFETY: this function runs until the walk has ended.
        let stack = unsafe { StackReader::new(here) };
        let at = Registers {
            pc: 0,
            sp: here,
            rbp,
        };
        assert_eq!(by_frame_pointers(at, stack, &mut frames), 0, "{rbp:x}");
    }
}

#[test]
fn a_module_without_tables_ends_the_stack() {
    prepare(Unwind::Tables).expect("it is supported here");
    let mut program = program();
    let pc = capture as *const () as u64;
    // SAFETY: the program is never unloaded.
    unsafe {
        assert!(tables::step(pc, &program).is_some());
        program.eh_frame_hdr = 0;
        assert_eq!(tables::step(pc, &program), None);
    }
}

#[test]
fn frame_pointers_find_the_same_where_there_are_any() {
    prepare(Unwind::Auto).expect("it is supported here");
    let mut frames = [[Frame::default(); DEPTH]; 2];
    let [by_tables, by_pointers] = &mut frames;
    let mut counts = [0; 2];
    recurse(20, &mut || {
        counts = [
            capture_by(TABLES, by_tables),
            capture_by(FRAME_POINTERS, by_pointers),
        ];
    });
    // `prepare` must have chosen the same for the process.
    if frame_pointers_reach_as_far() {
        assert!(counts[1] + LIBC_START_FRAMES >= counts[0], "{counts:?}");
        let both = counts[0].min(counts[1]);
        assert_eq!(frames[0][1..both], frames[1][1..both]);
    }
    let built_with = std::env::var("RUSTFLAGS").unwrap_or_default();
    if built_with.contains("force-frame-pointers=yes") {
        assert!(frame_pointers_reach_as_far());
    }
}

#[test]
fn errno_stays_as_it_is() {
    prepare(Unwind::Tables).expect("it is supported here");
    let mut frames = [Frame::default(); DEPTH];
    // SAFETY: this thread's own.
    unsafe {
        *libc::__errno_location() = 4321;
        assert!(!stack::is_readable(1 << 63));
        assert!(capture_by(TABLES, &mut frames) > 1);
        assert!(capture_by(FRAME_POINTERS, &mut frames) < DEPTH);
        assert_eq!(*libc::__errno_location(), 4321);
    }
}

#[test]
fn the_program_is_the_first_module() {
    prepare(Unwind::Tables).expect("it is supported here");
    let program = &modules()[0];
    assert_eq!(
        program.path(),
        std::env::current_exe().expect("it has a path")
    );
    assert!(program.range().contains(&(capture as *const () as u64)));
    assert!(memory() > 0);
}
