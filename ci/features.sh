#!/usr/bin/env bash
# Each feature of the pool alone compiles (ci/package.sh runs the tests with all of them), and a program
# that uses the pool without features depends on libc and nothing else.
set -euo pipefail
for feature in bytes prometheus serde; do
    cargo check --quiet --package repool --features "$feature"
done

user=$(mktemp -d)
trap 'rm -rf "$user"' EXIT
mkdir "$user/src"
echo 'fn main() { drop(repool::Pool::new(String::new).get()) }' > "$user/src/main.rs"
cat > "$user/Cargo.toml" <<TOML
[package]
name = "user"
edition = "2024"
[dependencies]
repool = { path = "$PWD/crates/repool" }
[workspace]
TOML
cargo generate-lockfile --quiet --manifest-path "$user/Cargo.toml"
locked=$(sed -n 's/^name = "\(.*\)"/\1/p' "$user/Cargo.lock" | sort | xargs)
if [ "$locked" != "libc repool user" ]; then
    echo "repool without features depends on more than libc: $locked" >&2
    exit 1
fi
