//! [`KnownFunction`]: the function of a site, recognised in profiles by its name or by its addresses in the
//! process or in the file.

use std::ops::Range;
use std::path::Path;

use object::{Object, ObjectSymbol};

/// The one function that does all the allocations of a site.
pub struct KnownFunction {
    /// The name without its path.
    name: String,
    /// The addresses in the process.
    loaded: Range<u64>,
    /// The addresses in the file.
    stored: Range<u64>,
}

impl KnownFunction {
    /// Finds the symbol of the function in the program. `address` is the function's address in the process.
    ///
    /// # Errors
    ///
    /// If the program cannot be read or has no such function.
    pub fn find(program: &Path, name: &str, address: u64) -> Result<Self, String> {
        let problem = |what: String| format!("{}: {what}", program.display());
        let bytes = std::fs::read(program).map_err(|said| problem(said.to_string()))?;
        let file = object::File::parse(&*bytes).map_err(|said| problem(said.to_string()))?;
        let symbol = file
            .symbols()
            .find(|symbol| {
                // A program is loaded at a multiple of the page size.
                let may_be = symbol.address() % 4096 == address % 4096 && symbol.size() > 0;
                may_be && symbol.name().is_ok_and(|symbol| symbol.contains(name))
            })
            .ok_or_else(|| problem(format!("no function {name}")))?;
        let size = symbol.size();
        Ok(Self {
            name: name.to_owned(),
            loaded: address..address + size,
            stored: symbol.address()..symbol.address() + size,
        })
    }

    /// Whether an address of a profile is in this function. The range excludes the first instruction and
    /// includes the end, because profiles hold return addresses.
    pub fn has(&self, address: u64) -> bool {
        let within = |range: &Range<u64>| range.start < address && address <= range.end;
        within(&self.loaded) || within(&self.stored)
    }

    /// Whether a name of a profile is this function's.
    pub fn is_called(&self, name: &str) -> bool {
        name.contains(&self.name)
    }

    #[cfg(test)]
    pub fn example() -> Self {
        Self {
            name: "profiled_same".into(),
            loaded: 0x5000..0x5100,
            stored: 0x1000..0x1100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_test_finds_itself() {
        let program = std::env::current_exe().expect("a path");
        let itself = this_test_finds_itself as *const () as u64;
        let function =
            KnownFunction::find(&program, "this_test_finds_itself", itself).expect("found");
        assert!(function.has(itself + 1) && !function.has(itself));
        assert!(function.is_called("a::this_test_finds_itself::{closure}"));
        assert!(KnownFunction::find(&program, "no_such_function", itself).is_err());
    }
}
