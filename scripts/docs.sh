#!/bin/sh
# Makes the documentation of the library with DocC, out of the sources' doc comments and their catalogue if there is one. Any
# warning fails it.
#
#   scripts/docs.sh           into .build/docs: `python3 -m http.server -d .build/docs`, then /documentation/sluice
set -eu
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
graphs=.build/symbol-graphs
docs=.build/docs

command -v docc >/dev/null 2>&1 || {
    echo "docs: docc was not found; it comes with Swift's toolchains: put the folder of 'swift' on PATH" >&2
    exit 1
}

$swift build --target Sluice
built=$($swift build --show-bin-path)
modules=
for module in CSluiceMemory CSluiceScan CSluiceSimdjson; do
    modules="$modules -Xcc -fmodule-map-file=$built/$module.build/module.modulemap"
done
rm -rf "$graphs" "$docs"
mkdir -p "$graphs"
# shellcheck disable=SC2086
$swift symbolgraph-extract -module-name Sluice -I "$built/Modules" $modules -output-dir "$graphs" \
    -target "$($swift -print-target-info | sed -n 's/.*"triple": "\(.*\)",.*/\1/p' | head -n 1)" -minimum-access-level public

catalogue=$(find Sources/Sluice -name '*.docc' -type d | head -n 1)
docc convert ${catalogue:+"$catalogue"} --additional-symbol-graph-dir "$graphs" --output-dir "$docs" \
    --fallback-display-name Sluice --fallback-bundle-identifier sluice --warnings-as-errors
echo "docs: $docs"
