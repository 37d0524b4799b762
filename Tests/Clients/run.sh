#!/bin/sh
# Reads the recorded corpora through `sluice replay` with the official Python clients of OpenAI, Anthropic and Ollama.
#
#   Tests/Clients/run.sh [SLUICE]     the built command; built for debugging unless told
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
environment=$root/.build/clients-venv

command -v python3 >/dev/null 2>&1 || { echo "clients: python3 was not found; install Python 3.11 or later" >&2; exit 1; }
if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$environment/requirements.txt"
fi
if [ $# -eq 0 ]; then
    swift build --package-path "$root" --product sluice >&2
    set -- "$(swift build --package-path "$root" --show-bin-path)/sluice"
fi
SLUICE=$1 exec "$environment/bin/python" -B "$here/test_clients.py" --verbose
