//! Which frames an export leaves out, and which stacks become one.

use super::made::{Made, a_bit_of_all, record};
use super::rules::{check, text};
use crate::pprof::proto::Profile;

/// The functions of each sample, the innermost first; `|` between locations.
fn stacks(profile: &Profile) -> Vec<String> {
    let function = |id: u64| text(profile, profile.function[id as usize - 1].name);
    let location = |id: &u64| {
        let lines = &profile.location[*id as usize - 1].line;
        lines
            .iter()
            .map(|line| function(line.function_id))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let stack = |ids: &[u64]| ids.iter().map(location).collect::<Vec<_>>().join(" | ");
    profile
        .sample
        .iter()
        .map(|sample| stack(&sample.location_id))
        .collect()
}

#[test]
fn leading_folded_lines_are_left_out() {
    let mut made = Made::new();
    let alloc = made.frame(0x100, &["~alloc", "~Vec::reserve"]);
    let push = made.frame(0x200, &["~Vec::push", "line", "serve"]);
    let boxed = made.frame(0x300, &["~call_once", "main"]);
    made.stack(&[alloc, push, boxed], &[record(64, 1, 1)]);
    let profile = made.profile();
    check(&profile);
    // Frames further out stay, folded or not.
    assert_eq!(stacks(&profile), ["line serve | call_once main"]);
    let whole = made.export(|export| export.keep_allocator_frames());
    assert_eq!(
        stacks(&whole),
        ["alloc Vec::reserve | Vec::push line serve | call_once main"]
    );
    let flat = made.export(|export| export.flatten_inlines());
    assert_eq!(stacks(&flat), ["line | serve | call_once | main"]);
}

#[test]
fn a_location_is_whole_where_it_is_not_at_the_top() {
    let mut made = Made::new();
    let inner = made.frame(0x100, &["inner"]);
    let both = made.frame(0x200, &["~Vec::push", "line"]);
    made.stack(&[both], &[record(64, 1, 1)]);
    made.stack(&[inner, both], &[record(64, 1, 1)]);
    let profile = made.profile();
    check(&profile);
    assert_eq!(stacks(&profile), ["line", "inner | Vec::push line"]);
    assert_eq!(profile.location[0].address, profile.location[2].address);
}

#[test]
fn a_stack_that_is_all_folded_stays() {
    let mut made = Made::new();
    let alloc = made.frame(0x100, &["~alloc", "~reserve"]);
    let thread = made.frame(0x200, &["~thread::start"]);
    made.stack(&[alloc, thread], &[record(64, 1, 1)]);
    assert_eq!(stacks(&made.profile()), ["alloc reserve | thread::start"]);
}

#[test]
fn stacks_without_frames_have_names() {
    let mut made = Made::new();
    made.stack(&[], &[record(8, 1, 1)]);
    made.overflow(&[record(16, 2, 0)]);
    made.stack(&[], &[record(8, 2, 0)]);
    let profile = made.profile();
    check(&profile);
    assert_eq!(stacks(&profile), ["[unknown]", "[overflow]"]);
    assert_eq!(profile.sample[0].value, [3, 24, 1, 8]);
    for location in &profile.location {
        assert_eq!((location.address, location.mapping_id), (0, 0));
    }
}

#[test]
fn names_are_as_they_were() {
    let profile = a_bit_of_all().profile();
    assert_eq!(
        stacks(&profile),
        [
            "app::Log<K, V>::line app::serve | app::main | __libc_start_main",
            "app::Log<K, V>::line app::serve | app::main | __libc_start_main",
            "app::main | __libc_start_main",
            "0x12345678 | __libc_start_main",
            "alloc::alloc::alloc <Vec<T> as Extend<T>>::extend",
            "[unknown]",
            "[overflow]",
        ]
    );
    assert!(
        profile
            .function
            .iter()
            .all(|f| f.system_name == 0 && f.start_line <= 5)
    );
    let line = profile.location[0].line[0];
    assert_eq!(
        (line.line, text(&profile, profile.function[0].filename)),
        (22, "/src/app.rs")
    );
}
