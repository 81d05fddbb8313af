#!/bin/sh
# Prints the SHA-256 over everything that goes into libbowyer: over one line "SHA-256  path" a file, in byte order of the
# paths. The packed library is used while this equals sources.sha256 in its manifest.properties.
set -eu
cd "$(dirname "$0")"
if command -v sha256sum >/dev/null 2>&1; then
    sum='sha256sum'
else
    sum='shasum -a 256'
fi
{
    printf '%s\n' Cargo.toml Cargo.lock cargo.sh abi/Cargo.toml engine/Cargo.toml
    find abi/src engine/src -type f
} | LC_ALL=C sort | tr '\n' '\0' | xargs -0 $sum | $sum | cut -d' ' -f1
