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
SLUICE_LIBEXEC=$(sh "$root/scripts/nio.sh" Replay)
EXAMPLES=$(sh "$root/scripts/nio.sh" Examples)
export SLUICE EXAMPLES SLUICE_LIBEXEC
"$python" -B "$here/test_examples.py" --verbose
exec "$python" -B "$here/test_relay.py" --verbose
