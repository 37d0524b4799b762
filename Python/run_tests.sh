#!/bin/sh
# Installs the package as its users do, into a virtual environment of its own, and runs its tests with the command `sluice`.
#
#   Python/run_tests.sh [PYTEST'S OPTIONS …]     SLUICE=path of the command, SLUICE_PREFIX=where libsluice is installed
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
swift=${SWIFT:-swift}

python=$(sh "$root/scripts/python-env.sh" python "$here/requirements-test.txt")
"$python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$here"
if [ -z "${SLUICE:-}" ]; then
    $swift build --package-path "$root" -c release --product sluice >&2
    SLUICE=$($swift build --package-path "$root" -c release --show-bin-path)/sluice
fi
export SLUICE
exec "$python" -B -m pytest "$here/tests" -p no:cacheprovider "$@"
