//! Looks symbols of this program up.

use std::hint::black_box;
use std::path::PathBuf;

use super::program::this_program;
use crate::symbols::{Frame, Module, ResolvedLine, Symbols};

#[inline(never)]
fn landmark(n: u64) -> u64 {
    within(black_box(n)) + 1
}

#[inline(always)]
fn within(n: u64) -> u64 {
    black_box(
        black_box(n)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(7),
    )
}

/// The name of the function above.
const LANDMARK: &str = "repool_profile::symbols::tests::resolving::landmark";

fn frame_of(module: &Module, address: u64) -> Frame {
    Frame::new(0, address - module.start)
}

fn address() -> u64 {
    assert_ne!(landmark(3), 3);
    landmark as *const () as u64
}

fn resolved(modules: &[Module], frame: Frame) -> Vec<ResolvedLine> {
    let mut symbols = Symbols::default();
    symbols.resolve(modules, &mut std::iter::once(frame));
    symbols.lines(frame).to_vec()
}

/// The functions' names without `black_box`, with which the optimiser lets a function begin.
fn names(lines: &[ResolvedLine]) -> Vec<&str> {
    let names = lines.iter().map(|line| &*line.name);
    names
        .filter(|name| *name != "core::hint::black_box")
        .collect()
}

#[test]
fn a_function_has_its_name_file_and_line() {
    let program = this_program();
    let frame = frame_of(&program, address());
    let lines = resolved(&[program], frame);
    assert_eq!(names(&lines), [LANDMARK]);
    let own = lines.last().expect("never empty");
    assert!(own.file.ends_with("symbols/tests/resolving.rs"), "{own:?}");
    assert_ne!(own.line, 0);
    // Line tables, which are what an optimised build has here, do not say where a function begins.
    if cfg!(debug_assertions) {
        assert_eq!(own.line, own.start_line);
    }
}

#[test]
fn an_inlined_function_comes_before_its_caller() {
    let program = this_program();
    let from = address();
    let frames: Vec<_> = (from..from + 400).map(|a| frame_of(&program, a)).collect();
    let mut symbols = Symbols::default();
    symbols.resolve(&[program], &mut frames.iter().copied());
    let both = frames
        .iter()
        .map(|frame| symbols.lines(*frame))
        .find(|lines| {
            let [.., inner, outer] = lines else {
                return false;
            };
            inner.name.ends_with("::within") && &*outer.name == LANDMARK
        });
    let [.., inner, outer] = both.expect("`within` is inlined") else {
        unreachable!("there are two");
    };
    assert_ne!(inner.line, outer.line);
    if cfg!(debug_assertions) {
        assert_eq!(inner.start_line, outer.start_line + 5);
        assert_eq!(outer.line, outer.start_line + 1);
    }
}

#[test]
fn what_is_known_is_kept_without_the_file() {
    let program = this_program();
    let frame = frame_of(&program, address());
    let mut symbols = Symbols::default();
    let empty = symbols.memory();
    symbols.resolve(std::slice::from_ref(&program), &mut std::iter::once(frame));
    let once = symbols.memory();
    assert!(once >= empty + LANDMARK.len(), "{empty} {once}");
    let gone = Module {
        path: "/nonexistent/program".into(),
        build_id: Vec::new(),
        ..program
    };
    symbols.resolve(&[gone], &mut [frame; 3].into_iter());
    assert_eq!(names(symbols.lines(frame)), [LANDMARK]);
    assert_eq!(symbols.memory(), once, "nothing was added");
}

#[test]
fn a_frame_in_no_module_is_its_address() {
    let nowhere = Frame::new(Frame::NO_MODULE, 0x7f12_3456_789a);
    let lines = resolved(&[], nowhere);
    assert_eq!(names(&lines), ["0x7f123456789a"]);
    assert_eq!((&*lines[0].file, lines[0].line), ("", 0));
    assert!(!lines[0].folded);
    let unlisted = Frame::new(7, 0x10);
    assert_eq!(names(&resolved(&[this_program()], unlisted)), ["0x10"]);
}

#[test]
fn what_was_never_looked_up_is_not_known() {
    assert_eq!(names(Symbols::default().lines(Frame::new(0, 1))), ["?"]);
}

#[test]
fn a_file_that_is_gone_is_named_with_the_address_in_it() {
    let gone = Module {
        path: "/nonexistent/libgone.so".into(),
        start: 0x7000_0000_1000,
        end: 0x7000_0001_0000,
        bias: 0x7000_0000_0000,
        build_id: Vec::new(),
    };
    let lines = resolved(&[this_program(), gone], Frame::new(1, 0x234));
    assert_eq!(names(&lines), ["libgone.so+0x1234"]);
    assert!(!lines[0].folded);
}

#[test]
fn what_is_no_ordinary_file_is_not_opened() {
    for path in ["/dev/zero", "/tmp", "[vdso]", ""] {
        let module = Module {
            path: path.into(),
            ..this_program()
        };
        let name = PathBuf::from(path);
        let name = name.file_name().unwrap_or_default().to_string_lossy();
        let offset = module.start - module.bias + 1;
        let lines = resolved(&[this_program(), module], Frame::new(1, 1));
        assert_eq!(names(&lines), [format!("{name}+{offset:#x}")]);
    }
}

#[test]
fn a_file_of_another_build_is_not_trusted() {
    let program = this_program();
    let offset = address() - program.start;
    let named = |build_id: &[u8]| {
        let other = Module {
            build_id: build_id.to_vec(),
            ..program.clone()
        };
        // Not module 0, because the running program is found without its path.
        resolved(&[program.clone(), other], Frame::new(1, offset))
    };
    assert_eq!(names(&named(&program.build_id)), [LANDMARK]);
    assert_eq!(
        names(&named(&[])),
        [LANDMARK],
        "nothing says that it is another"
    );
    assert!(!program.build_id.is_empty(), "the linker leaves an id");
    let lines = named(&[1, 2, 3]);
    let file = program.path.file_name().expect("a name").to_string_lossy();
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].name.starts_with(&*format!("{file}+0x")),
        "{lines:?}"
    );
}

#[test]
fn the_program_is_found_when_its_file_was_replaced() {
    let program = this_program();
    let frame = frame_of(&program, address());
    let replaced = |build_id: Vec<u8>| Module {
        path: "/nonexistent/program".into(),
        build_id,
        ..program.clone()
    };
    let ours = replaced(program.build_id.clone());
    assert_eq!(names(&resolved(&[ours], frame)), [LANDMARK]);
    let anyones = replaced(Vec::new());
    assert_ne!(names(&resolved(&[anyones], frame)), [LANDMARK]);
    let anothers = replaced(vec![1, 2, 3]);
    assert_ne!(names(&resolved(&[anothers], frame)), [LANDMARK]);
}

#[test]
fn one_file_loaded_twice_is_told_apart_by_its_place() {
    let program = this_program();
    let shift = 0x10_0000_0000;
    let again = Module {
        start: program.start + shift,
        end: u64::MAX,
        bias: program.bias + shift,
        ..program.clone()
    };
    let offset = address() - program.start;
    let frames = [Frame::new(0, offset), Frame::new(1, offset)];
    let mut symbols = Symbols::default();
    symbols.resolve(&[program, again], &mut frames.into_iter());
    for frame in frames {
        assert_eq!(names(symbols.lines(frame)), [LANDMARK]);
    }
}
