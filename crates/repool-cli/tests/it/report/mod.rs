//! Tests of the report's page, made from constructed folders. The pages stay in cargo's folder for
//! temporary files of tests, where `ci/report.sh` opens them in a browser.

mod bad_folders;
mod folder;
mod hostile;
mod markup;
mod pair;
mod study;
mod uncompared;
