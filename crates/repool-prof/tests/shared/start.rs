// The `main` of a test that has a `program`. Included by the test, because `main` must be in the
// root module.

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return program::run();
    #[cfg(not(target_os = "linux"))]
    {
        println!("skipped: there is no profiler for this system");
        std::process::ExitCode::SUCCESS
    }
}
