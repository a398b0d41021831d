//! The symbols of functions.

use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};

/// The symbols of functions in a file, by address.
pub(super) struct FunctionSymbols<'a> {
    /// Sorted by address, one for each.
    functions: Vec<FunctionSymbol<'a>>,
    /// Symbols that do not say how far they reach, as in assembly; sorted likewise. They may stand
    /// within functions.
    labels: Vec<FunctionSymbol<'a>>,
}

#[derive(Clone, Copy)]
struct FunctionSymbol<'a> {
    start: u64,
    /// To the end of its section where the symbol does not say.
    size: u64,
    is_label: bool,
    name: &'a str,
}

impl FunctionSymbol<'_> {
    fn contains(&self, address: u64) -> bool {
        address.wrapping_sub(self.start) < self.size
    }
}

impl<'a> FunctionSymbols<'a> {
    /// Takes the symbols of `file`, and where it was stripped those that the loader needs.
    pub(super) fn of(file: &object::File<'a>) -> Self {
        let mut symbols: Vec<_> = function_symbols(file, file.symbols()).collect();
        if symbols.is_empty() {
            symbols = function_symbols(file, file.dynamic_symbols()).collect();
        }
        // Of several names for one address the first by the alphabet: each run shows the same.
        symbols.sort_unstable_by_key(|symbol| (symbol.start, symbol.name));
        let (mut functions, mut labels): (Vec<_>, Vec<_>) =
            symbols.into_iter().partition(|symbol| !symbol.is_label);
        functions.dedup_by_key(|function| function.start);
        labels.dedup_by_key(|label| label.start);
        Self { functions, labels }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.labels.is_empty()
    }

    /// The name of the function that has the instruction at `address`.
    pub(super) fn at(&self, address: u64) -> Option<&'a str> {
        let function = nearest(&self.functions, address);
        if let Some(function) = function
            && function.contains(address)
        {
            return Some(function.name);
        }
        let since = function.map_or(0, |function| function.start);
        nearest(&self.labels, address)
            .filter(|label| label.start >= since && label.contains(address))
            .map(|label| label.name)
    }
}

/// The last that begins at `address` or before.
fn nearest<'f, 'a>(
    functions: &'f [FunctionSymbol<'a>],
    address: u64,
) -> Option<&'f FunctionSymbol<'a>> {
    let after = functions.partition_point(|function| function.start <= address);
    functions[..after].last()
}

fn function_symbols<'a, 'f>(
    file: &'f object::File<'a>,
    symbols: object::SymbolIterator<'a, 'f>,
) -> impl Iterator<Item = FunctionSymbol<'a>> {
    symbols.filter_map(move |symbol| {
        let section = || {
            let section = symbol.section_index()?;
            file.section_by_index(section).ok()
        };
        let code = match symbol.kind() {
            SymbolKind::Text => !symbol.is_undefined(),
            // Assembly that does not say what its labels are.
            SymbolKind::Unknown | SymbolKind::Label => {
                section().is_some_and(|section| section.kind() == SectionKind::Text)
            }
            _ => false,
        };
        let name = symbol.name().ok()?;
        // `$x` and `$d` tell code from data for some processors, and name neither.
        let named = !name.is_empty() && !name.starts_with('$');
        let start = symbol.address();
        let rest = || {
            let end = section().map_or(start, |section| {
                section.address().saturating_add(section.size())
            });
            end.saturating_sub(start)
        };
        (code && named).then(|| FunctionSymbol {
            start,
            size: match symbol.size() {
                0 => rest(),
                size => size,
            },
            is_label: symbol.size() == 0,
            name,
        })
    })
}
