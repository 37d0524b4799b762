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

built=$(sh "$root/scripts/nio.sh" NIO --build-tests)
export SLUICE_NIO_TEST_INDEX="$built/index/store"
export SLUICE_REPLAY="$built/sluice-replay"
wait "$installing"
trap - EXIT
export SLUICE_SERVERS_PYTHON="$python"
SLUICE_LITELLM_PYTHON=$(sh "$root/scripts/python-env.sh" litellm "$here/requirements.txt")
export SLUICE_LITELLM_PYTHON
# The options are split into words on purpose.
# shellcheck disable=SC2046
exec "$swift" test --package-path "$root/NIO" --skip-build $(sh "$root/scripts/nio.sh" --options) "$@"
