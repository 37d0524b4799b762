#!/bin/sh
# Checks the scans of CSluiceScan on this machine, and their NEON version under an emulator where there is one.
#
# The emulator needs aarch64-linux-gnu-gcc and qemu-aarch64 (Debian: gcc-aarch64-linux-gnu, qemu-user). Without them
# the run still passes and says that NEON did not run. CC chooses the native compiler, CFLAGS adds flags to it, as in
#   CC=clang CFLAGS=-fsanitize=address,undefined Tests/CSluiceScanEmulated/run.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../Sources/CSluiceScan
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
warnings="-std=c17 -O2 -Wall -Wextra -Werror"

echo "native ($(uname -m)):"
# shellcheck disable=SC2086 # flags are several words
${CC:-cc} $warnings ${CFLAGS:-} -I"$sources/include" "$sources"/*.c "$here/scan_check.c" -o "$build/native"
"$build/native"

echo "aarch64:"
if ! command -v aarch64-linux-gnu-gcc >/dev/null; then
    echo "NEON was neither compiled nor run: aarch64-linux-gnu-gcc is missing"
    exit 0
fi
# shellcheck disable=SC2086
aarch64-linux-gnu-gcc $warnings -static -I"$sources/include" "$sources"/*.c "$here/scan_check.c" -o "$build/aarch64"
if ! command -v qemu-aarch64 >/dev/null; then
    echo "NEON was compiled but not run: qemu-aarch64 is missing"
    exit 0
fi
qemu-aarch64 "$build/aarch64"
