#!/bin/sh
# Compiles Sluice's C and C++ for platforms that this machine is not, with all warnings on, and runs what can be run here.
#
#   musl         against musl's headers; the scanner's checks are linked with musl and run
#   aarch64      the C++ is compiled here; the scanner's checks run under an emulator in Tests/CSluiceScanEmulated
#   Darwin       parsed and checked for Apple's target against POSIX headers without GNU's functions: what Darwin lacks is an
#                error. No code is generated: clang 21 for Linux does not finish kernels.cpp for that target.
#
# stage1.cpp, which calls simdjson, is compiled for aarch64 alone: for musl and Darwin the standard library that simdjson's header
# includes is not on this machine.
#
# Needs clang, musl-tools and g++-aarch64-linux-gnu (Debian's names). What is missing is named, and not compiled.
set -eu
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { printf 'platforms: %s\n' "$*" >&2; exit 1; }
have_folder() { ls -d "$1" >/dev/null 2>&1; }

command -v clang++ >/dev/null 2>&1 || fail "clang was not found; it comes with Swift's toolchain and with most systems"
resources=$(clang -print-resource-dir)/include
machine=$(uname -m)
musl=/usr/include/$machine-linux-musl
includes="-ISources/CSluiceSimdjson $(printf ' -ISources/%s/include' CSluice CSluiceMemory CSluiceScan CSluiceSimdjson CSluiceTemplates)"
warnings="-Wall -Wextra -Werror -Wno-nullability-extension -O2"

# simdjson's header alone: the system's folder has glibc's headers too.
header=$(pkg-config --variable=includedir simdjson 2>/dev/null || echo /usr/include)/simdjson.h
[ -f "$header" ] || fail "simdjson.h was not found; run: make setup"
cp "$header" "$work/simdjson.h"

# compile NAME "FLAGS OF C" "FLAGS OF C++" [FILE TO LEAVE OUT [FURTHER FLAGS]]
compile() {
    count=0
    for source in Sources/*/*.c Sources/*/*.cpp; do
        [ "${source##*/}" != "${4:-}" ] || continue
        case $source in
            *.cpp) compiler="clang++ -std=c++17 -DSIMDJSON_THREADS_ENABLED=1 -isystem $work $3" ;;
            *) compiler="clang -std=c17 $2" ;;
        esac
        # The lists of flags are split into words on purpose.
        # shellcheck disable=SC2086
        $compiler $warnings $includes ${5:--c} "$source" -o "$work/object.o" || fail "$source does not compile for $1"
        count=$((count + 1))
    done
    echo "$1: $count files compiled${4:+, without $4}"
}

cxx=$(ls -d /usr/include/c++/* 2>/dev/null | sort -V | tail -n 1)
own="-nostdinc -isystem $resources -isystem $musl"
# libstdc++ as it was built for glibc: musl has these two under other names.
glibc_names="-D__GLIBC_PREREQ(a,b)=0 -D__locale_t=locale_t"
own_cxx="-nostdinc -nostdinc++ -isystem $cxx -isystem /usr/include/$machine-linux-gnu/c++/${cxx##*/} -isystem $resources -isystem $musl"

if have_folder "$musl" && [ -n "$cxx" ]; then
    compile "musl ($machine)" "--target=$machine-linux-musl $own" "--target=$machine-linux-musl $own_cxx $glibc_names" stage1.cpp
    compile "Darwin (arm64), checked against POSIX headers" \
        "--target=arm64-apple-macosx15 -ITests/Platforms/darwin $own" \
        "--target=arm64-apple-macosx15 $own_cxx $glibc_names -D_XOPEN_SOURCE=700" stage1.cpp -fsyntax-only
    # shellcheck disable=SC2086
    musl-gcc -std=c17 -O2 -static -ISources/CSluiceScan/include Sources/CSluiceScan/*.c \
        Tests/CSluiceScanEmulated/scan_check.c -o "$work/musl" || fail "the scanner's checks do not link with musl"
    "$work/musl" || fail "the scanner's checks fail with musl"
else
    echo "musl, Darwin: neither compiled nor run: musl-tools or libstdc++'s headers are missing"
fi

if have_folder /usr/aarch64-linux-gnu/include/c++; then
    compile "aarch64 (glibc)" --target=aarch64-linux-gnu --target=aarch64-linux-gnu
else
    echo "aarch64: not compiled: g++-aarch64-linux-gnu is missing"
fi
