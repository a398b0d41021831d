#!/usr/bin/env bash
# Documentation of every crate, with private items, without and with every feature, warnings denied.
# Checks too that each page and anchor of ours on docs.rs that a README links to is in the documentation.
set -euo pipefail
export RUSTDOCFLAGS="-D warnings"
cargo doc --workspace --no-deps --quiet
cargo doc --workspace --no-deps --quiet --all-features --document-private-items

pages=${CARGO_TARGET_DIR:-target}/doc
lost=0
while IFS='#' read -r page anchor; do
    file=$pages/$page
    [ -f "$file" ] && { [ -z "$anchor" ] || grep -qF "id=\"$anchor\"" "$file"; } ||
        { echo "a README links to $page${anchor:+#$anchor}, which is not in the documentation" >&2; lost=1; }
done < <(grep -ohE 'https://docs\.rs/repool[a-z-]*/latest/[^ )]+' README.md crates/*/README.md |
    sed 's!.*/latest/!!' | sort -u)
exit $lost
