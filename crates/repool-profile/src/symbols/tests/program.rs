//! Programs to look symbols up in: this one, and programs that are compiled for a test.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use object::{Object, ObjectSymbol};
use tempfile::TempDir;

use crate::symbols::{Frame, Module, ResolvedLine, Symbols};

/// A temporary directory, removed when it is dropped.
pub(super) fn new_directory() -> TempDir {
    tempfile::tempdir().expect("a directory for the test")
}

/// Compiles `source` with these flags to a file in `directory`; `None` if there is no compiler.
pub(super) fn compile(directory: &TempDir, source: &str, flags: &[&str]) -> Option<PathBuf> {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let from = directory.path().join("program.rs");
    let to = directory.path().join("program");
    fs::write(&from, source).expect("the test's directory can be written");
    let mut command = Command::new(compiler);
    command.args(["--edition=2024", "-Copt-level=2", "-Ccodegen-units=1"]);
    let output = command.args(flags).arg("-o").arg(&to).arg(&from).output();
    let output = output.ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Some(to)
}

/// The file at `path`, as a module at an invented address.
pub(super) fn loaded(path: &Path) -> Module {
    Module {
        path: path.to_owned(),
        start: 0x5555_0000_0000,
        end: 0x5556_0000_0000,
        bias: 0x5555_0000_0000,
        build_id: Vec::new(),
    }
}

/// The running program.
pub(super) fn this_program() -> Module {
    let path = env::current_exe().expect("the program's path");
    let maps = fs::read_to_string("/proc/self/maps").expect("the program's memory map");
    let ours = |line: &&str| line.ends_with(path.to_str().expect("a path of text"));
    let first = maps.lines().find(ours).expect("the program is mapped");
    let (start, _) = first.split_once('-').expect("an address range");
    let start = u64::from_str_radix(start, 16).expect("an address");
    let bytes = fs::read(&path).expect("the program can be read");
    let file = object::File::parse(&*bytes).expect("the program is an object file");
    let relocated = file.kind() == object::ObjectKind::Dynamic;
    Module {
        path,
        start,
        end: u64::MAX,
        bias: if relocated { start } else { 0 },
        build_id: file
            .build_id()
            .expect("readable notes")
            .unwrap_or_default()
            .to_vec(),
    }
}

/// The lines at each address of the function `name`, without repetitions.
pub(super) fn stacks_in(path: &Path, name: &str) -> Vec<Vec<ResolvedLine>> {
    stacks_of(path, |functions| {
        functions.retain(|(function, _)| function == name);
        assert!(!functions.is_empty(), "the function's symbol");
    })
}

/// The lines at each address of the crate's functions, and of generic functions compiled for it,
/// without repetitions. The crate's code comes before all other, and `main` is its last function.
pub(super) fn stacks_of_crate(path: &Path) -> Vec<Vec<ResolvedLine>> {
    stacks_of(path, |functions| {
        let main = functions.iter().find(|(name, _)| name == "main");
        let end = main.expect("the entry point").1.start;
        functions.retain(|(_, addresses)| addresses.start < end);
    })
}

/// The lines at each address of the chosen functions.
fn stacks_of(
    path: &Path,
    choose: impl FnOnce(&mut Vec<(String, std::ops::Range<u64>)>),
) -> Vec<Vec<ResolvedLine>> {
    let bytes = fs::read(path).expect("the program can be read");
    let file = object::File::parse(&*bytes).expect("the program is an object file");
    let functions = file.symbols().filter(|symbol| symbol.size() > 0);
    let functions = functions.filter(|symbol| symbol.kind() == object::SymbolKind::Text);
    let mut functions: Vec<_> = functions
        .map(|symbol| {
            let raw = symbol.name().unwrap_or_default();
            let name = format!("{:#}", rustc_demangle::demangle(raw));
            (name, symbol.address()..symbol.address() + symbol.size())
        })
        .collect();
    choose(&mut functions);
    let addresses = functions.into_iter().flat_map(|(_, addresses)| addresses);
    stacks_at(&loaded(path), addresses)
}

/// The lines at each of these addresses in the file, without repetitions.
pub(super) fn stacks_at(
    module: &Module,
    addresses: impl IntoIterator<Item = u64>,
) -> Vec<Vec<ResolvedLine>> {
    let addresses: Vec<_> = addresses.into_iter().collect();
    // Not module 0, which is the running program.
    let modules = [loaded(Path::new("/nonexistent")), module.clone()];
    let frame = |address| Frame::new(1, address + module.bias - module.start);
    let mut symbols = Symbols::default();
    symbols.resolve(&modules, &mut addresses.iter().copied().map(frame));
    let mut stacks: Vec<_> = addresses
        .into_iter()
        .map(|a| symbols.lines(frame(a)).to_vec())
        .collect();
    stacks.dedup();
    stacks
}
