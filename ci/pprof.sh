#!/usr/bin/env bash
# Go's own pprof reads our profiles without a complaint, and its tables are what they must be: of
# profiles made by hand, of a program whose every allocation is known, of what is served over HTTP,
# and of the study, whose loggers allocate where they must.
set -euo pipefail

# Runs tests that must not be skipped for want of a Go.
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

# The rows of a logger's table that have anything flat: share and function.
rows() {
    # shellcheck disable=SC2016 # for the shell that has REPOOL_GO
    ci/with-go sh -c '"$REPOOL_GO" tool pprof -top -alloc_space "$1"' sh "$profiles/$1.pb.gz" |
        awk '/flat%/ { table = 1; next } table && $1 != 0 { sub("%", "", $2); print $2, $6 }'
}
# The buffer's growth has nearly all, and the text of the time the rest.
rows LogNoPool | awk '
    NR == 1 { bad = !($2 ~ /loggers::log_no_pool$/ && $1 > 90 && $1 < 99) }
    NR == 2 { bad = bad || $2 !~ /clock::.*to_text$/ }
    END { exit bad || NR != 2 }'
# With the pool the text of the time is all there is.
rows LogWithPool | awk '{ bad = !($2 ~ /clock::.*to_text$/ && $1 == 100) } END { exit bad || NR != 1 }'
# And then nothing.
test -z "$(rows LogNoAlloc)"
echo "the study's loggers allocate where they must"
