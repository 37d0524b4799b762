#!/bin/sh
# Installs the C library: the headers, the shared and the static library, which export what they declare and nothing else, a
# pkg-config file and a CMake package; with --command also the command `sluice`, its manual pages and its completions for bash,
# zsh and fish.
# Swift's run-time is linked in, so none is needed beside them.
#
#   scripts/install.sh [--command] PREFIX      DESTDIR=folder puts everything below that folder, for packagers;
#                                              REPLAY=no leaves out the server of `sluice replay`, which takes minutes to build
set -eu
cd "$(dirname "$0")/.."

fail() { printf 'install: %s\n' "$*" >&2; exit 1; }
value_of() { sed -n "s/^#define $1 \"\{0,1\}\([0-9.]*\)\"\{0,1\}\$/\1/p" Sources/CSluice/include/sluice.h; }

with_command=no
if [ "${1:-}" = --command ]; then
    with_command=yes
    shift
fi
[ $# -eq 1 ] || fail "PREFIX is missing: scripts/install.sh [--command] PREFIX"
prefix=$1
case $prefix in
    /*) ;;
    *) fail "PREFIX must begin with '/', and is '$prefix'" ;;
esac
[ "$(uname -s)" = Linux ] || fail "shared libraries are made for Linux; elsewhere add the product CSluice to a Swift package"

swift=${SWIFT:-swift}
headers=Sources/CSluice/include
header=$headers/sluice.h
version=$(value_of SLUICE_VERSION)
abi=$(value_of SLUICE_ABI_VERSION)
[ -n "$version" ] && [ -n "$abi" ] || fail "$header has no version"

# Functions begin at the first column; those that are inline belong to whoever includes them.
build=.build/install
mkdir -p "$build"
exports=$build/sluice.map
{
    echo '{ global:'
    cat "$headers"/*.h | grep -E '^[a-z].*[ *]sluice_[a-z_]+\(' | grep -v '^static' | sed 's/.*[ *]\(sluice_[a-z_]*\)(.*/    \1;/'
    echo 'local: *; };'
} > "$exports.new"
cmp -s "$exports.new" "$exports" || mv "$exports.new" "$exports"

package=
# The run-time is linked in; `--static-swift-stdlib` alone does so for programs only.
make_product() {
    $swift build $package -c release --static-swift-stdlib --disable-local-rpath -Xswiftc -no-toolchain-stdlib-rpath --product "$@"
}

soname=libsluice.so.$abi
make_product sluice-shared --disable-default-traits --scratch-path "$build/shared" \
    -Xswiftc -static-stdlib -Xswiftc -use-ld=lld -Xlinker --version-script="$PWD/$exports" -Xlinker -soname="$soname" -Xlinker -z -Xlinker defs
library=$($swift build -c release --disable-default-traits --scratch-path "$build/shared" --show-bin-path)/libsluice-shared.so

root=${DESTDIR:-}$prefix
mkdir -p "$root/lib/pkgconfig" "$root/include"
install -m 644 "$headers"/*.h "$root/include"
install -m 755 "$library" "$root/lib/libsluice.so.$version"
strip --strip-unneeded "$root/lib/libsluice.so.$version" 2>/dev/null || true
ln -sf "libsluice.so.$version" "$root/lib/$soname"
ln -sf "$soname" "$root/lib/libsluice.so"

# The same objects and what they need of Swift's run-time as one object, whose other symbols are local: a program may have
# another Swift beside it.
make_static() {
    linker=$(dirname "$($swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)",*/\1/p')")/../bin/ld.lld
    runtime=$($swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)",*/\1/p')_static/linux
    objects=$($swift build -c release --disable-default-traits --scratch-path "$build/shared" --show-bin-path)/sluice-shared.product/Objects.LinkFileList
    sed -n 's/^ *\(sluice_.*\);/\1/p' "$exports" > "$build/kept"
    "$linker" -r -o "$build/all.o" "@$objects" "$runtime/$(uname -m)/swiftrt.o" -L"$runtime" --start-group \
        -lswiftCore -lswiftSynchronization -lswiftDispatch -ldispatch -lBlocksRuntime --end-group
    objcopy --keep-global-symbols="$build/kept" --strip-unneeded "$build/all.o" "$build/sluice.o"
    rm -f "$root/lib/libsluice.a"
    ar rcs "$root/lib/libsluice.a" "$build/sluice.o"
    rm "$build/all.o" "$build/sluice.o"
}
make_static

