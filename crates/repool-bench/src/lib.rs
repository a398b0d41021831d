//! A benchmark harness that prints ns/op, B/op and allocs/op in Go's benchmark format.
