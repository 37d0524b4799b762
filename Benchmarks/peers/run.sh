#!/bin/sh
# Measures what people use in Python and JavaScript on the streams that Sluice is measured on.
#
#   Benchmarks/peers/run.sh [--quick] [--json FILE] [--only TEXT] …     see --help
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

python=$(sh "$root/scripts/python-env.sh" peers "$here/requirements.txt")
swift build -c release --package-path "$root/Benchmarks" --product sluice-bench >&2
bench=$(swift build -c release --package-path "$root/Benchmarks" --show-bin-path)/sluice-bench
exec "$python" -B "$here/peers.py" --bench "$bench" "$@"
