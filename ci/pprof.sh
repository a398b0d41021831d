#!/usr/bin/env bash
# Go's pprof reads our profiles without a warning, and prints the expected tables: of constructed
# profiles, of a program whose allocations are all known, of profiles served over HTTP, and of the study.
set -euo pipefail

# Runs tests, and fails if one is skipped because there is no Go.
with_go() {
    local said
    said=$(ci/with-go cargo test --quiet -p repool-prof "$@") || { echo "$said"; exit 1; }
    echo "$said"
    if grep -q skipped <<<"$said"; then exit 1; fi
    grep -qE '^ok |[1-9][0-9]* passed' <<<"$said"
}
with_go --lib -- pprof::tests::go::
with_go --test top
with_go --test top --release
with_go --features http --test http -- go::

profiles=$(mktemp -d)
trap 'rm -rf "$profiles"' EXIT
cargo run --release --quiet -- --time 0.01 --count 1 --out "$profiles" >/dev/null

# The rows of a logger's table with a flat value: percentage and function.
rows() {
    # shellcheck disable=SC2016 # for the shell that has REPOOL_GO
    ci/with-go sh -c '"$REPOOL_GO" tool pprof -top -alloc_space "$1"' sh "$profiles/$1.pb.gz" |
        awk '/flat%/ { table = 1; next } table && $1 != 0 { sub("%", "", $2); print $2, $6 }'
}
# Without a pool, the buffer's growth is nearly all, and the text of the time the rest.
rows LogNoPool | awk '
    NR == 1 { bad = !($2 ~ /loggers::log_no_pool$/ && $1 > 90 && $1 < 99) }
    NR == 2 { bad = bad || $2 !~ /clock::.*to_text$/ }
    END { exit bad || NR != 2 }'
# With a pool, the text of the time is the only allocation.
rows LogWithPool | awk '{ bad = !($2 ~ /clock::.*to_text$/ && $1 == 100) } END { exit bad || NR != 1 }'
# The third logger allocates nothing.
test -z "$(rows LogNoAlloc)"
echo "the study's loggers allocate where expected"
