//! A program without symbols: this one, started again from a stripped copy of its file.

#[cfg(target_os = "linux")]
mod cases;

use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

fn main() {
    // A runner that asks what there is (cargo nextest does) is told of one test.
    if std::env::args().any(|arg| arg == "--list") {
        if !std::env::args().any(|arg| arg == "--ignored") {
            println!("stripped: test");
        }
        return;
    }
    #[cfg(target_os = "linux")]
    cases::run();
}
