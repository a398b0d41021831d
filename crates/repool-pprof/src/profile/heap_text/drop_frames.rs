//! The allocator's own functions, which reports drop with all that they call, so that what was
//! allocated is the caller's.

/// Functions that C and C++ programs allocate by, those of gperftools, and others that pprof drops
/// of heap profiles as text.
const ALLOCATORS: &[&str] = &[
    // Of C, with and without a prefix of tcmalloc's.
    "(tc_)?(calloc|cfree|malloc|free|memalign|pvalloc|valloc|realloc)",
    "do_memalign",
    "(tc_|__)?posix_memalign",
    // Of C++.
    r"operator new(\[\])?",
    "tc_(new|delete)(array)?",
    "tc_new(array)?_nothrow",
    "__builtin_(vec_)?(new|delete)",
    "__gnu_cxx::new_allocator::allocate",
    "_M_allocate",
    "allocate",
    "cpp_alloc",
    "simple_alloc::allocate",
    // Inside of allocators.
    "tcmalloc::.*",
    r"(::)?do_malloc(_no_errno|_pages)?",
    "DoSampledAllocation",
    "MallocedMemBlock::MallocedMemBlock",
    "BaseArena::.*",
    "__libc_malloc",
    "__malloc_alloc_template::allocate",
    "malloc_zone_(malloc|calloc|valloc|realloc|memalign|free)",
    // Of Go.
    r"runtime\..*",
];

/// What Rust programs allocate by: jemalloc's functions under the prefixes that its crates give
/// them, and the entry points of the global allocator. No C++ program has functions of these names.
const OF_RUST: &[&str] = &[
    "_rjem_.*",
    "_?je_.*",
    "(__rustc::)?__(rust|rdl|rg)_(alloc|realloc|alloc_zeroed|dealloc)",
    "<(tikv_)?jemallocator::Jemalloc as core::alloc::global::GlobalAlloc>::.*",
];

/// Functions of Go that are kept though they look like its allocator's.
pub(super) const KEPT: &str = r"runtime\.panic|runtime\.reflectcall|runtime\.call[0-9]*";

/// A regular expression for whole names.
pub(super) fn regex() -> String {
    [ALLOCATORS, OF_RUST].concat().join("|")
}
