//! repool-prof as a contender, on any allocator.

use std::path::Path;

use repool_prof::{Profiler, Unwind};
use workload::{Problem, RATE, Tool, Wish};

/// repool-prof. RACE_TABLES in the environment: it unwinds by tables, though there are frame
/// pointers.
pub struct Repool;

impl Tool for Repool {
    type Running = Profiler;

    fn start(wish: &Wish) -> Result<Profiler, Problem> {
        let unwind = match std::env::var_os("RACE_TABLES") {
            Some(_) => Unwind::Tables,
            None => Unwind::Auto,
        };
        let builder = Profiler::builder().rate(RATE).seed(wish.seed);
        Ok(builder.unwind(unwind).start()?)
    }

    fn write(profiler: Profiler, path: &Path) -> Result<(), Problem> {
        Ok(profiler.snapshot().export().write_pprof(path)?)
    }
}
