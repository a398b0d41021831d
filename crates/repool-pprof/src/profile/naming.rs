//! Names for locations that have none, from the programs on disk.
//!
//! A mapping says which file its locations come from, and whether they have functions. Where they
//! have none, as in profiles of stripped programs, the file is asked, or another one that users name:
//! the same program before it was stripped.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use repool_prof::binary::{self, Binary};

use super::{Function, Line, Mapping, Profile, Samples, Text};
use crate::pipeline;

/// What users should know about the names that a profile was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamingWarning {
    /// The program that was named is of another build than the one that was profiled, and nothing
    /// says that its code is the same.
    OtherBuild {
        /// The program that was named.
        binary: PathBuf,
        /// Its build id, in hexadecimal.
        found: String,
        /// The one of the profile.
        wanted: String,
    },
    /// The program that was named knows no function at any address of the profile.
    NoNames {
        /// The program that was named.
        binary: PathBuf,
    },
    /// The profile has no addresses in any program.
    NoMappings {
        /// The program that was named.
        binary: PathBuf,
    },
    /// The functions of the profiled program have no names.
    Nameless {
        /// The program that was profiled.
        program: String,
    },
}

impl fmt::Display for NamingWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherBuild {
                binary,
                found,
                wanted,
            } => write!(
                f,
                "{}: its build id is {found}, that of the profiled program {wanted}; names are right \
                 only if both were built from the same source in the same way",
                binary.display()
            ),
            Self::NoNames { binary } => write!(
                f,
                "{}: it knows none of the functions of the profile; name the program as it was \
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
                "functions of {program} have no names, as it was stripped or is gone; name it as it \
                 was before that with --binary"
            ),
        }
    }
}

impl Profile {
    /// Gives names, files and lines to locations, from the programs `given` and from the files that
    /// the profile itself says they come from.
    ///
    /// A program that is given is asked for all locations of its mapping: that with its build id,
    /// else that of a file with its name, else the first, which is the program itself. The file of
    /// a mapping is asked only where its locations have neither functions nor files, if its path is
    /// absolute, and the file still has the mapping's build id.
    ///
    /// In profiles of `repool-prof` the allocator's, the standard library's and the collections'
    /// frames are then left out where they are innermost, as in one that had names from the start.
    ///
    /// ```no_run
    /// use repool_pprof::{Binary, Profile};
    ///
    /// let mut profile = Profile::open("allocs.pb.gz")?;
    /// for warning in profile.name_locations(&[Binary::open("target/release/app")?]) {
    ///     eprintln!("{warning}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name_locations(&mut self, given: &[Binary]) -> Vec<NamingWarning> {
        let mut warnings = Vec::new();
        let mut binaries: Vec<Option<&Binary>> = vec![None; self.mappings.len()];
        for binary in given {
            match self.mapping_of(binary) {
                Some(mapping) => {
                    warnings.extend(self.other_build(mapping, binary));
                    binaries[mapping] = Some(binary);
                }
                None => warnings.push(NamingWarning::NoMappings {
                    binary: binary.path().to_owned(),
                }),
            }
        }
        let mut names = Names::of(self);
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
                warnings.push(NamingWarning::NoNames {
                    binary: binary.path().to_owned(),
                });
            }
        }
        pipeline::demangle(self);
        if self.lifetimes.is_some() {
            names.fold(self);
        }
        // Other tools' profiles are nameless for many reasons.
        if self.lifetimes.is_some() || self.has_allocator_frames {
            warnings.extend(self.nameless());
        }
        warnings
    }

    /// The mapping that a program is likely to be of.
    fn mapping_of(&self, binary: &Binary) -> Option<usize> {
        let id = hexadecimal(binary.build_id());
        let file_name = |path: &Path| path.file_name().map(ToOwned::to_owned);
        let name = file_name(binary.path());
        let mut mappings = self.mappings.iter();
        let by_id = mappings.position(|m| !id.is_empty() && self.text(m.build_id) == id);
        let mut mappings = self.mappings.iter();
        let by_name = || mappings.position(|m| file_name(Path::new(self.text(m.file))) == name);
        let program = || (!self.mappings.is_empty()).then_some(0);
        by_id.or_else(by_name).or_else(program)
    }

    /// Whether a program is another one than that of the mapping. Linkers that strip leave another
    /// build id than those that do not; where the stripped program is still there its code tells.
    fn other_build(&self, mapping: usize, binary: &Binary) -> Option<NamingWarning> {
        let mapping = &self.mappings[mapping];
        let (wanted, found) = (self.text(mapping.build_id), hexadecimal(binary.build_id()));
        if wanted.is_empty() || found.is_empty() || wanted == found {
            return None;
        }
        let same_code = || {
            let profiled = Binary::open(self.text(mapping.file))?;
            let is_it = hexadecimal(profiled.build_id()) == wanted;
            Ok::<_, io::Error>(is_it && binary.has_code_of(&profiled)?)
        };
        let same = same_code().unwrap_or(false);
        (!same).then(|| NamingWarning::OtherBuild {
            binary: binary.path().to_owned(),
            found,
            wanted: wanted.to_owned(),
        })
    }

    /// The file of a mapping whose locations have no names.
    fn binary_of(&self, mapping: usize) -> Option<Binary> {
        let mapping = &self.mappings[mapping];
        let path = Path::new(self.text(mapping.file));
        (is_nameless(mapping) && path.is_absolute())
            .then(|| Binary::find(path, &bytes(self.text(mapping.build_id))))?
    }

    /// Says that the program itself is without names.
    fn nameless(&self) -> Option<NamingWarning> {
        let program = self
            .mappings
            .first()
            .filter(|program| is_nameless(program))?;
        let mut locations = self.locations.iter();
        locations
            .any(|location| location.mapping == Some(0))
            .then(|| NamingWarning::Nameless {
                program: self.text(program.file).to_owned(),
            })
    }
}

