//! Demangles function names: `rust` and `cpp` by language; `readable` shortens names that are not
//! mangled.

mod cpp;
mod readable;
mod rust;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::profile::Profile;

/// Replaces the name of each function that has only a mangled name.
pub(crate) fn demangle(profile: &mut Profile) {
    // Any number of functions may share one long name.
    let mut known = HashMap::new();
    for at in 0..profile.functions.len() {
        let function = profile.functions[at];
        if !function.name.is_empty() && function.name != function.system_name {
            continue;
        }
        if let Some(name) = known.get(&function.system_name) {
            profile.functions[at].name = *name;
            continue;
        }
        let linker = profile.string(function.system_name);
        let name = demangled(linker)
            // macOS prepends an underscore to every symbol.
            .or_else(|| demangled(linker.strip_prefix('_')?));
        let name = match name {
            Some(name) => Cow::Owned(name),
            None => readable::shorten(linker),
        };
        let name = match &*name == linker {
            true => function.system_name,
            false => {
                let name = name.into_owned();
                profile.strings.add(&name)
            }
        };
        known.insert(function.system_name, name);
        profile.functions[at].name = name;
    }
}

/// Demangles a name; `None` if it is not mangled.
fn demangled(linker: &str) -> Option<String> {
    let name = rust::demangle(linker).or_else(|| cpp::demangle(linker))?;
    (name != linker).then_some(name)
}
