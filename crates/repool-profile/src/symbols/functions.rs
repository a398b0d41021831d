//! The function symbols of a file, by address.

use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};

/// The function symbols of a file.
pub(super) struct FunctionSymbols<'a> {
    /// Sorted by address, one for each.
    functions: Vec<FunctionSymbol<'a>>,
    /// Symbols without a size, as in assembly, sorted likewise. They may be within functions.
    labels: Vec<FunctionSymbol<'a>>,
}

/// A function symbol, or a label.
#[derive(Clone, Copy)]
struct FunctionSymbol<'a> {
    start: u64,
    /// Bytes; up to the end of the section if the symbol has no size.
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
    /// Reads the symbols of `file`, or if it was stripped those for the dynamic loader.
    pub(super) fn of(file: &object::File<'a>) -> Self {
        let mut symbols: Vec<_> = function_symbols(file, file.symbols()).collect();
        if symbols.is_empty() {
            symbols = function_symbols(file, file.dynamic_symbols()).collect();
        }
        // Of several names of one address takes the first in byte order, so that each run shows the
        // same.
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

    /// The name of the function that contains the instruction at `address`.
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

/// The last function that begins at or before `address`.
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
            // Labels of assembly may have no type.
            SymbolKind::Unknown | SymbolKind::Label => {
                section().is_some_and(|section| section.kind() == SectionKind::Text)
            }
            _ => false,
        };
        let name = symbol.name().ok()?;
        // Skips the mapping symbols `$x` and `$d`, which mark code and data on some processors.
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
