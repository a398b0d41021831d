//! repool-prof as a contender; the programs in `bin` differ in the allocator.

use std::path::Path;

use repool_prof::{Profiler, Unwind};
use workload::{BoxError, HeapProfiler, RATE, StartOptions};

/// repool-prof. If RACE_TABLES is set in the environment, it unwinds by `.eh_frame` tables instead of frame
/// pointers.
pub struct Repool;

impl HeapProfiler for Repool {
    type Running = Profiler;

    fn start(options: &StartOptions) -> Result<Profiler, BoxError> {
        let unwind = match std::env::var_os("RACE_TABLES") {
            Some(_) => Unwind::Tables,
            None => Unwind::Auto,
        };
        let builder = Profiler::builder().rate(RATE).seed(options.seed);
        Ok(builder.unwind(unwind).start()?)
    }

    fn write(profiler: Profiler, path: &Path) -> Result<(), BoxError> {
        Ok(profiler.snapshot().export().write_pprof(path)?)
    }
}
