//! Where a function is: in the process, and in its file.

use std::ops::Range;
use std::path::Path;

use object::{Object, ObjectSymbol};

/// The one function that does all the allocations of a site.
pub struct Place {
    /// Its name without its path.
    name: String,
    /// Its addresses in the process.
    loaded: Range<u64>,
    /// And in the file.
    stored: Range<u64>,
}

impl Place {
    /// Looks into the program for a function of that name that may begin at `address`, which is
    /// where it was in the process.
    ///
    /// # Errors
    ///
    /// That there is none.
    pub fn find(program: &Path, name: &str, address: u64) -> Result<Self, String> {
        let problem = |what: String| format!("{}: {what}", program.display());
        let bytes = std::fs::read(program).map_err(|said| problem(said.to_string()))?;
        let file = object::File::parse(&*bytes).map_err(|said| problem(said.to_string()))?;
        let symbol = file
            .symbols()
            .find(|symbol| {
                // A program is loaded at the beginning of a page.
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

    /// Whether a profile means this function by that address: that of an instruction after its
    /// first one, so that a return address that ends it belongs to it.
    pub fn has(&self, address: u64) -> bool {
        let within = |range: &Range<u64>| range.start < address && address <= range.end;
        within(&self.loaded) || within(&self.stored)
    }

    /// Whether a profile means this function by that name.
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
        let place = Place::find(&program, "this_test_finds_itself", itself).expect("found");
        assert!(place.has(itself + 1) && !place.has(itself));
        assert!(place.is_called("a::this_test_finds_itself::{closure}"));
        assert!(Place::find(&program, "no_such_function", itself).is_err());
    }
}
