#!/bin/sh
# Records the corpora: installs what the servers need into a virtual environment of its own, then runs the recorder.
#
#   corpora/record/run.sh [NAME …]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

if ! command -v node >/dev/null 2>&1 || [ ! -d /usr/share/nodejs/express ]; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
        packages=node-express
        command -v node >/dev/null 2>&1 || packages="$packages nodejs"
        # The list is split into words on purpose.
        # shellcheck disable=SC2086
        env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2
    else
        echo "record: Express was not found; on Debian, as root: apt-get install nodejs node-express" >&2
        exit 1
    fi
fi
python=$(sh "$root/scripts/python-env.sh" corpora "$here/requirements.txt")
exec "$python" "$here/record.py" "$@"
