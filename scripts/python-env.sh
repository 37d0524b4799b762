#!/bin/sh
# Makes a virtual environment of Python with the packages of a file, unless it is there already, and prints its Python.
#
#   scripts/python-env.sh NAME REQUIREMENTS     .build/NAME-venv
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
environment=$root/.build/$1-venv
requirements=$2

command -v python3 >/dev/null 2>&1 || { echo "$1: python3 was not found; install Python 3.11 or later" >&2; exit 1; }
if ! cmp -s "$requirements" "$environment/requirements.txt"; then
    rm -rf "$environment"
    python3 -m venv "$environment" >&2
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >&2
    cp "$requirements" "$environment/requirements.txt"
fi
echo "$environment/bin/python"
