//! Exact per-thread allocation counters for any global allocator.
