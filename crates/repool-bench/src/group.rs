//! [`Group`]: benchmarks of a [`Bench`] whose names share a prefix.

use std::fmt::Display;

use crate::bench::Bench;
use crate::run::Run;

/// Benchmarks of a [`Bench`] whose names share a prefix; [`Bench::group`] returns one.
///
/// ```
/// # use repool_bench::{Bench, Config, Machine};
/// # let config = Config::new(std::time::Duration::from_nanos(1));
/// # let mut bench = Bench::with_output(config, Machine::here(None), std::io::sink());
/// let mut map = bench.group("map");
/// map.group("insert").bench_with("sizes", [16, 256], |n| vec![0u8; *n]);
/// assert_eq!(bench.records()[0].name, "map/insert/sizes/16");
/// ```
#[derive(Debug)]
pub struct Group<'a> {
    pub(crate) bench: &'a mut Bench,
    /// The beginning of the names, without the `/` behind it.
    pub(crate) prefix: String,
}

impl Group<'_> {
    /// As [`Bench::bench`], as `prefix/name`.
    pub fn bench<R>(&mut self, name: &str, body: impl FnMut() -> R) -> &mut Self {
        self.bench.bench(&self.named(name), body);
        self
    }

    /// As [`Bench::bench_with`], as `prefix/name/parameter`.
    pub fn bench_with<P: Display, R>(
        &mut self,
        name: &str,
        parameters: impl IntoIterator<Item = P>,
        body: impl FnMut(&P) -> R,
    ) -> &mut Self {
        self.bench.bench_with(&self.named(name), parameters, body);
        self
    }

    /// As [`Bench::run`], as `prefix/name`.
    pub fn run(&mut self, name: &str, body: impl FnMut(&mut Run)) -> &mut Self {
        self.bench.run(&self.named(name), body);
        self
    }

    /// A group within this one: its benchmarks are called `prefix/name/…`.
    pub fn group(&mut self, name: &str) -> Group<'_> {
        let prefix = self.named(name);
        Group {
            bench: self.bench,
            prefix,
        }
    }

    fn named(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }
}
