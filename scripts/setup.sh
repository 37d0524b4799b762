#!/bin/sh
# Makes sure that what Sluice builds with is installed. Quiet and quick when everything is there; safe to run again.
#
#   scripts/setup.sh          Swift (checked, never installed) and simdjson
#   scripts/setup.sh --test   also make, curl, Python, C compilers, pkg-config, valgrind, and what some tests use and may be missing:
#                             a C++ compiler for arm64 and its emulator, musl, strace, gnuplot, zstd, cmake
#   scripts/setup.sh --browser  also Chromium and its driver, for the page of an example
#   scripts/setup.sh --bench  also jemalloc, which the benchmark counts allocations with
set -eu

needed_swift_major=6
needed_swift_minor=3

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

with_tests=no
with_bench=no
with_browser=no
for argument in "$@"; do
    case $argument in
        --test) with_tests=yes ;;
        --bench) with_bench=yes ;;
        --browser) with_browser=yes ;;
        -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) fail "unknown argument '$argument'; known: --test, --browser, --bench" ;;
    esac
done

# Swift comes from its own installer, whose choice (swiftly, a container image, Xcode) is the user's.
check_swift() {
    hint="install Swift $needed_swift_major.$needed_swift_minor or later (https://www.swift.org/install) and put it on PATH"
    have swift || fail "swift was not found; $hint"
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9]*\)\.\([0-9][0-9]*\).*/\1 \2/p' | head -n 1)
    [ -n "$version" ] || fail "'swift --version' did not print a version; $hint"
    major=${version% *}
    minor=${version#* }
    if [ "$major" -lt "$needed_swift_major" ] ||
        { [ "$major" -eq "$needed_swift_major" ] && [ "$minor" -lt "$needed_swift_minor" ]; }; then
        fail "found Swift $major.$minor; $hint"
    fi
}

have_header() {
    for folder in /usr/include /usr/local/include /opt/homebrew/include /opt/local/include; do
        [ -f "$folder/$1" ] && return 0
    done
    return 1
}

have_arm_compiler() {
    have aarch64-linux-gnu-gcc && [ -f /usr/aarch64-linux-gnu/include/stdio.h ]
}

# CI has nobody to type a password, so sudo must not ask for one there.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo; then
        if [ "${CI:-}" = true ]; then sudo -n "$@"; else sudo "$@"; fi
    else
        say "neither root nor sudo; run as root: $*"
        return 1
    fi
}

apt_try() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Package lists are fetched only when there are none or when they proved too old to install from.
apt_install() {
    say "installing $*"
    for package in "$@"; do
        if ! apt-cache show "$package" >/dev/null 2>&1; then
            as_root apt-get update -qq >&2 || return 1
            apt_try "$@"
            return
        fi
    done
    apt_try "$@" && return 0
    as_root apt-get update -qq >&2 || return 1
    apt_try "$@"
}

check_swift

missing=
have_header simdjson.h || missing="$missing libsimdjson-dev"
[ "$with_bench" = no ] || have_header jemalloc/jemalloc.h || missing="$missing libjemalloc-dev"
optional=
if [ "$with_tests" = yes ]; then
    have make || missing="$missing make"
    have gcc || missing="$missing gcc"
    have g++ || missing="$missing g++"
    have clang || missing="$missing clang"
    have pkg-config || missing="$missing pkg-config"
    have cmake || optional="$optional cmake"
    have valgrind || missing="$missing valgrind"
    have_header zlib.h || missing="$missing zlib1g-dev"
    have curl || missing="$missing curl"
    have python3 || missing="$missing python3"
    have python3 && python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    have qemu-aarch64 || have qemu-aarch64-static || optional="$optional qemu-user"
    have_arm_compiler || optional="$optional gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
    have aarch64-linux-gnu-g++ || optional="$optional g++-aarch64-linux-gnu"
    have musl-gcc || optional="$optional musl-tools"
    have strace || optional="$optional strace"
    have gnuplot || optional="$optional gnuplot-nox"
    have zstd || optional="$optional zstd"
fi

if [ "$with_browser" = yes ]; then
    have chromium || optional="$optional chromium"
    have chromedriver || optional="$optional chromium-driver"
fi

if have apt-get; then
    # The lists of packages are split into words on purpose.
    # shellcheck disable=SC2086
    [ -z "$missing" ] || apt_install $missing || fail "could not install:$missing"
    # shellcheck disable=SC2086
    [ -z "$optional" ] || apt_install $optional || say "warning: no$optional; the checks that need it are skipped"
    have_header simdjson.h || fail "simdjson.h is still missing after the installation"
elif [ -n "$missing" ]; then
    say "not found:$missing (Debian's names). Install them and run this again:"
    say "  macOS     brew install simdjson jemalloc"
    say "  Fedora    sudo dnf install simdjson-devel jemalloc-devel gcc-c++ clang pkgconf valgrind make curl python3"
    say "  Arch      sudo pacman -S simdjson jemalloc gcc clang pkgconf valgrind make curl python3"
    say "  openSUSE  sudo zypper install simdjson-devel jemalloc-devel gcc-c++ clang pkgconf valgrind make curl python3"
    say "  Alpine    sudo apk add simdjson-dev jemalloc-dev g++ clang pkgconf valgrind make curl python3"
    exit 1
fi
