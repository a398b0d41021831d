#!/usr/bin/env bash
# A profiled program runs under Valgrind without an error or a warning: neither unwinding nor asking the
# kernel which memory is readable causes one.
set -euo pipefail
command -v valgrind >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends valgrind; } >&2
said=$(cargo test --quiet -p repool-prof --test env -- valgrind) || { echo "$said"; exit 1; }
echo "$said"
if grep -q skipped <<<"$said"; then exit 1; fi
grep -q valgrind_has_nothing_to_say <<<"$said"
