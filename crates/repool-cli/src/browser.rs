//! Opens a written file in a browser, for `--open` of `flame` and `report`.

use std::env;
use std::path::Path;

use crate::failure::Failure;

/// Opens `file`, if `asked`, in the browser that the variable `BROWSER` names, or else in the system's
/// default.
pub(crate) fn open_if(asked: bool, file: &Path) -> Result<(), Failure> {
    if !asked {
        return Ok(());
    }
    let opened = file
        .canonicalize()
        .and_then(|file| match env::var("BROWSER") {
            Ok(browser) if !browser.is_empty() => open::with(file, browser),
            _ => open::that(file),
        });
    opened.map_err(|error| {
        Failure::Input(format!(
            "cannot open a browser ({error}); set BROWSER to one, or open {} by hand",
            file.display()
        ))
    })
}