fn is_nameless(mapping: &Mapping) -> bool {
    !(mapping.has_functions || mapping.has_filenames || mapping.has_line_numbers)
}

/// What was found out about a profile's locations.
struct Names {
    functions: HashMap<Function, u32>,
    /// By the location's place: of how many of its lines, from the innermost on, frames are left out.
    /// `None` where it was not named here.
    folded: Vec<Option<u32>>,
}

impl Names {
    fn of(profile: &Profile) -> Self {
        Self {
            functions: HashMap::new(),
            folded: vec![None; profile.locations.len()],
        }
    }

    /// Names the locations of a mapping; whether there was anything to say of any.
    fn name(&mut self, profile: &mut Profile, mapping: usize, binary: &Binary) -> bool {
        let Mapping {
            start,
            limit,
            offset,
            ..
        } = profile.mappings[mapping];
        let is_of = |place: &usize| {
            let location = &profile.locations[*place];
            location.mapping.map(|mapping| mapping as usize) == Some(mapping)
                && location.address != 0
        };
        let places: Vec<usize> = (0..profile.locations.len()).filter(is_of).collect();
        let address = |place: &usize| {
            let address = profile.locations[*place].address;
            binary.address_in_file(address, start, limit, offset)
        };
        let addresses: Vec<u64> = places.iter().map(address).collect();
        let mut any = false;
        for (place, functions) in places.into_iter().zip(binary.functions_at(&addresses)) {
            if functions.is_empty() {
                continue;
            }
            any = true;
            self.set(profile, place, &functions);
            let marks = &mut profile.mappings[mapping];
            let has_files = functions.iter().any(|function| !function.file.is_empty());
            marks.has_functions = true;
            marks.has_filenames |= has_files;
            marks.has_inline_frames |= has_files;
            marks.has_line_numbers |= functions.iter().any(|function| function.line != 0);
        }
        any
    }

    fn set(&mut self, profile: &mut Profile, place: usize, functions: &[binary::Function]) {
        let end = |lines: &[Line]| u32::try_from(lines.len()).expect("fewer lines than 2³²");
        let start = end(&profile.lines);
        for function in functions {
            let name = profile.texts.add(&function.name);
            // Names of C++ are the linker's.
            let is_mangled = function.name.starts_with("_Z");
            let known = Function {
                name,
                system_name: if is_mangled { name } else { Text::default() },
                file: profile.texts.add(&function.file),
                start_line: function.start_line.into(),
                ..Function::default()
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
        profile.locations[place].lines_start = start;
        profile.locations[place].lines_end = end(&profile.lines);
        let shown = functions.iter().position(|function| !function.is_folded);
        self.folded[place] = Some(shown.unwrap_or(functions.len()) as u32);
    }

    /// Leaves out what is folded where it is innermost, unless nothing would be left.
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
        for place in 0..profile.samples.len() {
            let sample = profile.samples.get(place);
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

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a build id; none if it is no hexadecimal number, as those that other tools write.
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
