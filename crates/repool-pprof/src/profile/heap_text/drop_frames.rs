//! The names of allocation functions. Tables drop their frames and those of all functions that they
//! call, so that a block is attributed to the function that allocated it.

/// Allocation functions of C and C++, those within gperftools, and others that pprof drops from heap
/// profiles as text.
const ALLOCATORS: &[&str] = &[
    // C, with and without tcmalloc's prefix.
    "(tc_)?(calloc|cfree|malloc|free|memalign|pvalloc|valloc|realloc)",
    "do_memalign",
    "(tc_|__)?posix_memalign",
    // C++.
    r"operator new(\[\])?",
    "tc_(new|delete)(array)?",
    "tc_new(array)?_nothrow",
    "__builtin_(vec_)?(new|delete)",
    "__gnu_cxx::new_allocator::allocate",
    "_M_allocate",
    "allocate",
    "cpp_alloc",
    "simple_alloc::allocate",
    // Within allocators.
    "tcmalloc::.*",
    r"(::)?do_malloc(_no_errno|_pages)?",
    "DoSampledAllocation",
    "MallocedMemBlock::MallocedMemBlock",
    "BaseArena::.*",
    "__libc_malloc",
    "__malloc_alloc_template::allocate",
    "malloc_zone_(malloc|calloc|valloc|realloc|memalign|free)",
    // Go.
    r"runtime\..*",
];

/// Allocation functions of Rust programs: jemalloc's with the prefixes of its crates, and the entry
/// points of the global allocator. pprof does not have them; no C++ program has functions of these
/// names.
const RUST_ALLOCATORS: &[&str] = &[
    "_rjem_.*",
    "_?je_.*",
    "(__rustc::)?__(rust|rdl|rg)_(alloc|realloc|alloc_zeroed|dealloc)",
    "<(tikv_)?jemallocator::Jemalloc as core::alloc::global::GlobalAlloc>::.*",
];

/// Functions of Go's runtime that are kept, although `runtime\..*` matches them.
pub(super) const KEPT: &str = r"runtime\.panic|runtime\.reflectcall|runtime\.call[0-9]*";

/// A regular expression that matches the whole name of each of these functions.
pub(super) fn regex() -> String {
    [ALLOCATORS, RUST_ALLOCATORS].concat().join("|")
}