cat > "$root/lib/pkgconfig/sluice.pc" <<END
prefix=$prefix
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: sluice
Description: Token streams of language models to deltas
Version: $version
Libs: -L\${libdir} -lsluice
Libs.private: -lsimdjson -lstdc++ -lm -lpthread -ldl
Cflags: -I\${includedir}
END

mkdir -p "$root/lib/cmake/sluice"
cat > "$root/lib/cmake/sluice/sluice-config.cmake" <<'END'
# find_package(sluice) gives the targets sluice::sluice, the shared library, and sluice::static.
get_filename_component(_sluice_lib "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
get_filename_component(_sluice_prefix "${_sluice_lib}/.." ABSOLUTE)
if(NOT TARGET sluice::sluice)
    add_library(sluice::sluice SHARED IMPORTED)
    set_target_properties(sluice::sluice PROPERTIES
        IMPORTED_LOCATION "${_sluice_lib}/libsluice.so"
        INTERFACE_INCLUDE_DIRECTORIES "${_sluice_prefix}/include")
    add_library(sluice::static STATIC IMPORTED)
    set_target_properties(sluice::static PROPERTIES
        IMPORTED_LOCATION "${_sluice_lib}/libsluice.a"
        INTERFACE_INCLUDE_DIRECTORIES "${_sluice_prefix}/include"
        INTERFACE_LINK_LIBRARIES "simdjson;stdc++;m;pthread;dl")
endif()
END
cat > "$root/lib/cmake/sluice/sluice-config-version.cmake" <<END
# Minor versions below 1.0 may differ in what they have.
set(PACKAGE_VERSION "$version")
if("\${PACKAGE_FIND_VERSION_MAJOR}.\${PACKAGE_FIND_VERSION_MINOR}" VERSION_EQUAL "${version%.*}" AND
    NOT PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
    if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
        set(PACKAGE_VERSION_EXACT TRUE)
    endif()
endif()
END

# The command, and what it generates of itself.
install_command() {
    make_product sluice --scratch-path "$build/command"
    built=$($swift build -c release --scratch-path "$build/command" --show-bin-path)/sluice
    mkdir -p "$root/bin"
    install -m 755 "$built" "$root/bin/sluice"
    # Most of the file is symbols that only a debugger wants.
    strip "$root/bin/sluice" 2>/dev/null || true
    command=$root/bin/sluice
    [ "$("$command" --version)" = "sluice $version" ] || fail "the command's version is not that of $header, $version"

    share=$root/share
    mkdir -p "$share/man/man1"
    "$command" manual "$share/man/man1" > /dev/null
    install_completion bash "$share/bash-completion/completions/sluice"
    install_completion zsh "$share/zsh/site-functions/_sluice"
    install_completion fish "$share/fish/vendor_completions.d/sluice.fish"
    echo "install: sluice $version, $(($(wc -c < "$command") / 1000000)) MB, with manual pages and completions below $share"
}

install_completion() {
    mkdir -p "$(dirname "$2")"
    "$command" --generate-completion-script "$1" > "$2"
}

# The server of `sluice replay`, a package of its own.
install_replay() {
    package="--package-path Replay"
    make_product sluice-replay --scratch-path "$build/replay"
    mkdir -p "$root/libexec/sluice"
    server=$root/libexec/sluice/sluice-replay
    install -m 755 "$($swift build $package -c release --scratch-path "$build/replay" --show-bin-path)/sluice-replay" "$server"
    strip "$server" 2>/dev/null || true
    echo "install: sluice-replay, $(($(wc -c < "$server") / 1000000)) MB, in $root/libexec/sluice"
}

if [ "$with_command" = yes ]; then
    install_command
    [ "${REPLAY:-yes}" = no ] || install_replay
fi
echo "install: libsluice $version (ABI $abi) below $root"
