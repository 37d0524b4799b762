#!/bin/sh
# Builds an sdist, and of it a wheel that needs no Swift and no library beside it, and tests it in an environment that has neither.
#
#   Python/build_wheel.sh [FOLDER]     Python/dist by default; SLUICE_PREFIX=where libsluice is installed
#
# auditwheel copies libsimdjson into the wheel, and names it after the oldest glibc that has what the libraries need.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
mkdir -p "${1:-$here/dist}"
folder=$(cd "${1:-$here/dist}" && pwd)
work=$root/.build/wheel
rm -rf "$work"
mkdir -p "$work/plain" "$work/repaired"

python=$(sh "$root/scripts/python-env.sh" wheel "$here/requirements-wheel.txt")
tools=$(dirname "$python")
if [ -z "${SLUICE_PREFIX:-}" ]; then
    SLUICE_PREFIX=$root/.build/python/prefix
    (cd "$root" && sh scripts/install.sh "$SLUICE_PREFIX")
fi
export SLUICE_PREFIX
# By way of the sdist, which so is known to have what it needs.
"$python" -m build --sdist --outdir "$work/sdist" "$here" > "$work/sdist.log" || { cat "$work/sdist.log" >&2; exit 1; }
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work/plain" "$work"/sdist/*.tar.gz
LD_LIBRARY_PATH=$SLUICE_PREFIX/lib PATH="$tools:$PATH" "$tools/auditwheel" repair --wheel-dir "$work/repaired" "$work"/plain/*.whl
"$tools/abi3audit" --strict "$work"/repaired/*.whl

# No Swift, no library of the build, no environment variable of it.
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index "$work"/repaired/*.whl
cd "$work"
text=$(env -i PATH=/usr/bin:/bin "$work/venv/bin/python" -c '
import pathlib, sys
import sluice, sluice._sluice
maps = pathlib.Path("/proc/self/maps").read_text()
libraries = {line.split()[-1] for line in maps.splitlines() if "libsluice" in line or "simdjson" in line}
assert libraries and all(sys.prefix in path for path in libraries), libraries
print(sluice.collect(sys.argv[1], check=True).text, end="")' "$root/corpora/openai-chat/stream.sse")
[ "$text" = "$(cat "$root/corpora/openai-chat/stream.txt")" ] || { echo "build_wheel: the wheel reads another text" >&2; exit 1; }
rm -f "$folder"/sluice-*
cp "$work"/repaired/*.whl "$work"/sdist/*.tar.gz "$folder"
echo "build_wheel: $(cd "$work/repaired" && ls -- *.whl), $(($(cat "$work"/repaired/*.whl | wc -c) / 1000)) KB, in $folder"
