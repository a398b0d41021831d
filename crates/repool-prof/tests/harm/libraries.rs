//! Libraries that are loaded and unloaded while stacks pass through them.

use std::ffi::{CString, c_void};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::{env, fs};

use flate2::read::GzDecoder;

use repool_testing::totals::{Totals, assert_sane};

use crate::program::{block, intact, start};

const LOADS: i64 = 100;

static KEPT: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// Called by the libraries: allocates in the program, two calls deep.
extern "C" fn host(size: usize) -> usize {
    let block = block(size);
    let sum = block.iter().map(|byte| usize::from(*byte)).sum();
    KEPT.lock().expect("no thread panicked").push(block);
    sum
}

type Pass = extern "C" fn(extern "C" fn(usize) -> usize, usize) -> usize;

/// A library, whose only function has the library's name.
struct Library {
    name: &'static str,
    /// The size of the blocks that the program allocates for it.
    size: usize,
    path: PathBuf,
}

impl Library {
    fn build(dir: &Path, name: &'static str, size: usize) -> Self {
        let path = dir.join(format!("lib{name}.so"));
        let source = dir.join(format!("{name}.rs"));
        let code = format!(
            "#[unsafe(no_mangle)]
             pub extern \"C\" fn {name}(call: extern \"C\" fn(usize) -> usize, size: usize) -> usize {{
                 let own = std::hint::black_box(vec![1u8; size]);
                 let sum: usize = own.iter().map(|byte| usize::from(*byte)).sum();
                 sum + std::hint::black_box(call)(size) - own.len()
             }}"
        );
        fs::write(&source, code).expect("the directory is writable");
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let status = Command::new(rustc)
            .args([
                "--crate-type",
                "cdylib",
                "--edition",
                "2024",
                "-C",
                "debuginfo=1",
                "-o",
            ])
            .arg(&path)
            .arg(&source)
            .status();
        assert!(status.expect("rustc runs").success());
        Self { name, size, path }
    }

    /// Loads the library, calls its function, and unloads it. Returns the function's address.
    fn visit(&self) -> usize {
        let path = CString::new(self.path.as_os_str().as_bytes()).expect("no zero byte");
        let name = CString::new(self.name).expect("no zero byte");
        let sum = usize::from(self.size as u8) * self.size;
        // SAFETY: the library has a function of that name and type, which is not called after the
        // library is unloaded.
        unsafe {
            let library = libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
            assert!(!library.is_null());
            let function = libc::dlsym(library, name.as_ptr());
            assert!(!function.is_null());
            let pass: Pass = std::mem::transmute::<*mut c_void, Pass>(function);
            assert_eq!(pass(host, self.size), sum);
            assert_eq!(libc::dlclose(library), 0);
            let again = libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_NOLOAD);
            assert!(
                again.is_null(),
                "the library stayed, so this test tests nothing"
            );
            function.addr()
        }
    }
}

pub fn libraries(rate: u64) {
    let dir =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("libraries-{}", std::process::id()));
    fs::create_dir_all(&dir).expect("the target directory is writable");
    let libraries = [
        Library::build(&dir, "passing_first", 11_111),
        Library::build(&dir, "passing_other", 22_222),
    ];
    let profiler = start(rate);
    let mut places = Vec::new();
    for _ in 0..LOADS {
        places.push(libraries.each_ref().map(Library::visit));
    }
    let shared = places.iter().filter(|[first, other]| first == other);
    println!("at the same place {} times", shared.count());

    let snapshot = profiler.snapshot();
    assert_sane(&snapshot);
    let paths: Vec<_> = snapshot
        .modules()
        .iter()
        .map(|module| module.path())
        .collect();
    for (library, stranger) in [(0, 1), (1, 0)].map(|(a, b)| (&libraries[a], &libraries[b])) {
        let size = library.size as u64;
        let truth = Totals::blocks(size, LOADS, LOADS);
        Totals::of_size(&snapshot, size).assert_estimates(truth, rate);
        for stack in snapshot.stacks() {
            if stack.records().iter().all(|record| record.size != size) {
                continue;
            }
            let modules = stack.frames().iter().filter_map(|frame| frame.module());
            let through: Vec<_> = modules.map(|number| paths[number]).collect();
            assert!(through.contains(&library.path.as_path()), "{through:?}");
            assert!(!through.contains(&stranger.path.as_path()), "{through:?}");
        }
        let modules = paths.iter().filter(|path| **path == library.path).count();
        assert!(
            modules < LOADS as usize / 2,
            "{modules} modules for one file"
        );
    }

    // The file of the other library is deleted before the profile is written; its name is still known.
    fs::remove_file(&libraries[1].path).expect("the file is there");
    let mut gzipped = Vec::new();
    snapshot.write_to(&mut gzipped).expect("memory takes it");
    let mut profile = Vec::new();
    GzDecoder::new(&gzipped[..])
        .read_to_end(&mut profile)
        .expect("gzip");
    let has = |text: &str| {
        profile
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    for library in &libraries {
        if Totals::of_size(&snapshot, library.size as u64).alloc_objects > 0 {
            assert!(
                has(&format!("lib{}.so", library.name)),
                "{} has no name",
                library.name
            );
        }
    }
    if rate == 1 {
        assert!(
            has("libraries::host") || has("host"),
            "the caller has no name"
        );
    }

    let kept = std::mem::take(&mut *KEPT.lock().expect("no thread panicked"));
    assert!(kept.len() == 2 * LOADS as usize && kept.iter().all(|block| intact(block)));
    drop(kept);
    for library in &libraries {
        let left = Totals::of_size(&profiler.snapshot(), library.size as u64);
        assert_eq!((left.inuse_objects, left.inuse_bytes), (0, 0));
    }
    fs::remove_dir_all(&dir).expect("it is this test's");
}
