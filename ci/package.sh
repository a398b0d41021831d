#!/usr/bin/env bash
# Each crate as it would be published: its package is complete, and its tests, with every feature, pass
# outside the workspace, where the other crates come from their packages too. How long that takes is
# shown.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
# The workspace excludes its target folder. A folder below /tmp will not do: pprof's rule for finding
# source files, which a test of the program follows, cuts paths at a folder `tmp`.
outside=$target/packages

rm -rf "$outside" "$target"/package/*.crate
# Packages what is here, committed or not. The tests below verify more than cargo's own build.
cargo package --workspace --quiet --allow-dirty --no-verify
mkdir -p "$outside/.cargo"
# Tests on threads with stacks of 16 KiB need the profiler optimised, as its documentation says.
cat > "$outside/.cargo/config.toml" <<TOML
[profile.dev.package.repool-prof]
opt-level = 1
[patch.crates-io]
TOML
for package in "$target"/package/*.crate; do
    folder=$outside/$(basename "$package" .crate)
    # With the time of unpacking: in a package each file has the same, whatever is in it.
    tar -xzmf "$package" -C "$outside"
    if grep -q '^publish = false' "$folder/Cargo.toml"; then
        rm -r "$folder"
        continue
    fi
    for file in README.md LICENSE-MIT LICENSE-APACHE Cargo.lock; do
        [ -s "$folder/$file" ] || { echo "$(basename "$folder") has no $file" >&2; exit 1; }
    done
    name=$(sed -n 's/^name = "\(.*\)"/\1/p' "$folder/Cargo.toml" | head -n 1)
    echo "$name = { path = \"$folder\" }" >> "$outside/.cargo/config.toml"
done

# A few random cases and seconds will do: the workspace's tests have many.
export CARGO_TARGET_DIR=$target/packaged PROPTEST_CASES=16 REPOOL_SOAK_SECONDS=1
for folder in "$outside"/*/; do
    SECONDS=0
    said=$(cd "$folder" && cargo test --quiet --all-features 2>&1) || { echo "$said"; exit 1; }
    echo "$(basename "$folder"): its package passes its tests ($SECONDS s)"
done
