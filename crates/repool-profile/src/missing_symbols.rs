//! [`MissingSymbols`]: why a profile's functions have no names, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::proto::Profile;
use crate::binary::Binary;

/// A program whose functions have no names in its profile. Its `Display` is one line for users, with
/// the cause and what to do.
///
/// The profile still has the addresses. The same program as it was before it was stripped gives
/// their names: `repool top --binary UNSTRIPPED FILE`, or, if it has debugging information,
/// `go tool pprof UNSTRIPPED FILE`.
///
/// See the example of [`Profile::missing_symbols`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingSymbols {
    program: PathBuf,
    cause: Cause,
}

/// Why names are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The file exists and has no symbols.
    Stripped,
    /// The file no longer exists, or has another build id.
    Gone,
}

impl Profile {
    /// Returns a value if functions of the program are in a stack and have no names.
    ///
    /// ```no_run
    /// # let profile = repool_profile::proto::Profile::default();
    /// if let Some(missing) = profile.missing_symbols() {
    ///     eprintln!("allocs.pb.gz: {missing}");
    /// }
    /// ```
    #[must_use]
    pub fn missing_symbols(&self) -> Option<MissingSymbols> {
        let program = self.mapping.first().filter(|m| !m.has_functions)?;
        let mut locations = self.location.iter();
        locations.find(|location| location.mapping_id == program.id)?;
        let text = |index: i64| self.string_table.get(usize::try_from(index).ok()?);
        let path = Path::new(text(program.filename)?);
        let build_id = text(program.build_id)?;
        let found = Binary::open(path).ok();
        let found = found.filter(|found| {
            let id = found.build_id().iter().map(|byte| format!("{byte:02x}"));
            *build_id == id.collect::<String>()
        });
        Some(MissingSymbols {
            program: path.to_owned(),
            cause: match found {
                Some(_) => Cause::Stripped,
                None => Cause::Gone,
            },
        })
    }

    /// The former name of [`missing_symbols`](Profile::missing_symbols).
    #[deprecated(since = "0.1.0", note = "renamed to `missing_symbols`")]
    #[must_use]
    pub fn nameless(&self) -> Option<MissingSymbols> {
        self.missing_symbols()
    }
}

/// The former name of [`MissingSymbols`].
#[deprecated(since = "0.1.0", note = "renamed to `MissingSymbols`")]
pub type Nameless = MissingSymbols;

impl fmt::Display for MissingSymbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = self.program.display();
        match self.cause {
            Cause::Stripped => write!(
                f,
                "functions have no names, as {program} was stripped and no debug file was found; \
                 build it with strip = \"none\", or name them with `repool top --binary` and the \
                 program as it was before it was stripped"
            ),
            Cause::Gone => write!(
                f,
                "functions have no names, as the file of {program} is gone or another one by now; \
                 name them with `repool top --binary` and the program that ran"
            ),
        }
    }
}
