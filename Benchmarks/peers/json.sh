#!/bin/sh
# Measures incremental JSON, and on the same pieces the parser that the official Python clients use for partial JSON.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

swift build -c release --package-path "$root/Benchmarks" --product sluice-bench >&2
bench=$(swift build -c release --package-path "$root/Benchmarks" --show-bin-path)/sluice-bench
python=$(sh "$root/scripts/python-env.sh" peers "$here/requirements.txt")
pieces=$root/.build/json-pieces.json
"$bench" json --write-pieces "$pieces"
"$bench" json "$@"
"$python" -B "$here/json_pieces.py" "$pieces"
