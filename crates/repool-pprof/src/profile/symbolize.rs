//! Symbolization: gives locations without functions the functions that the programs on disk have at
//! their addresses.
//!
//! A mapping has the path of its file, and says whether its locations have functions. If they have
//! none, as in profiles of stripped programs, the functions are looked up in this file, or in one
//! that the caller passes: the same program before it was stripped.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use repool_profile::binary::{self, Binary};

use super::{Function, Line, Mapping, Profile, Samples, StringId};
use crate::pipeline;

/// A reason why functions may be missing or wrong after [`Profile::symbolize`]. Its text is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SymbolizeWarning {
    /// The passed program has another build id than the profiled program, and its code could not be
    /// verified to be the same.
    OtherBuild {
        /// The passed program.
        binary: PathBuf,
        /// The passed program's build id, in hexadecimal digits.
        found: String,
        /// The profiled program's build id, in hexadecimal digits.
        wanted: String,
    },
    /// The passed program has no function at any address of the profile.
    NoNames {
        /// The passed program.
        binary: PathBuf,
    },
    /// The profile has no mappings, so that addresses cannot be looked up.
    NoMappings {
        /// The passed program.
        binary: PathBuf,
    },
    /// The functions of the profiled program have no names.
    Nameless {
        /// The path of the profiled program.
        program: String,
    },
}

impl fmt::Display for SymbolizeWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherBuild {
                binary,
                found,
                wanted,
            } => write!(
                f,
                "{}: its build id is {found}, but the profiled program's is {wanted}; names are correct \
                 only if both were built from the same source in the same way",
                binary.display()
            ),
            Self::NoNames { binary } => write!(
                f,
                "{}: it has no function at any address of the profile; name the program as it was \
                 before it was stripped",
                binary.display()
            ),
            Self::NoMappings { binary } => write!(
                f,
                "{}: the profile has no addresses to look up in it",
                binary.display()
            ),
            Self::Nameless { program } => write!(
                f,
                "functions of {program} have no names, because it was stripped or its file is gone; \
                 name an unstripped copy with --binary"
            ),
        }
    }
}

