//! Heap profiles as text are symbolized with the programs on disk that their memory maps name.

use std::fs;

use repool_pprof::Profile;
use repool_pprof::flame::{self, FlameSettings};

#[inline(never)]
fn allocates_here() -> u64 {
    std::hint::black_box(7)
}

#[inline(never)]
fn calls_it() -> u64 {
    allocates_here() + 1
}

/// Stacks of this process, in both forms.
#[test]
fn names_come_from_the_mapped_program() {
    assert_eq!(calls_it(), 8);
    // A return address is behind the call, so one is added to the function's address.
    let [leaf, caller] = [allocates_here, calls_it].map(|function| function as usize + 1);
    let maps = fs::read_to_string("/proc/self/maps").expect("Linux has it");
    let (figures, stack) = ("1: 64 [1: 64]", format!("@ {leaf:#x} {caller:#x}"));
    for text in [
        format!("heap_v2/1\n t*: {figures}\n{stack}\n t*: {figures}\n\nMAPPED_LIBRARIES:\n{maps}"),
        format!(
            "heap profile: {figures} @ heapprofile\n{figures} {stack}\n\nMAPPED_LIBRARIES:\n{maps}"
        ),
    ] {
        let mut profile = Profile::parse(text.as_bytes()).expect("the profile is valid");
        assert!(profile.lines(0).is_empty());
        assert!(profile.symbolize(&[]).is_empty());
        let folded = flame::folded(&profile, &FlameSettings::default()).expect("it has bytes");
        assert_eq!(folded, "heap_text::calls_it;heap_text::allocates_here 64\n");
        assert!(profile.mappings()[0].has_functions);
    }
}

/// If the program's file is gone, functions have no names, and there is a warning.
#[test]
fn a_missing_program_is_named() {
    let text = "heap_v2/1\nt*: 1: 8 [0: 0]\n@ 0x400010\nt*: 1: 8 [0: 0]\n\nMAPPED_LIBRARIES:\n\
                00400000-00500000 r-xp 00000000 08:01 123 /no/such/app\n";
    let mut profile = Profile::parse(text.as_bytes()).expect("the profile is valid");
    let warnings = profile.symbolize(&[]);
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].to_string().contains("/no/such/app"),
        "{}",
        warnings[0]
    );
}
