//! Names for readers of functions that have only one for the linker.

mod cpp;
mod readable;
mod rust;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::Profile;

/// Gives functions whose name is the linker's, or that have none, one for readers.
pub(crate) fn demangle(profile: &mut Profile) {
    // Many functions may share one that is long.
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
        let linker = profile.text(function.system_name);
        let name = demangled(linker)
            // macOS puts an underscore in front of all.
            .or_else(|| demangled(linker.strip_prefix('_')?));
        let name = match name {
            Some(name) => Cow::Owned(name),
            None => readable::shorten(linker),
        };
        let name = match &*name == linker {
            true => function.system_name,
            false => {
                let name = name.into_owned();
                profile.texts.add(&name)
            }
        };
        known.insert(function.system_name, name);
        profile.functions[at].name = name;
    }
}

/// `None` if it is not mangled.
fn demangled(linker: &str) -> Option<String> {
    let name = rust::demangle(linker).or_else(|| cpp::demangle(linker))?;
    (name != linker).then_some(name)
}
