#!/bin/sh
# Reads streams of real servers on loopback: FastAPI with sse-starlette and alone, an Express relay, `sluice replay`.
#
#   Tests/Servers/run.sh     installs what the servers need, builds the tests, and runs them
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

sh "$root/scripts/express.sh" servers
python=$(sh "$root/scripts/python-env.sh" servers "$here/requirements.txt")
cd "$root"
swift build --build-tests
SLUICE_SERVERS_PYTHON=$python exec swift test --skip-build --filter '^SluiceKitTests\.ServerTests'
