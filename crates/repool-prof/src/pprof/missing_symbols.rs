//! Why a profile's functions have no names, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::proto::Profile;
use crate::binary::Binary;

/// A program whose functions have no names in its profile. What it displays is a line for users:
/// why, and what to do.
///
/// The profile has the addresses all the same. They are named afterwards by the same program before
/// it was stripped: `repool top --binary UNSTRIPPED FILE`, or, if it has debugging information,
/// `go tool pprof UNSTRIPPED FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingSymbols {
    program: PathBuf,
    cause: Cause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The file is there, and has no symbols.
    Stripped,
    /// There is no such file any more, or another one.
    Gone,
}

impl Profile {
    /// Says that the program's own functions have no names, if that is so and any of them is in a
    /// stack.
    ///
    /// ```no_run
    /// # let profiler = repool_prof::Profiler::builder().start()?;
    /// let profile = profiler.snapshot().export().profile();
    /// profile.write_pprof("allocs.pb.gz")?;
    /// if let Some(nameless) = profile.missing_symbols() {
    ///     eprintln!("allocs.pb.gz: {nameless}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn missing_symbols(&self) -> Option<MissingSymbols> {
        let program = self.mapping.first().filter(|m| !m.has_functions)?;
        let mut locations = self.location.iter();
        locations.find(|location| location.mapping_id == program.id)?;
        let text = |place: i64| self.string_table.get(usize::try_from(place).ok()?);
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
