#!/bin/sh
# Reads the recorded corpora through `sluice replay` with the official Python clients of OpenAI, Anthropic and Ollama, and
# compares the objects that they build with those of `sluice collect --native`.
#
#   Tests/Clients/run.sh [SLUICE]     the built command; by default the command and its server are built for debugging
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

python=$(sh "$root/scripts/python-env.sh" clients "$here/requirements.txt")
if [ $# -eq 0 ]; then
    # shellcheck disable=SC2086
    swift build --package-path "$root" --product sluice ${QUICK:-} >&2
    # shellcheck disable=SC2086
    set -- "$(swift build --package-path "$root" --show-bin-path ${QUICK:-})/sluice"
    SLUICE_LIBEXEC=$(sh "$root/scripts/nio.sh" Replay)
    export SLUICE_LIBEXEC
fi
export SLUICE="$1"
"$python" -B "$here/test_clients.py" --verbose
"$python" -B "$here/test_native.py" --verbose
"$python" -B "$here/test_requests.py" --verbose
exec "$python" -B "$here/test_turns.py" --verbose
