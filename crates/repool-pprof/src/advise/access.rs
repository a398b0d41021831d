//! [`Access`]: how the user of a dependency can change what it allocates.

use super::candidate::Candidate;
use super::object_kind::ObjectKind;

/// How the user can change a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// The site is in the user's code.
    Own,
    /// The dependency fills a buffer that the user passes in.
    PassedIn,
    /// The dependency makes a value for the user, who can keep it.
    Constructed,
    /// The dependency makes one object in each call of the user.
    PerCall,
    /// The dependency copies data that the user may borrow.
    Copied,
    /// Only the dependency's author can change it.
    Author,
}

impl Access {
    /// Whether only the dependency's author can change the site.
    pub(super) fn is_author_only(self) -> bool {
        self == Self::Author
    }
}

/// What decides on a dependency's site.
pub(super) struct DependencySite<'a> {
    kind: ObjectKind,
    objects: f64,
    grows: bool,
    /// Whether all blocks have one size.
    is_fixed: bool,
    /// The largest size in bytes.
    greatest: u64,
    /// The functions from the one that the user's line calls to the site, without those of std.
    calls: &'a [&'a str],
    /// Whether the crate of the site is that of the function that the user's line calls, or one of its
    /// parts, as `regex-automata` of `regex`.
    is_of_entry: bool,
}

impl<'a> DependencySite<'a> {
    /// The site with the names of its calls.
    pub(super) fn new(site: &Candidate, calls: &'a [&'a str], is_of_entry: bool) -> Self {
        Self {
            kind: site.kind,
            objects: site.stats.objects(),
            grows: site.stats.grows(),
            is_fixed: site.stats.sizes.len() == 1,
            greatest: site
                .stats
                .sizes
                .last_key_value()
                .map_or(0, |(size, _)| *size),
            calls,
            is_of_entry,
        }
    }

    /// Whether the objects are buffers that a caller may pass in, or so large that they may be.
    pub(super) fn is_buffer(&self) -> bool {
        /// A `Box` is rarely larger; a table or a buffer with a fixed capacity often is.
        const LARGE: u64 = 4096;
        self.kind.is_buffer() || self.greatest >= LARGE
    }

    /// How the user can change the site. `calls` is the number of calls of the function that the user's
    /// line calls, as far as it is known, and `has_buffer` whether it makes a buffer in each call.
    pub(super) fn access(&self, calls: f64, has_buffer: bool) -> Access {
        let Some(name) = self.calls.first() else {
            return Access::Author;
        };
        let entry = method(name);
        // A `next` may have a second form that fills one item.
        let has_form = entry == "next" || entry == "clone" || self.is_passed_in(entry);
        match () {
            () if self.is_copied() => Access::Copied,
            () if is_of_std_trait(name) && !has_form => Access::Author,
            () if is_task(name, entry) || self.is_of_parser() => Access::Author,
            () if self.is_passed_in(entry) => Access::PassedIn,
            () if is_constructor(entry) => Access::Constructed,
            () if !self.is_per_call(calls) => Access::Author,
            // A function does not take the values of the crates that its own is built from.
            () if self.is_fixed && !self.is_of_entry => Access::Author,
            () if self.is_buffer() || !has_buffer => Access::PerCall,
            () => Access::Author,
        }
    }

    /// Whether the objects are buffers that the caller passed to the method, which fills them. A method
    /// that writes may have a buffer of its own too, of one size. A buffer that a constructor makes in the
    /// call is not the caller's.
    fn is_passed_in(&self, method: &str) -> bool {
        /// The smallest capacity of a `Vec<u8>` or `String` that grows: all blocks have it if all texts
        /// are short.
        const FIRST_BYTES: u64 = 8;
        let is_text = self.greatest == FIRST_BYTES;
        let mut inner = self.calls.iter().skip(1).map(|name| self::method(name));
        (self.kind.is_buffer() || is_text)
            && (takes_buffer(method) || (!self.is_fixed || is_text) && writes(method))
            && !inner.any(is_constructor)
    }

    /// Whether the site makes one object or two in each of this many calls.
    pub(super) fn is_per_call(&self, line_calls: f64) -> bool {
        /// The most objects for each call: a line of a dependency may make two buffers, and numbers are
        /// estimates.
        const MOST: f64 = 2.5;
        self.objects <= MOST * line_calls
    }

    /// Whether the blocks are copies of texts that a parser makes.
    fn is_copied(&self) -> bool {
        self.kind == ObjectKind::Bytes && !self.grows && self.is_of_parser()
    }

    /// Whether a parser makes the objects, as parts of the value that it returns.
    fn is_of_parser(&self) -> bool {
        /// Parts of the names of parsers' functions.
        const PARSERS: &[&str] = &["deserialize", "visit_str", "visit_string", "visit_byte_buf"];
        let is_parser = |name: &&str| PARSERS.iter().any(|part| name.contains(part));
        self.calls.iter().any(is_parser)
    }
}

