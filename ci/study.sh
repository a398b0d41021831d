#!/usr/bin/env bash
# The study runs, and its allocations are exact: at most 8 B/op and 1 allocs/op with the pool, and none in
# the third logger.
set -euo pipefail
command -v python3 >/dev/null || { apt-get update -qq && apt-get install -y -qq python3; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cargo run --release --quiet -- --time 0.2 --count 2 --out "$folder"
for workload in json zstd parse tracing; do
    cargo run --release --quiet -- study --workload "$workload" --time 0.1 --count 2 --out "$folder"
done
cargo run --release --quiet -- --time 0.1 --count 1 --out "$folder" --json | python3 -c '
import json, sys
by_name = {b["name"]: b for b in json.load(sys.stdin)["benchmarks"]}
for name, most in [("LogWithPool", (8, 1)), ("LogNoAlloc", (0, 0))]:
    got = (by_name[name]["bytes_per_op"], by_name[name]["allocs_per_op"])
    if got[0] > most[0] or got[1] > most[1]:
        sys.exit(f"{name}: {got[0]} B/op, {got[1]} allocs/op; at most {most[0]} and {most[1]} are allowed")
print("B/op and allocs/op are as expected")
'
