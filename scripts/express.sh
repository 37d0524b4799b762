#!/bin/sh
# Installs Node and Express, where they are missing and the system's packages have them.
#
#   scripts/express.sh NAME     NAME stands before what it says
set -eu

if command -v node >/dev/null 2>&1 && [ -d /usr/share/nodejs/express ]; then exit 0; fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
    echo "$1: Express was not found; on Debian, as root: apt-get install nodejs node-express" >&2
    exit 1
fi
packages=node-express
command -v node >/dev/null 2>&1 || packages="$packages nodejs"
# The list is split into words, and tried again with new lists of packages, on purpose.
# shellcheck disable=SC2086
install() { env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2; }
install || { apt-get update -qq >&2 && install; }
