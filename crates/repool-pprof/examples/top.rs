//! Prints the table `top` of a profile, as `go tool pprof -top` does.
//!
//!     cargo run --release -p repool-pprof --example top -- allocs.pb.gz alloc_space

use std::error::Error;
use std::io::Write;

use repool_pprof::{Analysis, Profile, Settings};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("name a profile")?;
    let mut settings = Settings::new();
    settings.sample = arguments.next();
    let analysis = Analysis::new(Profile::open(path)?, None, &settings)?;
    write!(std::io::stdout().lock(), "{}", analysis.top())?;
    Ok(())
}
