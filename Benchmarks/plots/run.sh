#!/bin/sh
# Draws the plots of a report and puts its tables into the documents.
#
#   Benchmarks/plots/run.sh [REPORT.json]     the newest of Benchmarks/results unless told
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

python=$(sh "$root/scripts/python-env.sh" plots "$here/requirements.txt")
if [ $# -eq 0 ]; then
    # The names begin with their dates.
    # shellcheck disable=SC2012
    report=$(ls -d "$root"/Benchmarks/results/*/report.json 2>/dev/null | sort | tail -n 1)
    [ -n "$report" ] || { echo "plots: there is no report yet; run: make bench-results" >&2; exit 1; }
    set -- "$report"
fi
cd "$root"
"$python" -B "$here/draw.py" "$1" "$here"
"$python" -B "$here/splice.py" "$1" README.md Benchmarks/README.md Benchmarks/HOSTILE.md \
    Sources/Sluice/Sluice.docc/Performance.md
