//! A program without symbols: this test program, started again from a stripped copy of its file.

#[cfg(target_os = "linux")]
mod cases;

use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

fn main() {
    // Lists itself as one test, for runners that ask (cargo nextest).
    if std::env::args().any(|arg| arg == "--list") {
        if !std::env::args().any(|arg| arg == "--ignored") {
            println!("stripped: test");
        }
        return;
    }
    #[cfg(target_os = "linux")]
    cases::run();
}
