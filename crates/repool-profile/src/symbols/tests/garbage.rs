//! Invalid and damaged files: the lookup finds nothing, and does not panic.

use std::fs;

use super::program::{compile, loaded, new_directory, stacks_at};

/// A library so small that each byte of it can be changed.
const SOURCE: &str = r#"
#![no_std]
#![crate_type = "cdylib"]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
#[inline(always)]
fn inner(n: u64) -> u64 {
    n.rotate_left(3) ^ 5
}
#[unsafe(no_mangle)]
pub extern "C" fn outer(n: u64) -> u64 {
    inner(n) + inner(n + 1)
}
"#;

#[test]
fn what_is_no_object_file_has_no_symbols() {
    let directory = new_directory();
    let path = directory.path().join("libfoo.so");
    for bytes in [&b""[..], b"\x7fELF", b"#!/bin/sh\n", &[0xff; 4096]] {
        fs::write(&path, bytes).expect("the test's directory can be written");
        let stacks = stacks_at(&loaded(&path), 0x1234..0x1235);
        assert_eq!(&*stacks[0][0].name, "libfoo.so+0x1234");
    }
}

#[test]
fn a_broken_object_file_does_no_harm() {
    let directory = new_directory();
    let flags = ["-Cdebuginfo=2", "-Cpanic=abort", "-Clink-arg=-nostdlib"];
    let Some(path) = compile(&directory, SOURCE, &flags) else {
        return;
    };
    let whole = fs::read(&path).expect("the library can be read");
    let outer = symbol(&whole, "outer");
    let look = |bytes: &[u8]| {
        // Writes a new file each time, because a mapped file must not be written to.
        let broken = directory.path().join("libbroken.so");
        let _ = fs::remove_file(&broken);
        fs::write(&broken, bytes).expect("the test's directory can be written");
        let stacks = stacks_at(&loaded(&broken), outer..outer + 8);
        assert!(stacks.iter().all(|stack| !stack.is_empty()));
        stacks
    };
    let names = |stacks: &[Vec<crate::symbols::ResolvedLine>]| {
        let lines = stacks.iter().flatten();
        lines.map(|line| line.name.to_string()).collect::<Vec<_>>()
    };
    let sound = names(&look(&whole));
    assert!(sound.contains(&"outer".to_owned()), "{sound:?}");
    assert!(sound.iter().any(|name| name.contains("inner")), "{sound:?}");

    for length in (0..whole.len()).step_by(whole.len() / 150 + 1) {
        look(&whole[..length]);
    }
    // Replaces random bytes, by the same sequence in each run.
    let mut state = 1u64;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    for _ in 0..600 {
        let mut bytes = whole.clone();
        for _ in 0..=next(20) {
            let at = next(bytes.len());
            bytes[at] = next(256) as u8;
        }
        look(&bytes);
    }
}

fn symbol(bytes: &[u8], name: &str) -> u64 {
    use object::{Object, ObjectSymbol};
    let file = object::File::parse(bytes).expect("the library is an object file");
    let found = file.symbols().find(|symbol| symbol.name() == Ok(name));
    found.expect("the function's symbol").address()
}
