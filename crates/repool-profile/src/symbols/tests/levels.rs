//! The lines of a program at each level of debugging information.

use std::collections::BTreeSet;

use object::{Object, ObjectSymbol};

use super::program::{compile, loaded, new_directory, stacks_at, stacks_in};
use crate::symbols::ResolvedLine;

pub(super) const SOURCE: &str = r#"
mod deep {
    #[inline(always)]
    pub fn store(line: &mut Vec<u64>, n: u64) {
        line.push(n); // line 5
    }
    pub struct Log<T>(pub Vec<T>);
    impl<T: Clone> Log<T> {
        #[inline(always)]
        pub fn add(&mut self, entry: &T) {
            self.0.push(entry.clone());
        }
    }
}
#[inline(never)]
fn fill(count: u64) -> (Vec<u64>, usize) {
    let mut line = Vec::new();
    let mut log = deep::Log(Vec::new());
    for n in 0..count {
        deep::store(&mut line, n); // line 20
        log.add(&n);
    }
    (line, log.0.len())
}
fn main() {
    println!("{:?}", fill(std::env::args().count() as u64));
}
"#;

/// The innermost line of each stack that is not left out, with its callers.
fn shown(stacks: &[Vec<ResolvedLine>]) -> Vec<&[ResolvedLine]> {
    stacks
        .iter()
        .map(|stack| &stack[stack.iter().position(|line| !line.folded).unwrap_or(0)..])
        .collect()
}

fn names<'a>(lines: &[&'a [ResolvedLine]]) -> Vec<Vec<&'a str>> {
    let mut names: Vec<Vec<_>> = lines
        .iter()
        .map(|stack| stack.iter().map(|line| &*line.name).collect())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Calls `check` with the stacks of `fill` in a program compiled with `debug`, for both manglings.
/// The legacy mangling is the compiler's default, and cannot be selected otherwise.
fn compiled(debug: &str, flags: &[&str], check: impl Fn(&[Vec<ResolvedLine>])) {
    for mangling in ["default", "v0"] {
        let directory = new_directory();
        let debug = format!("-Cdebuginfo={debug}");
        let mangling = format!("-Csymbol-mangling-version={mangling}");
        let mut all = vec![debug.as_str()];
        if mangling.ends_with("v0") {
            all.push(&mangling);
        }
        all.extend(flags);
        if let Some(path) = compile(&directory, SOURCE, &all) {
            check(&stacks_in(&path, "program::fill"));
        }
    }
}

#[test]
fn without_debugging_information_the_function_alone_is_known() {
    compiled("0", &[], |stacks| {
        assert_eq!(stacks.len(), 1);
        let [line] = &*stacks[0] else {
            panic!("{stacks:?}")
        };
        assert_eq!(&*line.name, "program::fill");
        assert_eq!((&*line.file, line.line, line.start_line), ("", 0, 0));
        assert!(!line.folded);
    });
}

#[test]
fn line_tables_have_inlined_functions_by_their_files() {
    compiled("line-tables-only", &[], |stacks| {
        let shown = shown(stacks);
        let names = names(&shown);
        assert!(
            names.contains(&vec!["program::store", "program::fill"]),
            "{names:?}"
        );
        assert!(
            names.contains(&vec!["program::add", "program::fill"]),
            "{names:?}"
        );
        check_lines(&shown, "program::store");
        assert!(shown.iter().all(|stack| stack[0].start_line == 0));
        check_folding(stacks, "alloc::vec::push");
    });
}

#[test]
fn level_1_has_inlined_functions_by_full_names() {
    compiled("1", &[], check_full);
}

#[test]
fn level_2_is_as_level_1() {
    compiled("2", &[], check_full);
}

#[test]
fn compressed_sections_are_expanded() {
    compiled(
        "1",
        &["-Clink-arg=-Wl,--compress-debug-sections=zlib"],
        check_full,
    );
}

/// A program with an allocator of its own, into which other functions are inlined.
const ALLOCATOR: &str = r#"
use std::alloc::{GlobalAlloc, Layout, System};
struct Counting;
#[inline(always)]
fn count(bytes: usize) -> usize {
    std::hint::black_box(bytes) // line 6
}
// SAFETY: every request goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises, passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises, passed on.
        unsafe { System.dealloc(block, layout) }
    }
}
#[global_allocator]
static ALLOC: Counting = Counting;
fn main() {
    println!("{}", String::from("a").repeat(std::env::args().count()));
}
"#;

#[test]
fn what_is_inlined_into_the_allocator_is_left_out() {
    for debug in ["-Cdebuginfo=line-tables-only", "-Cdebuginfo=1"] {
        let directory = new_directory();
        let Some(path) = compile(&directory, ALLOCATOR, &[debug]) else {
            return;
        };
        let stacks = stacks_in(&path, "__rustc::__rust_alloc");
        let lines = || stacks.iter().flatten();
        let count = |line: &ResolvedLine| line.name.ends_with("count") && line.line == 6;
        assert!(lines().any(count), "{stacks:?}");
        assert!(lines().all(|line| line.folded), "{stacks:?}");
    }
}

