//! The cases of a stripped program's profile.

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Output};
use std::{env, fs};

use flate2::read::GzDecoder;
use prost::Message;
use repool_prof::binary::Binary;
use repool_prof::pprof::proto::{Mapping, Profile};

/// The variable that is set for the profiled program.
const PROFILED: &str = "REPOOL_STRIPPED_TEST";

pub fn run() {
    if env::var_os(PROFILED).is_some() {
        repool_prof::from_env();
        for count in 0..100 {
            drop(black_box(gathers(black_box(count))));
        }
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stripped");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the test");
    let whole = env::current_exe().expect("this program has a path");
    let stripped = folder.join("stripped");
    if !tool("strip", &[&"-o", &stripped, &whole]) {
        return;
    }
    says_that_names_are_missing(&folder, &stripped, &whole);
    finds_the_debug_file(&folder, &stripped, &whole);
    println!("stripped: all passed");
}

#[inline(never)]
fn gathers(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!("entry {n} of {count}"))
        .collect()
}

fn says_that_names_are_missing(folder: &Path, stripped: &Path, whole: &Path) {
    let file = folder.join("nameless.pb.gz");
    let said = profiled(stripped, &file);
    assert_eq!(said.lines().count(), 1, "{said}");
    for part in ["repool-prof: ", "nameless.pb.gz", "stripped", "--binary"] {
        assert!(said.contains(part), "{said}");
    }

    let profile = read(&file);
    assert_eq!(marks(&profile.mapping[0]), [false; 4]);
    assert!(profile.missing_symbols().is_some());
    let whole_file = Binary::open(whole).expect("this program");
    let names = names(&profile, &whole_file);
    let at = |id: &u64| &names[*id as usize - 1];
    let gathers = |name: &String| name.ends_with("cases::gathers");
    let mut stacks = profile.sample.iter().map(|sample| &sample.location_id);
    assert!(stacks.any(|stack| stack.iter().any(|id| at(id).iter().any(gathers))));
    // The hook's functions are left out, although they have no names.
    for sample in &profile.sample {
        let innermost = at(&sample.location_id[0]);
        for own in [
            "alloc_slow",
            "repool_prof::life::",
            "rust_alloc",
            "rust_realloc",
            "::GlobalAlloc>::",
        ] {
            let is_own = innermost.iter().any(|name| name.contains(own));
            assert!(!is_own, "{innermost:?}");
        }
    }
    go_names(folder, stripped, whole, &file);
}

/// The names that Go's tool shows with the unstripped program.
fn go_names(folder: &Path, stripped: &Path, whole: &Path, file: &Path) {
    let Some(go) = env::var_os("REPOOL_GO") else {
        eprintln!("skipped: REPOOL_GO names no go for pprof's tests");
        return;
    };
    let top = |program: &Path| {
        let output = Command::new(&go)
            .args(["tool", "pprof", "-top", "-cum", "-nodefraction=0"])
            .args([program, file])
            .env("GOTOOLCHAIN", "local")
            .env("PPROF_TMPDIR", folder)
            .output();
        text(output.expect("REPOOL_GO is a go program").stdout)
    };
    let (before, named) = (top(stripped), top(whole));
    assert!(!before.contains("gathers"), "{before}");
    assert!(named.lines().any(|row| row.contains("gathers")), "{named}");
    // Go names only functions with debugging information, which the C runtime does not have.
    let places = |table: &str| table.matches("stripped+0x").count();
    assert!(4 * places(&named) < places(&before), "{named}");
}

/// A debug file beside the program, whose section `.gnu_debuglink` has its name.
fn finds_the_debug_file(folder: &Path, stripped: &Path, whole: &Path) {
    let debug = folder.join("its.debug");
    let linked = folder.join("linked");
    let mut link = std::ffi::OsString::from("--add-gnu-debuglink=");
    link.push(&debug);
    let made = tool("objcopy", &[&"--only-keep-debug", &whole, &debug])
        && tool("objcopy", &[&link, &stripped, &linked]);
    if !made {
        return;
    }
    let file = folder.join("linked.pb.gz");
    assert_eq!(profiled(&linked, &file), "");
    let profile = read(&file);
    assert_eq!(marks(&profile.mapping[0]), [true; 4]);
    assert_eq!(profile.missing_symbols(), None);
    let mut functions = profile.function.iter().map(|function| {
        let name = usize::try_from(function.name).expect("a place");
        &profile.string_table[name]
    });
    assert!(functions.any(|name| name.ends_with("cases::gathers")));

    // A debug file of another program is ignored.
    fs::write(&debug, fs::read("/bin/sh").expect("a shell")).expect("our own folder");
    let said = profiled(&linked, &file);
    assert!(said.contains("--binary"), "{said}");
}

/// Runs a program that writes its profile to `file`, and returns what it prints.
fn profiled(program: &Path, file: &Path) -> String {
    let output = Command::new(program)
        .env(PROFILED, "1")
        .env("REPOOL_PROFILE", file)
        .env("REPOOL_PROFILE_RATE", "1")
        .env_remove("RUST_BACKTRACE")
        .output();
    let Output {
        status,
        stdout,
        stderr,
    } = output.expect("the program starts");
    let said = text(stderr);
    assert!(status.success() && stdout.is_empty(), "{status}: {said}");
    said
}

fn read(file: &Path) -> Profile {
    let file = fs::File::open(file).expect("a profile");
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut GzDecoder::new(file), &mut bytes).expect("it is whole");
    Profile::decode(&*bytes).expect("a profile")
}

/// The functions at each location, by the unstripped program.
fn names(profile: &Profile, program: &Binary) -> Vec<Vec<String>> {
    let mapping = &profile.mapping[0];
    let (start, limit) = (mapping.memory_start, mapping.memory_limit);
    let addresses: Vec<u64> = profile
        .location
        .iter()
        .map(|location| match location.mapping_id == mapping.id {
            true => program.address_in_file(location.address, start, limit, mapping.file_offset),
            false => 0,
        })
        .collect();
    let functions = program.functions_at(&addresses);
    let names = functions.into_iter().map(|functions| {
        let names = functions.iter().map(|function| function.name.to_string());
        names.collect()
    });
    names.collect()
}

fn marks(mapping: &Mapping) -> [bool; 4] {
    [
        mapping.has_functions,
        mapping.has_filenames,
        mapping.has_line_numbers,
        mapping.has_inline_frames,
    ]
}

/// Runs one of the tools for object files; `false` if it is not installed.
fn tool(name: &str, arguments: &[&dyn AsRef<std::ffi::OsStr>]) -> bool {
    let arguments = arguments.iter().map(|argument| argument.as_ref());
    match Command::new(name).args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "{name}: {}", text(output.stderr));
            true
        }
        Err(_) => {
            eprintln!("skipped: there is no {name}");
            false
        }
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}
