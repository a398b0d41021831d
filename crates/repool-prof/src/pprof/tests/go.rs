//! Tests with Go's own reader, `go tool pprof`, from the `go` that `REPOOL_GO` names.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Once;

use object::{Object, ObjectSymbol};

use super::files::Folder;
use super::made::{Made, a_bit_of_all, record};
use crate::pprof::proto::Profile;
use crate::snapshot::{Module, Record};

/// Go's tool, and a folder with profiles.
struct Go {
    go: OsString,
    folder: Folder,
}

impl Go {
    /// `None`, with a printed line, if `REPOOL_GO` is unset.
    fn new() -> Option<Self> {
        let go = std::env::var_os("REPOOL_GO");
        if go.is_none() {
            // Written to the system's standard error: the harness hides the output of passed tests.
            static SAID: Once = Once::new();
            SAID.call_once(|| {
                let _ = writeln!(
                    io::stderr(),
                    "skipped: REPOOL_GO names no go for pprof's tests"
                );
            });
        }
        let folder = Folder::new();
        go.map(|go| Self { go, folder })
    }

    fn write(&self, name: &str, profile: &Profile) -> PathBuf {
        let path = self.folder.file(name);
        profile.write_pprof(&path).expect("a new file");
        path
    }

    /// The output of pprof, run in the folder. It must print no warning.
    fn pprof(&self, arguments: &[&str]) -> String {
        let output = Command::new(&self.go)
            .args(["tool", "pprof"])
            .args(arguments)
            .current_dir(self.folder.path())
            .env("GOTOOLCHAIN", "local")
            .env("PPROF_TMPDIR", self.folder.path())
            .output()
            .expect("REPOOL_GO is a go program");
        let said = String::from_utf8_lossy(&output.stderr);
        let complaint: Vec<&str> = said
            .lines()
            .filter(|line| !line.starts_with("Generating report in "))
            .collect();
        assert!(
            output.status.success() && complaint.is_empty(),
            "{arguments:?}: {said}"
        );
        String::from_utf8(output.stdout).expect("pprof prints text")
    }

    /// The rows of a `-top` table: flat, cum, function.
    fn top(&self, arguments: &[&str]) -> Vec<String> {
        let table = self.pprof(&[&["-top", "-nodefraction=0"], arguments].concat());
        let rows = table
            .lines()
            .skip_while(|line| !line.contains("flat%"))
            .skip(1);
        rows.map(|row| {
            let cells: Vec<&str> = row.split_whitespace().collect();
            format!("{} {} {}", cells[0], cells[3], cells[5..].join(" "))
        })
        .collect()
    }
}

#[test]
fn each_sample_type_has_its_table() {
    let Some(go) = Go::new() else { return };
    go.write("heap", &a_bit_of_all().profile());
    assert_eq!(
        go.top(&["-alloc_objects", "heap"]),
        [
            "1035 1035 app::Log<K, V>::line (inline)",
            "9 9 [overflow]",
            "7 1042 app::main",
            "3 3 [unknown]",
            "2 2 0x12345678",
            "1 1 alloc::alloc::alloc (inline)",
            "0 1 <Vec<T> as Extend<T>>::extend",
            "0 1044 __libc_start_main",
            "0 1035 app::serve",
        ]
    );
    assert_eq!(
        go.top(&["-inuse_objects", "heap"])[..3],
        [
            "15 15 app::Log<K, V>::line (inline)",
            "7 22 app::main",
            "4 4 [overflow]"
        ]
    );
    let allocated = go.top(&["-alloc_space", "-unit=B", "heap"]);
    assert_eq!(
        allocated[0],
        "187200B 187200B app::Log<K, V>::line (inline)"
    );
    let inuse = go.top(&["-inuse_space", "-unit=B", "heap"]);
    assert_eq!(inuse[0], "960B 960B app::Log<K, V>::line (inline)");
    // The default sample type.
    assert_eq!(go.top(&["-unit=B", "heap"]), allocated);
    let none = a_bit_of_all().export(|export| export.default_sample_type(""));
    go.write("chosen", &none);
    assert_eq!(go.top(&["-unit=B", "chosen"]), inuse);
}

#[test]
fn the_head_says_what_and_when() {
    let Some(go) = Go::new() else { return };
    go.write("heap", &a_bit_of_all().profile());
    let table = go.pprof(&["-top", "heap"]);
    let head: Vec<&str> = table.lines().take(5).map(str::trim).collect();
    assert_eq!(
        head,
        [
            "File: app",
            "Build ID: ab01ff",
            "Type: alloc_space",
            "Time: 2023-11-14 22:13:20 UTC",
            "Duration: 60s, Total samples = 184.11kB",
        ]
    );
}

