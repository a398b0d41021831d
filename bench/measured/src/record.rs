//! Writes files atomically.

use std::fs;
use std::path::Path;

/// Writes a temporary file in the same folder and renames it, so that a reader never finds a part of it.
///
/// # Errors
///
/// The system's error, with the file's name.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    let written = (|| {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(&beside, text)?;
        fs::rename(&beside, path)
    })();
    written.map_err(|problem| {
        // The temporary file may not exist, so the result is ignored.
        let _ = fs::remove_file(&beside);
        format!("{}: {problem}", path.display())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_whole() {
        let folder = std::env::temp_dir().join(format!("retained-{}", std::process::id()));
        let path = folder.join("record/a.csv");
        write(&path, "old").expect("written");
        write(&path, "new").expect("written");
        assert_eq!(fs::read_to_string(&path).expect("read"), "new");
        let problem = write(&path.join("below-a-file.csv"), "").expect_err("a problem");
        assert!(problem.contains("below-a-file.csv"), "{problem}");
        assert_eq!(
            fs::read_dir(folder.join("record")).expect("read").count(),
            1
        );
        fs::remove_dir_all(folder).expect("removed");
    }
}
