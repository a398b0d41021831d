//! A program without symbols: this test program, started again from a stripped copy of its file.

#[cfg(target_os = "linux")]
mod cases;

use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

fn main() {
    if repool_testing::listing::is_asked_for("stripped") {
        return;
    }
    #[cfg(target_os = "linux")]
    cases::run();
}
