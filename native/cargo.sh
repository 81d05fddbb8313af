#!/bin/sh
# cargo with the flags and the target folder that the packed library is built with, so that every caller shares one
# set of compiled dependencies. Paths are remapped: they would otherwise stand in the library's panic messages. No flag may
# depend on where this checkout lies (cargo passes our own files by relative path): another checkout would compile all again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export CARGO_TARGET_DIR="${BOWYER_CARGO_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/bowyer/target}"
cargo_home="${CARGO_HOME:-$HOME/.cargo}"
# Flags with this character between them, since a path may hold a blank.
unit=$(printf '\037')
flags="--remap-path-prefix=$CARGO_TARGET_DIR=/target"
(cd "$here" && cargo fetch --locked --quiet)
for registry in "$cargo_home"/registry/src/*/; do
    [ -d "$registry" ] && flags="$flags$unit--remap-path-prefix=${registry%/}=/cargo"
done
if command -v ld.lld >/dev/null 2>&1; then
    flags="-C${unit}link-arg=-fuse-ld=lld$unit$flags"
fi
unset RUSTFLAGS
export CARGO_ENCODED_RUSTFLAGS="$flags"
cd "$here"
exec cargo "$@"
