#!/bin/sh
# Makes the documentation of the libraries with DocC, out of the sources' doc comments and their catalogues. Any warning
# fails it.
#
#   scripts/docs.sh [FLAGS]   into .build/docs: `python3 -m http.server -d .build/docs`, then /documentation; FLAGS are of
#                             `swift build`
set -eu
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
graphs=.build/symbol-graphs
archives=.build/doc-archives
docs=.build/docs

command -v docc >/dev/null 2>&1 || {
    echo "docs: docc was not found; it comes with Swift's toolchains: put the folder of 'swift' on PATH" >&2
    exit 1
}

$swift build --target SluiceKit "$@"
built=$($swift build --show-bin-path "$@")
target=$($swift -print-target-info | sed -n 's/.*"triple": "\(.*\)",.*/\1/p' | head -n 1)
rm -rf "$graphs" "$archives" "$docs"

# The pages of a module; those of the modules that it is built on are linked to.
document() {
    module=$1
    mkdir -p "$graphs/$module" "$archives"
    maps=
    for c in CSluiceMemory CSluiceScan CSluiceSimdjson CSluiceTemplates; do
        maps="$maps -Xcc -fmodule-map-file=$built/$c.build/module.modulemap"
    done
    # shellcheck disable=SC2086
    $swift symbolgraph-extract -module-name "$module" -I "$built/Modules" $maps -output-dir "$graphs/$module" \
        -target "$target" -minimum-access-level public -experimental-allowed-reexported-modules=SluiceJSON -emit-extension-block-symbols
    shift
    dependencies=
    for dependency in "$@"; do dependencies="$dependencies --dependency $archives/$dependency.doccarchive"; done
    # shellcheck disable=SC2086
    docc convert "Sources/$module/$module.docc" --additional-symbol-graph-dir "$graphs/$module" \
        --output-dir "$archives/$module.doccarchive" --fallback-display-name "$module" \
        --fallback-bundle-identifier "sluice.$module" --enable-experimental-external-link-support \
        $dependencies --warnings-as-errors
}

document Sluice
document SluiceKit Sluice
docc merge "$archives"/Sluice.doccarchive "$archives"/SluiceKit.doccarchive --output-path "$docs" \
    --synthesized-landing-page-name Sluice
echo "docs: $docs"
