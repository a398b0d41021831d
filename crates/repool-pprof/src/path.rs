//! Paths as Go's `path` package treats them: always with `/`, whatever the operating system.

/// The last component of a path, as Go's `path.Base`: `.` for the empty path, `/` for the root.
pub(crate) fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let path = path.trim_end_matches('/');
    match path.rsplit('/').next() {
        Some("") | None => "/",
        Some(name) => name,
    }
}

/// The shortest equivalent path, as Go's `path.Clean`: `.` for the empty path.
pub(crate) fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") => parts.push(part),
                Some(_) => {
                    parts.pop();
                }
                None if is_absolute => {}
                None => parts.push(part),
            },
            _ => parts.push(part),
        }
    }
    match (is_absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".into(),
        (false, false) => parts.join("/"),
    }
}

/// Joins two paths, as Go's `path.Join`.
pub(crate) fn join(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", "") => String::new(),
        ("", one) | (one, "") => clean(one),
        _ => clean(&format!("{folder}/{path}")),
    }
}

/// The path of the parent folder, as Go's `path.Dir`: `.` for a single name, `/` for the root.
pub(crate) fn parent(path: &str) -> String {
    let end = path.rfind('/').map_or(0, |slash| slash + 1);
    clean(&path[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_as_in_go() {
        for (path, cleaned, parent_of, base_of) in [
            ("", ".", ".", "."),
            ("/", "/", "/", "/"),
            ("a", "a", ".", "a"),
            ("a/b/", "a/b", "a/b", "b"),
            ("/a//b", "/a/b", "/a", "b"),
            ("./a/./b/../../..", "..", ".", ".."),
            ("/../a", "/a", "/", "a"),
            ("../../a", "../../a", "../..", "a"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
            assert_eq!(parent(path), parent_of, "{path}");
            assert_eq!(base(path), base_of, "{path}");
        }
        assert_eq!(join("", "a/../b"), "b");
        assert_eq!(join("/x/", "../b"), "/b");
        assert_eq!(join("", ""), "");
    }
}
