#!/bin/sh
# Reads streams of real servers on loopback: FastAPI with sse-starlette and alone, an Express relay, `sluice replay`.
#
#   Tests/Servers/run.sh     installs what the servers need, builds the tests, and runs them
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

if ! command -v node >/dev/null 2>&1 || [ ! -d /usr/share/nodejs/express ]; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
        packages=node-express
        command -v node >/dev/null 2>&1 || packages="$packages nodejs"
        # The list is split into words, and tried again with new lists of packages, on purpose.
        # shellcheck disable=SC2086
        install() { env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2; }
        install || { apt-get update -qq >&2 && install; }
    else
        echo "servers: Express was not found; on Debian, as root: apt-get install nodejs node-express" >&2
        exit 1
    fi
fi
python=$(sh "$root/scripts/python-env.sh" servers "$here/requirements.txt")
cd "$root"
swift build --build-tests
SLUICE_SERVERS_PYTHON=$python exec swift test --skip-build --filter '^SluiceKitTests\.ServerTests'