/// A program with an assembly function without a type, and a label within another function.
const ASSEMBLY: &str = r#"
core::arch::global_asm!(
    ".text", ".globl bare", "bare:", "nop", "nop",
    ".globl sized", ".type sized, @function", "sized:", "nop",
    ".globl inside", "inside:", "nop", ".size sized, . - sized",
);
unsafe extern "C" {
    fn bare();
    fn sized();
    fn inside();
}
fn main() {
    println!("{:p} {:p} {:p}", bare as *const (), sized as *const (), inside as *const ());
}
"#;

#[test]
fn assembly_is_named_by_its_labels() {
    let directory = new_directory();
    let Some(path) = compile(&directory, ASSEMBLY, &["-Cdebuginfo=0"]) else {
        return;
    };
    let bytes = std::fs::read(&path).expect("the program can be read");
    let file = object::File::parse(&*bytes).expect("the program is an object file");
    let bare = file.symbols().find(|symbol| symbol.name() == Ok("bare"));
    let start = bare.expect("it was linked").address();
    let stacks = stacks_at(&loaded(&path), start..start + 4);
    let stacks: Vec<_> = stacks.iter().map(Vec::as_slice).collect();
    assert_eq!(names(&stacks), [["bare"], ["sized"]]);
}

#[test]
fn a_stripped_program_has_its_own_name() {
    let directory = new_directory();
    let all = ["-Cdebuginfo=1", "-Cstrip=symbols"];
    if let Some(path) = compile(&directory, SOURCE, &all) {
        let stacks = stacks_at(&loaded(&path), 0x2000..0x2001);
        assert_eq!(names(&[&stacks[0]]), [["program+0x2000"]]);
    }
}

pub(super) fn check_full(stacks: &[Vec<ResolvedLine>]) {
    let shown = shown(stacks);
    let names = names(&shown);
    let store = vec!["program::deep::store", "program::fill"];
    assert!(names.contains(&store), "{names:?}");
    let add = |name: &&str| {
        name.starts_with("program::deep::Log<") || name.starts_with("<program::deep::Log<")
    };
    assert!(
        names.iter().any(|stack| stack.len() == 2 && add(&stack[0])),
        "{names:?}"
    );
    check_lines(&shown, "program::deep::store");
    let begins = |name: &str| {
        let mut lines = shown.iter().flat_map(|stack| stack.iter());
        let line = lines.find(|line| &*line.name == name);
        line.expect("it is there").start_line
    };
    assert_eq!(begins("program::deep::store"), 4);
    // The function begins at its own line, not at that of its attribute.
    assert_eq!(begins("program::fill"), 16);
    let everywhere = || stacks.iter().flatten();
    assert!(everywhere().all(|line| line.line != 0 || line.file.is_empty()));
    let ours = |line: &&ResolvedLine| &*line.name == "program::fill";
    let files: BTreeSet<_> = everywhere().filter(ours).map(|line| &line.file).collect();
    assert!(
        files
            .iter()
            .all(|file| file.is_empty() || file.ends_with("/program.rs")),
        "{files:?}"
    );
    let push = |line: &&ResolvedLine| line.folded && line.name.ends_with("::push");
    let push = stacks
        .iter()
        .flatten()
        .find(push)
        .expect("push was inlined");
    check_folding(stacks, &push.name);
}

/// Checks the lines of `store`: it calls `push` at line 5, and is called at line 20.
fn check_lines(shown: &[&[ResolvedLine]], store: &str) {
    let called = |stack: &&&[ResolvedLine]| &*stack[0].name == store && stack[0].line == 5;
    let stack = shown.iter().find(called).expect("the call in `store`");
    assert!(
        stack[0].file.ends_with("/program.rs"),
        "{:?}",
        stack[0].file
    );
    assert_eq!(stack[1].line, 20);
    assert_eq!(stack[1].file, stack[0].file);
}

/// Checks that `push` is left out wherever it was inlined, and the program's functions never.
fn check_folding(stacks: &[Vec<ResolvedLine>], push: &str) {
    let mut pushes = 0;
    for line in stacks.iter().flatten() {
        let ours = line.file.ends_with("/program.rs");
        assert!(!(ours && line.folded), "{line:?}");
        if &*line.name == push {
            pushes += 1;
            assert!(line.folded, "{line:?}");
            assert!(
                line.file.ends_with("/library/alloc/src/vec/mod.rs"),
                "{line:?}"
            );
        }
    }
    assert!(pushes > 0);
}
