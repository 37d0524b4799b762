#!/bin/sh
# Draws the plots of a report and puts its tables into the documents.
#
#   Benchmarks/plots/run.sh [REPORT.json]     the newest of Benchmarks/results unless told
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
environment=$root/.build/plots-venv

command -v python3 >/dev/null 2>&1 || { echo "plots: python3 was not found; install Python 3.11 or later" >&2; exit 1; }
if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$environment/requirements.txt"
fi
if [ $# -eq 0 ]; then
    # The names begin with their dates.
    # shellcheck disable=SC2012
    report=$(ls -d "$root"/Benchmarks/results/*/report.json 2>/dev/null | sort | tail -n 1)
    [ -n "$report" ] || { echo "plots: there is no report yet; run: make bench-results" >&2; exit 1; }
    set -- "$report"
fi
cd "$root"
"$environment/bin/python" -B "$here/draw.py" "$1" "$here"
"$environment/bin/python" -B "$here/splice.py" "$1" README.md Benchmarks/README.md