#[test]
fn naming_the_program_loses_no_names() {
    let Some(go) = Go::new() else { return };
    go.write("heap", &a_bit_of_all().profile());
    let program = std::env::current_exe().expect("this program");
    let program = program.to_str().expect("its path is text");
    assert_eq!(
        go.top(&["-alloc_space", program, "heap"]),
        go.top(&["-alloc_space", "heap"])
    );
}

#[test]
fn flat_inlines_change_no_table() {
    let Some(go) = Go::new() else { return };
    go.write("heap", &a_bit_of_all().profile());
    go.write(
        "flat",
        &a_bit_of_all().export(|export| export.flatten_inlines()),
    );
    let inlined = go.top(&["-alloc_space", "heap"]);
    let inlined: Vec<_> = inlined
        .iter()
        .map(|row| row.trim_end_matches(" (inline)"))
        .collect();
    assert_eq!(go.top(&["-alloc_space", "flat"]), inlined);
}

/// Two snapshots of one program.
fn earlier_and_later() -> (Made, Made) {
    let at = |[line, size, gone]: [i64; 3]| {
        let mut made = Made::new();
        let push = made.frame(0x200, &["~Vec::push", "app::line"]);
        let main = made.frame(0x300, &["app::main"]);
        let idle = made.frame(0x400, &["app::idle"]);
        made.stack(
            &[push, main],
            &[record(1024, line, line / 2), record(64, size, 0)],
        );
        made.stack(&[main], &[record(2048, 100, gone)]);
        made.stack(&[idle], &[record(512, 10, 10)]);
        made
    };
    (at([1000, 0, 100]), at([5000, 16, 20]))
}

#[test]
fn differences_are_those_of_pprof() {
    let Some(go) = Go::new() else { return };
    let (earlier, mut later) = earlier_and_later();
    go.write("earlier", &earlier.profile());
    go.write("later", &later.profile());
    later.snapshot = later.snapshot.delta_since(&earlier.snapshot);
    go.write("delta", &later.profile());
    for kind in [
        "-alloc_objects",
        "-alloc_space",
        "-inuse_objects",
        "-inuse_space",
    ] {
        let delta = go.top(&[kind, "-unit=B", "delta"]);
        assert_eq!(go.top(&[kind, "-unit=B", "-base=earlier", "later"]), delta);
        assert_eq!(
            go.top(&[kind, "-unit=B", "-diff_base=earlier", "later"]),
            delta
        );
    }
    assert_eq!(
        go.top(&["-inuse_space", "-unit=B", "delta"]),
        ["2048000B 2048000B app::line", "-163840B 1884160B app::main"]
    );
    let same = go.pprof(&["-top", "-diff_base=later", "later"]);
    assert!(
        same.contains("Showing nodes accounting for 0, 0% of"),
        "{same}"
    );
}

#[test]
fn sizes_are_tags() {
    let Some(go) = Go::new() else { return };
    let mut made = Made::new();
    let main = made.frame(0x10, &["main"]);
    let mixed = Record {
        size: 0,
        ..record(100, 3, 3)
    };
    made.stack(&[main], &[record(16, 4, 4), record(48, 2, 2), mixed]);
    go.write("heap", &made.profile());
    let tags = go.pprof(&["-tags", "-inuse_objects", "heap"]);
    let lines: Vec<String> = tags
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        lines,
        [
            "bytes: Total 9 of 9 ( 100%)",
            "4 (44.44%): 16B",
            "3 (33.33%): 100B",
            "2 (22.22%): 48B",
            "",
        ]
    );
}

#[test]
fn operations_are_a_comment() {
    let Some(go) = Go::new() else { return };
    let heap = a_bit_of_all().export(|export| export.operations(100_000));
    go.write("heap", &heap);
    assert_eq!(go.pprof(&["-comments", "heap"]), "operations: 100000\n");
    go.write("unsaid", &a_bit_of_all().profile());
    assert_eq!(go.pprof(&["-comments", "unsaid"]), "");
}

#[test]
fn traces_are_the_stacks() {
    let Some(go) = Go::new() else { return };
    let (earlier, _) = earlier_and_later();
    go.write("heap", &earlier.profile());
    let traces = go.pprof(&["-traces", "-alloc_objects", "heap"]);
    let stacks: Vec<String> = traces
        .split("-----------+-------------------------------------------------------\n")
        .skip(1)
        .map(|trace| trace.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|trace| !trace.is_empty())
        .collect();
    assert_eq!(
        stacks,
        [
            "bytes: 1kB 1000 app::line app::main",
            "bytes: 2kB 100 app::main",
            "bytes: 512B 10 app::idle",
        ]
    );
}

