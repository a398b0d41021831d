//! The path of `REPOOL_PROFILE`: its checks, `%p`, and numbers for several profiles.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process;

use super::PROFILE;

/// The path that the user set, in which `%p` stands for the number of the process.
#[derive(Debug)]
pub(super) struct ProfilePath {
    /// The folder that a relative path is resolved in. A field of its own, because a `%p` in this
    /// folder's name is not replaced.
    start: PathBuf,
    given: OsString,
}

impl ProfilePath {
    /// Checks that the path can be that of a file. An error is one line that says what is wrong.
    pub(super) fn new(given: OsString) -> Result<Self, String> {
        let start = if Path::new(&given).is_absolute() {
            PathBuf::new()
        } else {
            env::current_dir().map_err(|error| {
                format!("{PROFILE} is {given:?}, but the current folder is unknown: {error}")
            })?
        };
        let path = Self { start, given };
        let Self { given, .. } = &path;
        let file = path.of_process(process::id());
        let names_a_folder = given.as_bytes().ends_with(b"/") || file.file_name().is_none();
        if names_a_folder || file.is_dir() {
            return Err(format!("{PROFILE} is {given:?}, which is not a file"));
        }
        match file.parent() {
            Some(folder) if !folder.is_dir() => Err(format!(
                "{PROFILE} is {given:?}, but there is no folder {folder:?}"
            )),
            _ => Ok(path),
        }
    }

    /// Whether each process has a file of its own.
    pub(super) fn differs_by_process(&self) -> bool {
        self.given
            .as_bytes()
            .windows(2)
            .any(|window| window == b"%p")
    }

    /// The file of the process with this number.
    pub(super) fn of_process(&self, number: u32) -> PathBuf {
        let number = number.to_string();
        let mut path = Vec::with_capacity(self.given.len() + number.len());
        let mut rest = self.given.as_bytes();
        while let [first, after @ ..] = rest {
            if let Some(after) = rest.strip_prefix(b"%p") {
                path.extend_from_slice(number.as_bytes());
                rest = after;
            } else {
                path.push(*first);
                rest = after;
            }
        }
        self.start.join(OsString::from_vec(path))
    }
}

/// `path` with a number in its name: before the first dot that is not the first character, or at the
/// end.
pub(super) fn numbered(path: &Path, number: u64) -> PathBuf {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let dot = name.iter().skip(1).position(|byte| *byte == b'.');
    let (stem, extensions) = name.split_at(dot.map_or(name.len(), |dot| dot + 1));
    let mut name = OsStr::from_bytes(stem).to_owned();
    name.push(format!(".{number}"));
    name.push(OsStr::from_bytes(extensions));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_comes_before_the_first_dot() {
        for (path, expected) in [
            ("/tmp/allocs.pb.gz", "/tmp/allocs.7.pb.gz"),
            ("/tmp/allocs", "/tmp/allocs.7"),
            ("/tmp/.allocs", "/tmp/.allocs.7"),
            ("/tmp/.allocs.pb", "/tmp/.allocs.7.pb"),
            ("/t.mp/allocs", "/t.mp/allocs.7"),
            ("/a.1.pb", "/a.7.1.pb"),
            ("/a.", "/a.7."),
        ] {
            assert_eq!(numbered(Path::new(path), 7), Path::new(expected));
        }
    }

    fn given(start: &str, given: &str) -> ProfilePath {
        ProfilePath {
            start: start.into(),
            given: given.into(),
        }
    }

    #[test]
    fn a_path_can_hold_the_number_of_the_process() {
        let path = |text| given("", text).of_process(42);
        assert_eq!(path("/a.%p.pb"), Path::new("/a.42.pb"));
        assert_eq!(path("/%p/%p%"), Path::new("/42/42%"));
        assert_eq!(path("/%%p%P%"), Path::new("/%42%P%"));
        assert!(given("", "/a.%p").differs_by_process());
        assert!(!given("", "/a.%P").differs_by_process());
    }

    #[test]
    fn the_current_folder_is_not_substituted() {
        let path = given("/profiles/%p", "a.pb");
        assert_eq!(path.of_process(42), Path::new("/profiles/%p/a.pb"));
        assert!(!path.differs_by_process());
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        let path = ProfilePath {
            start: "/".into(),
            given: OsString::from_vec(b"\xff%p.\xfe".into()),
        };
        assert_eq!(
            path.of_process(1).into_os_string().into_vec(),
            b"/\xff1.\xfe"
        );
    }

    #[test]
    fn what_cannot_be_a_file_is_refused() {
        let problem = |given: &str| ProfilePath::new(given.into()).unwrap_err();
        assert!(problem("/").ends_with("is not a file"));
        assert!(problem("/tmp").ends_with("is not a file"));
        assert!(problem("/tmp/there-is-none/").ends_with("is not a file"));
        assert!(problem("/tmp/..").ends_with("is not a file"));
        assert_eq!(
            problem("/there is\nnone/a.pb"),
            r#"REPOOL_PROFILE is "/there is\nnone/a.pb", but there is no folder "/there is\nnone""#
        );
    }
}
