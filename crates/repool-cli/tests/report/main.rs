//! The report's page, of made-up folders. Pages stay in the build's folder, for `ci/report.sh`.

mod bad_folders;
mod folder;
mod hostile;
mod markup;
mod pair;
mod profile;
mod study;
mod uncompared;
