#!/bin/sh
# Reads streams of real servers on loopback: FastAPI with sse-starlette and alone, an Express relay, `sluice replay`.
#
#   Tests/Servers/run.sh [OPTIONS OF SWIFT BUILD]     installs what the servers need, builds the tests, and runs them
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

sh "$root/scripts/express.sh" servers
python=$(sh "$root/scripts/python-env.sh" servers "$here/requirements.txt")
cd "$root"
SLUICE_LIBEXEC=$(sh scripts/nio.sh Replay)
swift build --build-tests "$@"
export SLUICE_LIBEXEC
SLUICE_SERVERS_PYTHON=$python exec sh scripts/test.sh "$@" --filter '^SluiceKitTests\.ServerTests'
