#!/bin/sh
# Records the corpora: installs what the servers need into a virtual environment of its own, then runs the recorder.
#
#   corpora/record/run.sh [NAME …]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

sh "$root/scripts/express.sh" record
python=$(sh "$root/scripts/python-env.sh" corpora "$here/requirements.txt")
exec "$python" "$here/record.py" "$@"
