#!/bin/sh
# Measures what people use in Python and JavaScript on the streams that Sluice is measured on.
#
#   Benchmarks/peers/run.sh [--quick] [--json FILE] [--only TEXT] …     see --help
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
environment=$root/.build/peers-venv

command -v python3 >/dev/null 2>&1 || { echo "peers: python3 was not found; install Python 3.11 or later" >&2; exit 1; }
if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$environment/requirements.txt"
fi
swift build -c release --package-path "$root/Benchmarks" --product sluice-bench >&2
bench=$(swift build -c release --package-path "$root/Benchmarks" --show-bin-path)/sluice-bench
exec "$environment/bin/python" -B "$here/peers.py" --bench "$bench" "$@"
