//! The repository's README, so that its examples are compiled and run as documentation tests. It is
//! not in the program's crate, because a package has no files from outside its folder.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct FrontPage;
