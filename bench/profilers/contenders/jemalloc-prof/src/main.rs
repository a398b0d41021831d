//! The contender jemalloc with its own heap profiler.

use std::ffi::{CString, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use workload::{BoxError, HeapProfiler, StartOptions};

#[global_allocator]
static ALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// jemalloc's configuration, which it reads before its first allocation. 2^19 is 512 KiB. With
/// `prof_accum` the profile counts freed blocks too, as the other profilers' do.
// SAFETY: jemalloc expects a pointer to a C string under this name.
#[unsafe(export_name = "_rjem_malloc_conf")]
pub static CONFIGURATION: &[u8; 44] = b"prof:true,lg_prof_sample:19,prof_accum:true\0";

/// jemalloc's profiler, which samples from the first allocation on.
struct Jemalloc;

impl HeapProfiler for Jemalloc {
    type Running = ();

    fn start(_: &StartOptions) -> Result<(), BoxError> {
        Ok(())
    }

    fn write((): (), path: &Path) -> Result<(), BoxError> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        let mut name: *const c_char = path.as_ptr();
        // SAFETY: "prof.dump" takes a pointer to a C string, which lives until this returns.
        let failed = unsafe {
            tikv_jemalloc_sys::mallctl(
                c"prof.dump".as_ptr(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                (&raw mut name).cast::<c_void>(),
                size_of::<*const c_char>(),
            )
        };
        match failed {
            0 => Ok(()),
            _ => Err(format!("prof.dump: error {failed}").into()),
        }
    }
}

fn main() -> std::process::ExitCode {
    workload::main::<Jemalloc>()
}
