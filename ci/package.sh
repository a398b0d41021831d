#!/usr/bin/env bash
# Each crate as it would be published: its package is complete, and its tests with every feature pass
# outside the workspace, with the other crates taken from their packages too. Prints the time of each.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
# Below the target folder, which the workspace excludes. Not below /tmp: pprof's rule for finding source
# files, which a test of the program checks, cuts paths at a folder `tmp`.
outside=$target/packages

rm -rf "$outside" "$target"/package/*.crate
# Packages the working tree, committed or not. `--no-verify`, because the tests below verify more.
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
    # Sets the files' times to now: in a package all files have the same time, so cargo would miss changes.
    tar -xzmf "$package" -C "$outside"
    if grep -q '^publish = false' "$folder/Cargo.toml"; then
        case $folder in
        */repool-testing-*) testing=$folder ;;
        *) rm -r "$folder" ;;
        esac
        continue
    fi
    for file in README.md LICENSE-MIT LICENSE-APACHE Cargo.lock; do
        [ -s "$folder/$file" ] || { echo "$(basename "$folder") has no $file" >&2; exit 1; }
    done
    name=$(sed -n 's/^name = "\(.*\)"/\1/p' "$folder/Cargo.toml" | head -n 1)
    echo "$name = { path = \"$folder\" }" >> "$outside/.cargo/config.toml"
done

# cargo leaves a dev-dependency without a version out of a package. The tests are run with repool-testing all
# the same, which is not published: unpacked, so that it depends on the unpacked crates.
for folder in "$outside"/*/; do
    name=$(sed -n 's/^name = "\(.*\)"/\1/p' "$folder/Cargo.toml" | head -n 1)
    used=$(grep '^repool-testing\b' "crates/$name/Cargo.toml") || continue
    {
        printf '\n[dev-dependencies.repool-testing]\npath = "%s"\n' "$testing"
        sed -n 's/.*\(features = \[.*\]\).*/\1/p' <<< "$used"
    } >> "$folder/Cargo.toml"
done

# Few random cases and short runs: the workspace's own tests have many. In the workspace's target folder,
# where the dependencies are compiled already.
export CARGO_TARGET_DIR=$target PROPTEST_CASES=16 REPOOL_SOAK_SECONDS=1
for folder in "$outside"/*/; do
    [ "$folder" != "$testing/" ] || continue
    SECONDS=0
    said=$(cd "$folder" && cargo test --quiet --all-features 2>&1) || { echo "$said"; exit 1; }
    echo "$(basename "$folder"): its package passes its tests ($SECONDS s)"
done
