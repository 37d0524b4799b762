#!/bin/sh
# Tests SluiceNIO and SluiceHummingbird, over sockets of loopback, against servers that the tests start: FastAPI with sse-starlette and
# alone, an Express relay, LiteLLM's proxy, `sluice replay`.
#
#   NIO/Tests/run.sh [OPTIONS OF SWIFT TEST]     SWIFT=swift; installs what the servers need, builds the tests, and runs them
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
swift=${SWIFT:-swift}

sh "$root/scripts/express.sh" nio
# The packages of Python are installed while Swift compiles.
sh "$root/scripts/python-env.sh" litellm "$here/requirements.txt" > /dev/null &
installing=$!
trap 'kill "$installing" 2>/dev/null || true' EXIT
python=$(sh "$root/scripts/python-env.sh" servers "$root/Tests/Servers/requirements.txt")

# Not optimised, and nothing for a debugger or an editor: nearly all of the time is the compiling of NIO, its TLS and Hummingbird.
quick="--disable-index-store -debug-info-format none --disable-xctest"
# The options are split into words on purpose.
# shellcheck disable=SC2086
built=$("$swift" build --package-path "$root/NIO" --show-bin-path $quick)
# The package manager looks for tests in the index, so only they have one.
export SLUICE_NIO_TEST_INDEX="$built/index/store"
# shellcheck disable=SC2086
"$swift" build --package-path "$root/NIO" --build-tests $quick
export SLUICE_REPLAY="$built/sluice-replay"
wait "$installing"
trap - EXIT
export SLUICE_SERVERS_PYTHON="$python"
SLUICE_LITELLM_PYTHON=$(sh "$root/scripts/python-env.sh" litellm "$here/requirements.txt")
export SLUICE_LITELLM_PYTHON
# shellcheck disable=SC2086
exec "$swift" test --package-path "$root/NIO" --skip-build $quick "$@"