impl Profile {
    /// Looks up the functions, files and lines of locations in `programs` and in the files of the
    /// profile's mappings.
    ///
    /// Each of `programs` is used for all locations of one mapping: the mapping with the same build
    /// id, else the one with the same file name, else the first, which is the profiled program. The
    /// file of a mapping without passed program is used if its locations have neither functions nor
    /// file names, if its path is absolute, and if it still has the mapping's build id.
    ///
    /// In profiles of `repool-prof`, innermost frames of the allocator, the standard library and
    /// collection crates are then removed, as `repool-prof` does in profiles that it symbolizes
    /// itself.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use repool_pprof::{Binary, Profile};
    ///
    /// let mut profile = Profile::open("allocs.pb.gz")?;
    /// for warning in profile.symbolize(&[Binary::open("target/release/app")?]) {
    ///     eprintln!("{warning}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn symbolize(&mut self, programs: &[Binary]) -> Vec<SymbolizeWarning> {
        let mut warnings = Vec::new();
        let mut binaries: Vec<Option<&Binary>> = vec![None; self.mappings.len()];
        for binary in programs {
            match self.mapping_of(binary) {
                Some(mapping) => {
                    warnings.extend(self.other_build(mapping, binary));
                    binaries[mapping] = Some(binary);
                }
                None => warnings.push(SymbolizeWarning::NoMappings {
                    binary: binary.path().to_owned(),
                }),
            }
        }
        let mut names = Symbolizer::of(self);
        for (mapping, binary) in binaries.into_iter().enumerate() {
            let found = match binary {
                Some(_) => None,
                None => self.binary_of(mapping),
            };
            let Some(binary) = binary.or(found.as_ref()) else {
                continue;
            };
            let named = names.name(self, mapping, binary);
            if !named && found.is_none() {
                warnings.push(SymbolizeWarning::NoNames {
                    binary: binary.path().to_owned(),
                });
            }
        }
        pipeline::demangle(self);
        if self.lifetimes.is_some() {
            names.fold(self);
        }
        // Profiles of other tools lack names for reasons that a program file cannot mend.
        if self.lifetimes.is_some() || self.has_allocator_frames {
            warnings.extend(self.nameless());
        }
        warnings
    }

    /// The former name of [`symbolize`](Profile::symbolize).
    #[deprecated(since = "0.1.0", note = "renamed to `symbolize`")]
    pub fn name_locations(&mut self, programs: &[Binary]) -> Vec<SymbolizeWarning> {
        self.symbolize(programs)
    }

    /// The index of the mapping that a passed program is used for.
    fn mapping_of(&self, binary: &Binary) -> Option<usize> {
        let id = hexadecimal(binary.build_id());
        let file_name = |path: &Path| path.file_name().map(ToOwned::to_owned);
        let name = file_name(binary.path());
        let mut mappings = self.mappings.iter();
        let by_id = mappings.position(|m| !id.is_empty() && self.string(m.build_id) == id);
        let mut mappings = self.mappings.iter();
        let by_name = || mappings.position(|m| file_name(Path::new(self.string(m.file))) == name);
        let program = || (!self.mappings.is_empty()).then_some(0);
        by_id.or_else(by_name).or_else(program)
    }

    /// A warning if a program's build id differs from the mapping's. A program that its linker
    /// stripped has another build id than the unstripped one; if the stripped file still exists,
    /// both are taken for the same build if their code is equal.
    fn other_build(&self, mapping: usize, binary: &Binary) -> Option<SymbolizeWarning> {
        let mapping = &self.mappings[mapping];
        let (wanted, found) = (
            self.string(mapping.build_id),
            hexadecimal(binary.build_id()),
        );
        if wanted.is_empty() || found.is_empty() || wanted == found {
            return None;
        }
        let same_code = || {
            let profiled = Binary::open(self.string(mapping.file))?;
            let is_it = hexadecimal(profiled.build_id()) == wanted;
            Ok::<_, io::Error>(is_it && binary.has_code_of(&profiled)?)
        };
        let same = same_code().unwrap_or(false);
        (!same).then(|| SymbolizeWarning::OtherBuild {
            binary: binary.path().to_owned(),
            found,
            wanted: wanted.to_owned(),
        })
    }

    /// The file of a mapping, if its locations have no functions.
    fn binary_of(&self, mapping: usize) -> Option<Binary> {
        let mapping = &self.mappings[mapping];
        let path = Path::new(self.string(mapping.file));
        (is_nameless(mapping) && path.is_absolute())
            .then(|| Binary::find(path, &bytes(self.string(mapping.build_id))))?
    }

    /// A warning if the profiled program's functions have no names.
    fn nameless(&self) -> Option<SymbolizeWarning> {
        let program = self
            .mappings
            .first()
            .filter(|program| is_nameless(program))?;
        let mut locations = self.locations.iter();
        locations
            .any(|location| location.mapping == Some(0))
            .then(|| SymbolizeWarning::Nameless {
                program: self.string(program.file).to_owned(),
            })
    }
}

/// Whether a mapping's locations have no symbols of any kind.
fn is_nameless(mapping: &Mapping) -> bool {
    !(mapping.has_functions || mapping.has_filenames || mapping.has_line_numbers)
}

/// Adds functions to a profile, and records which of its frames are to be removed.
struct Symbolizer {
    /// The indices of the functions that were added.
    functions: HashMap<Function, u32>,
    /// For each location: the number of its innermost lines to remove if they are innermost in a
    /// stack. `None` for a location that was not symbolized here.
    folded: Vec<Option<u32>>,
}

impl Symbolizer {
    fn of(profile: &Profile) -> Self {
        Self {
            functions: HashMap::new(),
            folded: vec![None; profile.locations.len()],
        }
    }

