#!/bin/sh
# Writes or checks the lists of the fields that the SDKs' types have for streams: Tests/Fields/README.md.
#
#   scripts/sdk-fields.sh [--check]
set -eu
cd "$(dirname "$0")/.."

python=$(sh scripts/python-env.sh sdk-fields Tests/Fields/requirements.txt)
exec "$python" Tests/Fields/generate.py "$@"