/// The last part of a function's path, without type arguments.
pub(super) fn method(name: &str) -> &str {
    let name = match name.rfind("::<") {
        Some(at) if name.ends_with('>') => &name[..at],
        _ => name,
    };
    name.rsplit("::").next().unwrap_or(name)
}

/// Whether a function is a method of one of std's traits, as `<dep::Rows as …::Iterator>::next`. Such a
/// method has no second form.
fn is_of_std_trait(name: &str) -> bool {
    let std = ["core::", "alloc::", "std::"];
    let of_trait = name.split_once(" as ").map(|(_, of_trait)| of_trait);
    name.starts_with('<') && of_trait.is_some_and(|of| std.iter().any(|std| of.starts_with(std)))
}

/// Whether a function starts a task, sends a message or waits: it takes no buffer for what it makes.
fn is_task(name: &str, method: &str) -> bool {
    const NAMES: &[&str] = &[
        "block_on",
        "channel",
        "join",
        "lock",
        "send",
        "sleep",
        "spawn",
        "spawn_blocking",
        "timeout",
    ];
    NAMES.contains(&method) || name.contains("{async")
}

/// Whether a function with this name fills a buffer that is passed in.
fn takes_buffer(method: &str) -> bool {
    const NAMES: &[&str] = &["read_line", "read_until"];
    const STARTS: &[&str] = &["extend", "append", "push", "copy_to", "read_to_"];
    const PARTS: &[&str] = &["_into", "to_writer", "to_write", "_to_", "with_buffer"];
    /// The ends of the names of functions that make a buffer, as `encode_to_vec` does.
    const MAKERS: &[&str] = &[
        "_to_vec",
        "_to_string",
        "_to_bytes",
        "_to_owned",
        "_to_boxed",
    ];
    let makes = |end: &&str| method.ends_with(*end);
    if !method.starts_with("read_") && MAKERS.iter().any(makes) {
        return false;
    }
    let is_part = |part: &&str| method.contains(*part);
    NAMES.contains(&method)
        || STARTS.iter().any(|start| method.starts_with(start))
        || PARTS.iter().any(is_part)
}

/// Whether a function with this name writes to a writer, which the caller made of a buffer.
fn writes(method: &str) -> bool {
    method.starts_with("write") || matches!(method, "flush" | "finish" | "into_inner")
}

/// Whether a function with this name makes a value for its caller to keep.
fn is_constructor(method: &str) -> bool {
    const NAMES: &[&str] = &["new", "default", "build", "builder", "create", "open"];
    const STARTS: &[&str] = &["new_", "with_", "from_reader", "from_writer", "create_"];
    NAMES.contains(&method) || STARTS.iter().any(|start| method.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_known_by_their_last_part() {
        assert_eq!(method("serde_json::ser::to_vec::<app::Row>"), "to_vec");
        assert_eq!(method("<png::Encoder<W> as a::B>::new"), "new");
        assert_eq!(method("ZSTD_createCCtx"), "ZSTD_createCCtx");
        for (name, takes, makes) in [
            ("read_event_into", true, false),
            ("to_writer", true, false),
            ("render_to_write", true, false),
            ("read_to_end", true, false),
            ("read_info", false, false),
            ("into_inner", true, false),
            ("write_all", true, false),
            ("to_vec", false, false),
            ("encode_to_vec", false, false),
            ("read_to_string", true, false),
            ("to_string", false, false),
            ("captures", false, false),
            ("with_quality", false, true),
            ("new", false, true),
        ] {
            assert_eq!(
                (takes_buffer(name) || writes(name), is_constructor(name)),
                (takes, makes),
                "{name}"
            );
        }
    }
}