#[test]
fn list_shows_the_line() {
    let Some(go) = Go::new() else { return };
    let source = go.folder.file("app.rs");
    let text: String = (1..=40)
        .map(|n| format!("line {n} of the source\n"))
        .collect();
    fs::write(&source, text).expect("a file");
    let mut made = Made::new();
    made.file = source.to_str().expect("a path of text").into();
    let main = made.frame(0x10, &["~Vec::push", "app::Log<K>::line"]);
    made.stack(&[main], &[record(16, 4, 4)]);
    go.write("heap", &made.profile());
    let listing = go.pprof(&["-list=Log<K>::line", "-alloc_objects", "heap"]);
    // `Made` sets the line to 10 plus the offset.
    let row = listing
        .lines()
        .find(|row| row.contains("line 26 of"))
        .expect("the line");
    let cells: Vec<&str> = row.split_whitespace().take(3).collect();
    assert_eq!(cells, ["4", "4", "26:line"]);
}

#[test]
fn no_report_complains() {
    let Some(go) = Go::new() else { return };
    go.write("heap", &a_bit_of_all().profile());
    go.write(
        "flat",
        &a_bit_of_all().export(|export| export.flatten_inlines()),
    );
    go.write(
        "whole",
        &a_bit_of_all().export(|export| export.keep_allocator_frames()),
    );
    go.write("empty", &Made::new().profile());
    for profile in ["heap", "flat", "whole"] {
        for report in [
            "-tree",
            "-peek=.",
            "-dot",
            "-callgrind",
            "-comments",
            "-traces",
            "-tags",
        ] {
            go.pprof(&[report, profile]);
        }
        for granularity in [
            "-functions",
            "-filefunctions",
            "-files",
            "-lines",
            "-addresses",
        ] {
            assert!(!go.top(&[granularity, profile]).is_empty());
        }
    }
    go.pprof(&["-raw", "empty"]);
    let raw = go.pprof(&["-raw", "heap"]);
    assert!(
        raw.starts_with("PeriodType: space bytes\nPeriod: 524288\n"),
        "{raw}"
    );
    assert!(raw.contains("1: 0x555500000000/0x555501000000/0x0 /srv/app ab01ff [FN][FL][LN][IN]"));
    assert!(
        raw.contains(" 30     122880          0          0: 1 2 3 \n"),
        "{raw}"
    );
}

/// A profile that pprof has rewritten can be read too.
#[test]
fn pprof_writes_it_again() {
    let Some(go) = Go::new() else { return };
    let ours = a_bit_of_all().profile();
    go.write("heap", &ours);
    go.pprof(&["-proto", "-symbolize=none", "-output=again", "heap"]);
    let again = super::files::read(&go.folder.file("again"));
    let values = |profile: &Profile| -> Vec<Vec<i64>> {
        profile
            .sample
            .iter()
            .map(|sample| sample.value.clone())
            .collect()
    };
    assert_eq!(values(&again), values(&ours));
    assert_eq!(again.location.len(), ours.location.len());
    assert_eq!(again.lifetimes, None);
}

/// pprof computes the offset of an instruction in the file from the mapping alone.
#[test]
fn disassembly_finds_the_instruction() {
    let Some(go) = Go::new() else { return };
    let path = std::env::current_exe().expect("this program");
    let bytes = fs::read(&path).expect("its file");
    let file = object::File::parse(&*bytes).expect("it is an object file");
    let entry = file
        .symbol_by_name("main")
        .expect("programs have a main")
        .address();
    let build_id = file.build_id().expect("notes").unwrap_or_default().to_vec();
    let mut made = Made::new();
    let first = &made.snapshot.modules[0];
    let range = first.range().start..0x5555_4000_0000;
    let program = Module::new(path, range, first.bias(), build_id);
    made.snapshot.modules = [program].into();
    let main = made.frame(entry, &["main"]);
    made.stack(&[main], &[record(16, 4, 4)]);
    go.write("heap", &made.profile());
    let listing = go.pprof(&["-disasm=main", "-inuse_objects", "heap"]);
    let row = listing.lines().nth(3).expect("the first instruction");
    let cells: Vec<&str> = row.split_whitespace().take(3).collect();
    assert_eq!(cells, ["4", "4", &format!("{entry:x}:")], "{listing}");
}
