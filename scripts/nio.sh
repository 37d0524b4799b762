#!/bin/sh
# Builds a package that depends on SwiftNIO (Replay, NIO, Examples), for debugging, and prints where its programs are. These packages
# share a build folder, so that NIO, its TLS and Hummingbird are compiled once.
#
#   scripts/nio.sh PACKAGE [OPTIONS OF SWIFT BUILD]     SWIFT=swift
#   scripts/nio.sh --options                            prints the options, for `swift test`
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# Nothing for a debugger or an editor: nearly all of the time is the compiling.
options="--disable-index-store -debug-info-format none --disable-xctest --scratch-path $root/.build/nio"
if [ "$1" = --options ]; then
    echo "$options"
    exit
fi
package=$root/$1
shift
# The options are split into words on purpose.
# shellcheck disable=SC2086
built=$("${SWIFT:-swift}" build --package-path "$package" --show-bin-path $options)
# The package manager looks for tests in the index, so only they have one: see NIO/Package.swift.
export SLUICE_NIO_TEST_INDEX="$built/index/store"
# shellcheck disable=SC2086
"${SWIFT:-swift}" build --package-path "$package" $options "$@" >&2
echo "$built"
