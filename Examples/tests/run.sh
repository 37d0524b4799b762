#!/bin/sh
# Builds the examples, and runs them against servers on loopback: `sluice replay`, one that refuses what it has not sent, and one
# that the test drives; the relay's page in headless Chromium, if there are chromium and chromium-driver.
#
#   Examples/tests/run.sh     SWIFT=swift
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
swift=${SWIFT:-swift}

python=$(sh "$root/scripts/python-env.sh" examples "$here/requirements.txt")
# The options are split into words on purpose.
# shellcheck disable=SC2086
"$swift" build --package-path "$root" --product sluice ${QUICK:-} >&2
# shellcheck disable=SC2086
SLUICE="$("$swift" build --package-path "$root" --show-bin-path ${QUICK:-})/sluice"
# The folder of `make test-nio`, built with the same options: NIO, its TLS and Hummingbird are compiled once.
shared="--scratch-path $root/NIO/.build --disable-index-store -debug-info-format none"
# shellcheck disable=SC2086
"$swift" build --package-path "$root/Replay" $shared >&2
# shellcheck disable=SC2086
"$swift" build --package-path "$root/Examples" $shared >&2
# shellcheck disable=SC2086
EXAMPLES=$("$swift" build --package-path "$root/Examples" --show-bin-path $shared)
export SLUICE EXAMPLES SLUICE_LIBEXEC="$EXAMPLES"
"$python" -B "$here/test_examples.py" --verbose
exec "$python" -B "$here/test_relay.py" --verbose
