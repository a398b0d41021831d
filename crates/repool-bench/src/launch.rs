//! How this process was started: by `cargo test` or not, and for which package.

use std::env;
use std::ffi::OsStr;
use std::path::Path;

/// Whether cargo runs this executable as one of its tests.
///
/// Cargo passes `--bench` to a benchmark and no argument to a test, so a start
/// without arguments is a test, a `cargo run`, or one by hand. Cargo sets
/// variables that a shell does not have, and of the executables that cargo
/// starts only tests have a hash in their file names: both together mean a test.
pub(crate) fn is_cargo_test() -> bool {
    let exe = env::current_exe().unwrap_or_default();
    env::var_os("CARGO_MANIFEST_DIR").is_some() && hashed_stem(&exe).is_some()
}

/// The package that cargo runs, or else the executable's own name.
pub(crate) fn package() -> Option<String> {
    if let Some(package) = env::var("CARGO_PKG_NAME")
        .ok()
        .filter(|name| !name.is_empty())
    {
        return Some(package);
    }
    let exe = env::current_exe().ok()?;
    let stem = hashed_stem(&exe).or_else(|| exe.file_stem().and_then(OsStr::to_str))?;
    Some(stem.to_string())
}

/// `lines` of `…/deps/lines-0123456789abcdef`, and nothing of other names.
fn hashed_stem(exe: &Path) -> Option<&str> {
    let (name, hash) = exe.file_stem()?.to_str()?.rsplit_once('-')?;
    (hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_file_names_of_what_cargo_tests() {
        let stem = |path| hashed_stem(Path::new(path));
        assert_eq!(
            stem("/target/debug/deps/lines-0123456789abcdef"),
            Some("lines")
        );
        assert_eq!(
            stem("/target/debug/deps/two-words-0123456789abcdef"),
            Some("two-words")
        );
        assert_eq!(stem("/target/release/lines"), None);
        assert_eq!(stem("/target/release/two-words"), None);
        assert_eq!(stem("/target/release/examples/lines-0123"), None);
    }

    #[test]
    fn this_test_is_one() {
        // Cargo runs it; by hand there are no variables, and the answer is no.
        assert_eq!(is_cargo_test(), env::var_os("CARGO_MANIFEST_DIR").is_some());
    }
}
