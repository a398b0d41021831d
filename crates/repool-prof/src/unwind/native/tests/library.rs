//! Stacks through libraries that are compiled from C.

use std::ffi::CString;
use std::path::Path;
use std::process::Command;

use super::*;

/// Compiles a library from C.
pub(in super::super) fn build(folder: &Path, name: &str, code: &str, option: &str) -> CString {
    let source = folder.join(format!("{name}.c"));
    let library = folder.join(format!("{name}.so"));
    std::fs::write(&source, code).expect("written");
    let built = Command::new("cc")
        .args(["-O2", "-shared", "-fPIC", "-nostdlib", option, "-o"])
        .args([&library, &source])
        .status()
        .expect("there is a C compiler, for Rust links with it");
    assert!(built.success());
    CString::new(library.as_os_str().as_bytes()).expect("no zero")
}

/// Functions with unusual frames: one that aligns its stack, and one whose frame has no fixed size.
const UNUSUAL: &str = "
    void aligned(void (*then)(void *), void *with) {
        char bytes[100] __attribute__((aligned(128)));
        __asm__ volatile(\"\" : : \"r\"(bytes) : \"memory\");
        then(with);
        __asm__ volatile(\"\" : : \"r\"(bytes) : \"memory\");
    }
    void growing(void (*then)(void *), void *with) {
        char *bytes = __builtin_alloca((unsigned long)with % 200);
        __asm__ volatile(\"\" : : \"r\"(bytes) : \"memory\");
        aligned(then, with);
        __asm__ volatile(\"\" : : \"r\"(bytes) : \"memory\");
    }
    void large(void (*then)(void *), void *with) {
        char bytes[600000];
        __asm__ volatile(\"\" : : \"r\"(bytes) : \"memory\");
        growing(then, with);
        __asm__ volatile(\"\" : : \"r\"(bytes) : \"memory\");
    }
";

#[test]
fn through_unusual_frames_of_a_library() {
    type Large = unsafe extern "C" fn(extern "C" fn(*mut c_void), *mut c_void);
    extern "C" fn then(calls: *mut c_void) {
        // SAFETY: the Vec below.
        unsafe { *calls.cast::<Vec<u64>>() = compare() };
    }
    let folder = tempfile::tempdir().expect("created");
    let library = build(folder.path(), "unusual", UNUSUAL, "-Wl,--build-id=sha1");
    let mut calls = Vec::<u64>::new();
    // SAFETY: the function is of this type, and calls `then` with the Vec.
    let range = unsafe {
        let handle = libc::dlopen(library.as_ptr(), libc::RTLD_NOW);
        let large = libc::dlsym(handle, c"large".as_ptr());
        let module = loader::find(large as u64).expect("it was loaded");
        let large = core::mem::transmute::<*mut c_void, Large>(large);
        recurse(3, &mut || large(then, (&raw mut calls).cast()));
        libc::dlclose(handle);
        module.start..module.end
    };
    let inside = calls.iter().filter(|call| range.contains(call)).count();
    assert_eq!(inside, 3, "{calls:x?}");
    assert_eq!(most_repeated(&calls), 3);
}