    /// Symbolizes the locations of a mapping. Returns whether any function was found.
    fn name(&mut self, profile: &mut Profile, mapping: usize, binary: &Binary) -> bool {
        let Mapping {
            start,
            limit,
            offset,
            ..
        } = profile.mappings[mapping];
        let is_in_mapping = |index: &usize| {
            let location = &profile.locations[*index];
            location.mapping.map(|mapping| mapping as usize) == Some(mapping)
                && location.address != 0
        };
        let indices: Vec<usize> = (0..profile.locations.len()).filter(is_in_mapping).collect();
        let address = |index: &usize| {
            let address = profile.locations[*index].address;
            binary.address_in_file(address, start, limit, offset)
        };
        let addresses: Vec<u64> = indices.iter().map(address).collect();
        let mut any = false;
        for (index, functions) in indices.into_iter().zip(binary.functions_at(&addresses)) {
            if functions.is_empty() {
                continue;
            }
            any = true;
            self.set(profile, index, &functions);
            let mapping = &mut profile.mappings[mapping];
            let has_files = functions.iter().any(|function| !function.file.is_empty());
            mapping.has_functions = true;
            mapping.has_filenames |= has_files;
            mapping.has_inline_frames |= has_files;
            mapping.has_line_numbers |= functions.iter().any(|function| function.line != 0);
        }
        any
    }

    /// Gives a location these functions, the innermost first.
    fn set(
        &mut self,
        profile: &mut Profile,
        location: usize,
        functions: &[binary::ResolvedFunction],
    ) {
        let end = |lines: &[Line]| u32::try_from(lines.len()).expect("fewer lines than 2³²");
        let start = end(&profile.lines);
        for function in functions {
            let name = profile.strings.add(&function.name);
            // Names of C++ are still mangled.
            let is_mangled = function.name.starts_with("_Z");
            let known = Function {
                name,
                system_name: if is_mangled {
                    name
                } else {
                    StringId::default()
                },
                file: profile.strings.add(&function.file),
                start_line: function.start_line.into(),
            };
            let next = profile.functions.len() as u32;
            let number = *self.functions.entry(known).or_insert(next);
            if number == next {
                profile.functions.push(known);
            }
            profile.lines.push(Line {
                function: number,
                line: function.line.into(),
                column: 0,
            });
        }
        profile.locations[location].lines_start = start;
        profile.locations[location].lines_end = end(&profile.lines);
        let shown = functions.iter().position(|function| !function.is_folded);
        self.folded[location] = Some(shown.unwrap_or(functions.len()) as u32);
    }

    /// Removes folded frames that are innermost in a stack, unless no frame would remain.
    fn fold(&self, profile: &mut Profile) {
        if self
            .folded
            .iter()
            .all(|folded| matches!(folded, None | Some(0)))
        {
            return;
        }
        let mut shortened: HashMap<u32, u32> = HashMap::new();
        let mut samples = Samples::new(profile.samples.width());
        for index in 0..profile.samples.len() {
            let sample = profile.samples.get(index);
            let mut stack = sample.locations.to_vec();
            let lines = |location: u32| profile.locations[location as usize].lines().len();
            let folded = |location: u32| self.folded[location as usize].unwrap_or(0) as usize;
            let first = stack
                .iter()
                .position(|location| folded(*location) < lines(*location).max(1));
            if let Some(first) = first {
                stack.drain(..first);
                let leaf = stack[0];
                if folded(leaf) > 0 {
                    let next = profile.locations.len() as u32;
                    let short = *shortened.entry(leaf).or_insert(next);
                    stack[0] = short;
                    samples.push(&stack, sample.values, sample.labels);
                    if short == next {
                        let mut location = profile.locations[leaf as usize];
                        location.lines_start += folded(leaf) as u32;
                        profile.locations.push(location);
                    }
                    continue;
                }
            }
            samples.push(&stack, sample.values, sample.labels);
        }
        profile.samples = samples;
    }
}

/// Bytes as hexadecimal digits.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a build id. Empty if the text is not hexadecimal; some tools write other ids.
fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let text = str::from_utf8(pair).ok().filter(|text| text.len() == 2)?;
        u8::from_str_radix(text, 16).ok()
    };
    digits.map(byte).collect::<Option<_>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{bytes, hexadecimal};

    #[test]
    fn build_ids_are_hexadecimal() {
        assert_eq!(bytes("00ab0f"), [0, 0xab, 0x0f]);
        assert_eq!(hexadecimal(&bytes("00ab0f")), "00ab0f");
        for odd in ["", "abc", "xy", "Fünf/42"] {
            assert!(bytes(odd).is_empty(), "{odd}");
        }
    }
}
